import type { ServerContext } from "../api-server/server-context.js";
import { builtInVersion } from "../built-in/built-in-resources.js";
import { type HealthEndpoint, healthChecks } from "./health-checks.js";

/** The type of the answers: the text format of Prometheus. */
export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8; escaping=underscores";

const label = (value: string): string =>
  value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");

/** A few of the metrics of a real server: its build, and how many objects of each kind are stored. */
export function metricsText({ registry, store }: ServerContext): string {
  const build = Object.entries(builtInVersion())
    .filter(([name]) => ["major", "minor", "gitVersion", "platform", "goVersion"].includes(name))
    .map(([name, value]) => `${snakeCase(name)}="${label(value)}"`)
    .join(",");
  const keys = [...new Set(registry.all().map(({ storageKey }) => storageKey))].toSorted();
  const objects = keys.map((key) => {
    const [group = "", resource = ""] = key.split("/");
    const count = store.list(key).objects.length;
    return `apiserver_resource_objects{group="${label(group)}",resource="${label(resource)}"} ${count}`;
  });
  return [
    "# HELP apiserver_resource_objects [ALPHA] Number of stored objects by kind.",
    "# TYPE apiserver_resource_objects gauge",
    ...objects,
    "# HELP kubernetes_build_info [ALPHA] The Kubernetes version whose API is served; the value is always 1.",
    "# TYPE kubernetes_build_info gauge",
    `kubernetes_build_info{${build}} 1`,
    "",
  ].join("\n");
}

/** Every health check as a metric. */
export function healthMetricsText(): string {
  const lines = (["healthz", "livez", "readyz"] as const).flatMap((type: HealthEndpoint) =>
    healthChecks(type)
      .toSorted()
      .map((name) => `kubernetes_healthcheck{name="${name}",type="${type}"} 1`),
  );
  return [
    "# HELP kubernetes_healthcheck [STABLE] The result of each health check: 1 when it holds.",
    "# TYPE kubernetes_healthcheck gauge",
    ...lines,
    "",
  ].join("\n");
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
