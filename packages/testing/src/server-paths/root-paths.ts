import type { ResourceRegistry } from "../api-server/resource-registry.js";
import { healthChecks } from "./health-checks.js";

const FIXED = [
  "/.well-known/openid-configuration",
  "/api",
  "/api/v1",
  "/apis",
  "/apis/",
  "/metrics",
  "/metrics/slis",
  "/openapi/v2",
  "/openapi/v3",
  "/openapi/v3/",
  "/openid/v1/jwks",
  "/version",
];

/** What `/` tells of: every path that is no resource, sorted. */
export function rootPaths(registry: ResourceRegistry): string[] {
  const health = (["healthz", "livez", "readyz"] as const).flatMap((endpoint) => [
    `/${endpoint}`,
    ...healthChecks(endpoint).map((check) => `/${endpoint}/${check}`),
  ]);
  const groups = registry
    .all()
    .filter(({ group }) => group !== "")
    .flatMap(({ group, version }) => [`/apis/${group}`, `/apis/${group}/${version}`]);
  return [...new Set([...FIXED, ...health, ...groups])].toSorted();
}
