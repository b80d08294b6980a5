import type { ServedResource } from "./resource-registry.js";

/** Resources that the real server keeps under another name than their plural. */
const NAMES: Readonly<Record<string, string>> = {
  "/nodes": "minions",
  "/endpoints": "services/endpoints",
  "/services": "services/specs",
  "/replicationcontrollers": "controllers",
  "networking.k8s.io/ingresses": "ingress",
};

/** Where the real server would keep an object in etcd: some of its messages say it. */
export function storagePathOf(resource: ServedResource, namespace: string, name: string): string {
  const { group, plural, isCustom, storageKey } = resource;
  const place = isCustom || group.endsWith("apiextensions.k8s.io") ? `${group}/${plural}` : plural;
  const path = ["/registry", NAMES[storageKey] ?? place, namespace, name];
  return path.filter((part) => part !== "").join("/");
}
