/**
 * Commands whose output may still differ on the embedded server, by transcript and first line, and why. A command that is
 * equal by now is not skipped.
 */
export const knownKubectlDifferences: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "custom-resources": {
    "sleep 2; kubectl explain widget":
      "the words of metadata, apiVersion and kind are the server's own",
    "kubectl explain widget --api-version=example.com/v1beta1":
      "the words of metadata, apiVersion and kind are the server's own",
  },
};
