export type { ClientManager, MachineClient } from "./client-manager.js";
export type {
  ApplyOptions,
  CallOptions,
  ClientRole,
  ClusterClient,
  DeleteOptions,
  GetOptions,
  JsonPatchOperation,
  ListOptions,
  OwnedClient,
  Patch,
  RemoteClient,
  SubresourceOptions,
  SupervisorClient,
  WatchEvent,
  WatchOptions,
  WriteOptions,
} from "./client/cluster-client.js";
export { createClusterClient, type ClusterClientOptions } from "./client/create-cluster-client.js";
export {
  formatObjectKey,
  objectKeyOf,
  type Condition,
  type KubernetesObject,
  type ListMeta,
  type ManagedFieldsEntry,
  type ObjectKey,
  type ObjectList,
  type ObjectMeta,
  type OwnerReference,
} from "./client/kubernetes-object.js";
export { pathOf, type PathTarget } from "./client/resource-path.js";
export { apiVersionOf, defineResource, type Resource } from "./client/resource.js";
export type { Status, StatusCause } from "./client/status.js";
export type {
  Transport,
  TransportRequest,
  TransportResponse,
  TransportStream,
  Verb,
} from "./client/transport.js";
export { ConfigMap } from "./resources/config-map.js";
export { DataVolume } from "./resources/data-volume.js";
export { Event } from "./resources/event.js";
export {
  KubevirtConfig,
  type KubevirtConfigSpec,
  type KubevirtConfigStatus,
} from "./resources/kubevirt-config.js";
export { Lease } from "./resources/lease.js";
export {
  MachineClass,
  type MachineClassSpec,
  type MachineClassStatus,
} from "./resources/machine-class.js";
export {
  MachineProvider,
  type MachineProviderSpec,
  type MachineProviderStatus,
} from "./resources/machine-provider.js";
export { Machine, type MachineSpec, type MachineStatus } from "./resources/machine.js";
export { Namespace } from "./resources/namespace.js";
export { NetworkAttachmentDefinition } from "./resources/network-attachment-definition.js";
export {
  NetworkConfiguration,
  type NetworkConfigurationSpec,
  type NetworkConfigurationStatus,
} from "./resources/network-configuration.js";
export {
  NetworkNamespace,
  type NetworkNamespaceSpec,
  type NetworkNamespaceStatus,
} from "./resources/network-namespace.js";
export { PersistentVolumeClaim } from "./resources/persistent-volume-claim.js";
export { Secret } from "./resources/secret.js";
export { StorageClass } from "./resources/storage-class.js";
export { StorageProfile } from "./resources/storage-profile.js";
export {
  VirtualMachineInstance,
  type VirtualMachineDisk,
  type VirtualMachineInstanceSpec,
  type VirtualMachineInstanceStatus,
  type VirtualMachineInterface,
  type VirtualMachineVolume,
} from "./resources/virtual-machine-instance.js";
export {
  VirtualMachine,
  type RunStrategy,
  type VirtualMachineSpec,
  type VirtualMachineStatus,
} from "./resources/virtual-machine.js";
export { Vitistack, type VitistackSpec, type VitistackStatus } from "./resources/vitistack.js";
export {
  chooseCluster,
  needsClusterSearch,
  type ClusterChoice,
  type ClusterFacts,
  type ClusterSearch,
  type FoundVirtualMachine,
  type PlacementStrategy,
  type PlacementSubject,
} from "./choose-cluster.js";
export { clusterChoiceError } from "./cluster-choice-error.js";
export { findCondition, setCondition } from "./conditions.js";
export {
  KUBEVIRT_CONFIG_ANNOTATION,
  MACHINE_FINALIZER,
  MACHINE_UID_ANNOTATION,
  MANAGED_BY_LABEL,
  PLACEMENT_ANNOTATION,
  SOURCE_MACHINE_LABEL,
} from "./annotations.js";
export { checkObjectName } from "./check-object-name.js";
export { AmbiguousClusterError } from "./errors/ambiguous-cluster-error.js";
export {
  ApiError,
  isAlreadyExists,
  isConflict,
  isForbidden,
  isGone,
  isInvalid,
  isNotFound,
  isServerTimeout,
  isServiceUnavailable,
  isTooManyRequests,
  isUnauthorized,
} from "./errors/api-error.js";
export { ClientNodeError } from "./errors/client-node-error.js";
export { ClusterIdentityChangedError } from "./errors/cluster-identity-changed-error.js";
export { ClusterUnavailableError } from "./errors/cluster-unavailable-error.js";
export { ConfigNotFoundError } from "./errors/config-not-found-error.js";
export { ConnectionFailedError } from "./errors/connection-failed-error.js";
export { DeadlineExceededError } from "./errors/deadline-exceeded-error.js";
export { DisposedError } from "./errors/disposed-error.js";
export { DuplicateVirtualMachineError } from "./errors/duplicate-virtual-machine-error.js";
export { InvalidNameError } from "./errors/invalid-name-error.js";
export { KubeconfigInvalidError } from "./errors/kubeconfig-invalid-error.js";
export { KubeconfigRefusedError } from "./errors/kubeconfig-refused-error.js";
export { KvopError, hasErrorCode, type KvopErrorOptions } from "./errors/kvop-error.js";
export { NoClusterError } from "./errors/no-cluster-error.js";
export { PlacementConflictError } from "./errors/placement-conflict-error.js";
export { PlacementUnknownError } from "./errors/placement-unknown-error.js";
export { ResponseTooLargeError } from "./errors/response-too-large-error.js";
export { SecretKeyMissingError } from "./errors/secret-key-missing-error.js";
export { SecretNamespaceForbiddenError } from "./errors/secret-namespace-forbidden-error.js";
export { SecretNotFoundError } from "./errors/secret-not-found-error.js";
export { TlsFailedError } from "./errors/tls-failed-error.js";
export { TransportError } from "./errors/transport-error.js";
export { UnexpectedResponseError } from "./errors/unexpected-response-error.js";
export { followObject, type FollowObjectOptions } from "./watch/follow-object.js";
export type { Indexer, Indexers, ObjectReader } from "./watch/object-cache.js";
export { areMetadataFields, pickFields } from "./watch/pick-fields.js";
export type { ReflectorEvent, ReflectorHandler } from "./watch/reflected-set.js";
export type { Reflector, ReflectorMode, ReflectorOptions } from "./watch/reflector.js";
export { startReflector } from "./watch/start-reflector.js";
export type { WaitForSyncOptions } from "./watch/sync-waiters.js";
export { CoalescingQueue, type CoalescingQueueOptions } from "./queue/coalescing-queue.js";
export { runWorkers, type WorkerOptions } from "./queue/run-workers.js";
export { WorkQueue, type WorkQueueOptions } from "./queue/work-queue.js";
export {
  formatMicroTime,
  formatTime,
  parseTime,
  sleep,
  systemClock,
  yieldToEventLoop,
  type Clock,
  type ClockTimer,
} from "./clock.js";
export { onAbort } from "./on-abort.js";
export { jitter, seededRandom, systemRandom, type Random } from "./random.js";
export { silentLogger, type Logger } from "./logger.js";
export {
  exponentialBuckets,
  silentMetrics,
  type CounterMetric,
  type GaugeMetric,
  type HistogramMetric,
  type Labels,
  type MetricDefinition,
  type Metrics,
} from "./metrics/metrics.js";
export { OwnedSeries } from "./metrics/owned-series.js";
