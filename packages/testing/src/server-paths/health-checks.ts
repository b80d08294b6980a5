/** Which of `/healthz`, `/livez` and `/readyz`. */
export type HealthEndpoint = "healthz" | "livez" | "readyz";

export function isHealthEndpoint(name: string): name is HealthEndpoint {
  return name === "healthz" || name === "livez" || name === "readyz";
}

const HOOKS = [
  "start-apiserver-admission-initializer",
  "generic-apiserver-start-informers",
  "priority-and-fairness-config-consumer",
  "priority-and-fairness-filter",
  "storage-object-count-tracker-hook",
  "start-apiextensions-informers",
  "start-apiextensions-controllers",
  "crd-informer-synced",
  "start-system-namespaces-controller",
  "peer-endpoint-reconciler-controller",
  "start-cluster-authentication-info-controller",
  "start-kube-apiserver-identity-lease-controller",
  "start-kube-apiserver-identity-lease-garbage-collector",
  "storage-readiness",
  "start-legacy-token-tracking-controller",
  "start-service-ip-repair-controllers",
  "rbac/bootstrap-roles",
  "scheduling/bootstrap-system-priority-classes",
  "priority-and-fairness-config-producer",
  "bootstrap-controller",
  "start-kubernetes-service-cidr-controller",
  "start-kube-aggregator-informers",
  "apiservice-status-local-available-controller",
  "apiservice-status-remote-available-controller",
  "apiservice-registration-controller",
  "apiservice-discovery-controller",
  "kube-apiserver-autoregistration",
].map((name) => `poststarthook/${name}`);
const LAST_HOOKS = [
  "autoregister-completion",
  "poststarthook/apiservice-openapi-controller",
  "poststarthook/apiservice-openapiv3-controller",
];

const ALIVE = ["ping", "log", "loopback-serving-certificate", "etcd", ...HOOKS, ...LAST_HOOKS];
const CHECKS: Readonly<Record<HealthEndpoint, readonly string[]>> = {
  healthz: ALIVE,
  livez: ALIVE,
  readyz: [
    "ping",
    "log",
    "etcd",
    "etcd-readiness",
    "informer-sync",
    ...HOOKS,
    ...LAST_HOOKS,
    "shutdown",
  ],
};

/** The checks of an endpoint in the order of the real server. All of them hold: what has started is ready here. */
export function healthChecks(endpoint: HealthEndpoint): readonly string[] {
  return CHECKS[endpoint];
}

/** The text of an endpoint that is asked for all its checks. */
export function healthText(
  endpoint: HealthEndpoint,
  options: { readonly verbose: boolean; readonly excluded: readonly string[] },
): string {
  if (!options.verbose) return "ok";
  const checks = healthChecks(endpoint);
  const lines = checks.map((name) =>
    options.excluded.includes(name) ? `[+]${name} excluded: ok` : `[+]${name} ok`,
  );
  const unknown = options.excluded.filter((name) => !checks.includes(name));
  const warning =
    unknown.length === 0
      ? []
      : [
          `warn: some health checks cannot be excluded: no matches for ${unknown.map((name) => JSON.stringify(name)).join(",")}`,
        ];
  return `${[...lines, ...warning, `${endpoint} check passed`].join("\n")}\n`;
}
