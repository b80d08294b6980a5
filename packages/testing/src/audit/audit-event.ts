import type { Status } from "@kvop/core";
import type { UserInfo } from "../authentication/authenticate.js";
import type { JsonValue } from "../schema/json.js";

/** How much of a request is written down: nothing, who asked for what, also the body sent, also the body answered. */
export type AuditLevel = "None" | "Metadata" | "Request" | "RequestResponse";

/** When in the life of a request an event is written. `ResponseStarted` is of watches, and of requests without a user. */
export type AuditStage = "RequestReceived" | "ResponseStarted" | "ResponseComplete" | "Panic";

/** One entry of an audit log, as a real API server writes it (`audit.k8s.io/v1` Event). It holds no credential. */
export interface AuditEvent {
  readonly kind: "Event";
  readonly apiVersion: "audit.k8s.io/v1";
  readonly level: AuditLevel;
  /** The same for all stages of a request. */
  readonly auditID: string;
  readonly stage: AuditStage;
  readonly requestURI: string;
  readonly verb: string;
  /** Who authenticated; empty when nobody did. */
  readonly user: Partial<UserInfo>;
  readonly impersonatedUser?: UserInfo | undefined;
  readonly sourceIPs: readonly string[];
  readonly userAgent: string;
  readonly objectRef?: AuditObjectReference | undefined;
  readonly responseStatus?: Omit<Status, "kind" | "apiVersion"> | undefined;
  readonly requestObject?: JsonValue | undefined;
  readonly responseObject?: JsonValue | undefined;
  /** RFC 3339 with microseconds. */
  readonly requestReceivedTimestamp: string;
  readonly stageTimestamp: string;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

/** The object that a request is of. */
export interface AuditObjectReference {
  readonly resource: string;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly apiGroup?: string | undefined;
  readonly apiVersion: string;
  readonly subresource?: string | undefined;
}
