export {
  ApiServer,
  type ApiServerOptions,
  createApiServer,
  type ListeningApiServer,
  type ListenOptions,
  startApiServer,
} from "./api-server/api-server.js";
export type { ApiRequest, ApiResponse, WatchLine } from "./api-server/api-request.js";
export { createFakeClient, type FakeClientOptions } from "./api-server/create-fake-client.js";
export type { AggregatedApi } from "./api-server/handle-request.js";
export type { RequestRecord } from "./records/request-record.js";
export type {
  AdmissionHandler,
  AdmissionPhase,
  AdmissionRequest,
} from "./api-server/server-context.js";
