export { KubevirtClientManager } from "./manager/kubevirt-client-manager.js";
export type { KubevirtClientManagerOptions } from "./manager/manager-options.js";
export type { Connect } from "./link/open-link.js";
export { CLUSTER_STATE_TYPES, type ClusterState } from "./state/cluster-state.js";
export {
  createSupervisorClient,
  type SupervisorClientOptions,
} from "./supervisor/create-supervisor-client.js";
export { parseKubeconfig, type ParseKubeconfigOptions } from "./policy/parse-kubeconfig.js";
export { KUBECONFIG_RULES, type KubeconfigRule } from "./policy/kubeconfig-rules.js";
export type { KubeconfigPolicy } from "./policy/kubeconfig-policy.js";
export type { ClusterConnection } from "./policy/cluster-connection.js";
export {
  createUndiciTransport,
  type UndiciTransport,
  type UndiciTransportOptions,
} from "./transport/undici-transport.js";
export type {
  DialObservation,
  Http2FallbackObservation,
  RequestObservation,
  RequestSubject,
  RetryObservation,
  TransportObserver,
  TransportSubject,
  WatchEndObservation,
} from "./transport/transport-observer.js";
export { createPrometheusMetrics, type PrometheusClient } from "./metrics/prometheus-metrics.js";
export type { ResourceWatch, WatchResourceOptions } from "./watch/resource-watch.js";
export { leastMachines, type PlacedMachines } from "./placement/least-machines.js";
