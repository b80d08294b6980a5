import { ApiError, formatMicroTime } from "@kvop/core";
import type { ApiRequest, ApiResponse } from "../api-server/api-request.js";
import { readValue } from "../api-server/request-body.js";
import { nameInAnswer } from "../records/name-of-created.js";
import type { RequestAttributes } from "../records/request-attributes.js";
import { isJsonObject, type JsonValue } from "../schema/json.js";
import type { AuditEvent, AuditLevel, AuditObjectReference, AuditStage } from "./audit-event.js";
import { hasSecretBody, redact, redactQuery } from "./redact.js";

/** One request as the audit log follows it. */
export interface AuditedRequest {
  readonly auditId: string;
  readonly level: AuditLevel;
  readonly request: ApiRequest;
  readonly attributes: RequestAttributes;
  readonly receivedAtMs: number;
}

/** The event of one stage; `answer` is there from the beginning of the response on. */
export function buildAuditEvent(
  audited: AuditedRequest,
  stage: AuditStage,
  nowMs: number,
  answer?: ApiResponse,
): AuditEvent {
  const { request, attributes, level } = audited;
  const { user, impersonatedBy } = request;
  const objectRef = referenceOf(attributes, answer);
  const isAuthenticated = user.username !== "";
  return {
    kind: "Event",
    apiVersion: "audit.k8s.io/v1",
    level,
    auditID: audited.auditId,
    stage,
    requestURI: addressOf(request),
    verb: attributes.verb,
    user: impersonatedBy ?? (isAuthenticated ? user : {}),
    ...(impersonatedBy === undefined || answer === undefined ? {} : { impersonatedUser: user }),
    sourceIPs: [request.connection?.socket.remoteAddress ?? "127.0.0.1"],
    userAgent: request.userAgent,
    ...(objectRef === undefined ? {} : { objectRef }),
    ...(answer === undefined ? {} : { responseStatus: statusOf(answer) }),
    ...(answer === undefined ? {} : bodiesOf(audited, answer)),
    requestReceivedTimestamp: formatMicroTime(audited.receivedAtMs),
    stageTimestamp: formatMicroTime(nowMs),
    ...(answer === undefined || !isAuthenticated ? {} : { annotations: decisionOf(answer) }),
  };
}

function referenceOf(
  attributes: RequestAttributes,
  answer: ApiResponse | undefined,
): AuditObjectReference | undefined {
  const { resource, subresource, namespace, group, version, verb } = attributes;
  if (version === "") return undefined;
  // The name of what is created is known once it is.
  const name = attributes.name === "" && verb === "create" ? nameInAnswer(answer) : attributes.name;
  return {
    resource,
    ...(namespace === "" ? {} : { namespace }),
    ...(name === "" ? {} : { name }),
    ...(group === "" ? {} : { apiGroup: group }),
    apiVersion: version,
    ...(subresource === "" ? {} : { subresource }),
  };
}

function statusOf(answer: ApiResponse): NonNullable<AuditEvent["responseStatus"]> {
  if (answer.type === "watch") return { metadata: {}, code: 200 };
  if (answer.type !== "json" || !isJsonObject(answer.body) || answer.body["kind"] !== "Status")
    return { metadata: {}, code: answer.status };
  const { kind: _kind, apiVersion: _apiVersion, ...status } = answer.body;
  return { ...status, code: answer.status };
}

function bodiesOf(
  { level, request, attributes }: AuditedRequest,
  answer: ApiResponse,
): Pick<AuditEvent, "requestObject" | "responseObject"> {
  if (level === "Metadata" || attributes.version === "" || hasSecretBody(attributes)) return {};
  const hasBody = level === "RequestResponse" && answer.type === "json";
  const sent = bodyOf(request);
  return {
    ...(sent === undefined ? {} : { requestObject: redact(sent) }),
    ...(hasBody ? { responseObject: redact(answer.body) } : {}),
  };
}

/** What was sent; nothing when it cannot be read: its text could hold anything. */
function bodyOf(request: ApiRequest): JsonValue | undefined {
  try {
    return readValue(request);
  } catch (error) {
    if (ApiError.isInstance(error)) return undefined;
    throw error;
  }
}

function decisionOf(answer: ApiResponse): Readonly<Record<string, string>> {
  const isForbidden = answer.type === "json" && answer.status === 403;
  return {
    "authorization.k8s.io/decision": isForbidden ? "forbid" : "allow",
    "authorization.k8s.io/reason": "",
  };
}

function addressOf({ path, query }: ApiRequest): string {
  const text = redactQuery(query).toString();
  return `/${path.map(encodeURIComponent).join("/")}${text === "" ? "" : `?${text}`}`;
}
