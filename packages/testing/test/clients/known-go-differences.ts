/** Checks of the Go programs that the embedded server may still fail, and why. One that passes is not skipped. */
export const knownGoDifferences: Readonly<Record<string, string>> = {
  "discovery/openapi v2": "OpenAPI v2 is not served as protobuf",
  "discovery/openapi v3": "OpenAPI v3 is not served as protobuf",
};
