export {
  type AdmissionHandler,
  type AdmissionRequest,
  ApiServer,
  type ApiServerOptions,
  assertReceived,
  assertReceivedInOrder,
  ClusterSnapshot,
  createApiServer,
  createFakeClient,
  type FakeClient,
  type FakeClientOptions,
  type InProcessClientOptions,
  type Fault,
  type FaultFilter,
  FaultNotPossibleError,
  Faults,
  FaultUndoneError,
  type ListeningApiServer,
  type RequestFilter,
  type RequestRecord,
  requestsTo,
  startApiServer,
  waitUntilReceived,
} from "./api-server.js";
export {
  type PendingTimer,
  VirtualClock,
  type VirtualClockOptions,
} from "./clock/virtual-clock.js";
export {
  kubevirtCustomResourceDefinitions,
  vitistackCustomResourceDefinitions,
} from "./crds/custom-resource-definitions.js";
export {
  kubeconfigSecret,
  kubeconfigText,
  type KubeconfigFacts,
} from "./fixtures/kubeconfig-fixtures.js";
export { configMap, event, lease, namespace, secret } from "./fixtures/kubernetes-fixtures.js";
export {
  dataVolume,
  networkAttachmentDefinition,
  persistentVolumeClaim,
  storageClass,
  storageProfile,
  virtualMachine,
  virtualMachineInstance,
} from "./fixtures/kubevirt-fixtures.js";
export type { Overrides } from "./fixtures/merge-fixture.js";
export {
  kubevirtConfig,
  machine,
  machineClass,
  machineProvider,
  networkConfiguration,
  networkNamespace,
  vitistack,
} from "./fixtures/vitistack-fixtures.js";
export {
  type Fleet,
  type FleetCluster,
  type FleetOptions,
  type FleetSupervisor,
  startFleet,
} from "./fleet/start-fleet.js";
export { LeakError } from "./leaks/leak-error.js";
export type { Leak } from "./leaks/leak.js";
export { type LeakWatch, type LeakWatchOptions, watchLeaks } from "./leaks/leak-watch.js";
export {
  createTestCluster,
  type TestCluster,
  type TestClusterOptions,
} from "./test-cluster/create-test-cluster.js";
export { exportYaml, type ExportOptions } from "./snapshot/export-yaml.js";
export { importYaml } from "./snapshot/import-yaml.js";
export { ManifestInvalidError } from "./snapshot/manifest-invalid-error.js";
export { MockClientManager, type MockClientManagerOptions } from "./mock/mock-client-manager.js";
