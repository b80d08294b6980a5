const DEPRECATED: Readonly<Record<string, string>> = {
  "/v1/endpoints": "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
  "/v1/componentstatuses": "v1 ComponentStatus is deprecated in v1.19+",
};

/** What a server warns of whoever uses a built-in resource; undefined for all that are there to stay. */
export function deprecationOf(group: string, version: string, plural: string): string | undefined {
  const key = `${group}/${version}/${plural}`;
  return Object.hasOwn(DEPRECATED, key) ? DEPRECATED[key] : undefined;
}
