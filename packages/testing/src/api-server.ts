export { ApiServer, createApiServer, startApiServer } from "./api-server/api-server.js";
export type {
  ApiServerOptions,
  InProcessClientOptions,
  ListeningApiServer,
  ListenOptions,
} from "./api-server/api-server-options.js";
export type { ApiRequest, ApiResponse, WatchLine } from "./api-server/api-request.js";
export {
  createFakeClient,
  type FakeClient,
  type FakeClientOptions,
} from "./api-server/create-fake-client.js";
export type { AggregatedApi } from "./api-server/handle-request.js";
export type { Interceptor } from "./api-server/interceptor.js";
export type { AuditOptions } from "./audit/audit.js";
export type {
  AuditEvent,
  AuditLevel,
  AuditObjectReference,
  AuditStage,
} from "./audit/audit-event.js";
export type { AuditRule } from "./audit/audit-policy.js";
export { type AuditLog, openAuditLog } from "./audit/open-audit-log.js";
export { ConnectionFaultPlan } from "./faults/connection-fault-plan.js";
export { FaultNotPossibleError } from "./faults/fault-not-possible-error.js";
export { FaultPlan } from "./faults/fault-plan.js";
export type { FaultAnswer } from "./faults/fault-status.js";
export { FaultUndoneError } from "./faults/fault-undone-error.js";
export type { Fault } from "./faults/fault.js";
export { type FaultFilter, Faults } from "./faults/faults.js";
export { assertReceived, assertReceivedInOrder } from "./records/assert-received.js";
export {
  type ReceivedExpectation,
  type ReceivedFilter,
  requestsTo,
  type RequestSource,
} from "./records/received.js";
export { waitUntilReceived, type WaitUntilReceivedOptions } from "./records/wait-until-received.js";
export type { RequestFilter } from "./records/request-filter.js";
export type { RequestRecord } from "./records/request-record.js";
export type {
  AdmissionHandler,
  AdmissionPhase,
  AdmissionRequest,
} from "./api-server/server-context.js";
export { ClusterSnapshot } from "./snapshot/cluster-snapshot.js";
