import type { Clock, Random } from "@kvop/core";
import type { ServiceAllocator } from "../admission/default-service.js";
import type {
  ServiceAccountIssuer,
  TokenOwner,
} from "../service-accounts/service-account-issuer.js";
import type { UserInfo } from "../authentication/authenticate.js";
import type { JsonObject } from "../schema/json.js";
import type { ObjectStore } from "../store/object-store.js";
import type { Attempts } from "../dynamic-admission/attempts.js";
import type { DynamicAdmission } from "../dynamic-admission/dynamic-admission.js";
import type { ControllerSettings } from "../controllers/controller-settings.js";
import type { Timers } from "../controllers/timers.js";
import type { JsonBytes } from "./json-bytes.js";
import type { SharedLines } from "./shared-line.js";
import type { ResourceRegistry, ServedResource } from "./resource-registry.js";

/** A write as an admission handler sees it. */
export interface AdmissionRequest {
  readonly operation: "CREATE" | "UPDATE" | "DELETE";
  readonly group: string;
  readonly plural: string;
  readonly subresource: string;
  /** The object as it would be stored; for DELETE, as it is. A copy: change it and return it. */
  readonly object: JsonObject;
  readonly oldObject: JsonObject | undefined;
  readonly userName: string;
  readonly user: UserInfo;
  /** Whether nothing is to be stored in the end. */
  readonly dryRun: boolean;
  /** Adds a text to the `Warning` headers of the answer. */
  readonly warn: (text: string) => void;
}

/** Changes an object on its way into the store, or throws an `ApiError` to refuse it. */
export type AdmissionHandler = (request: AdmissionRequest) => JsonObject | undefined;

/** When handlers are asked: `mutating` ones before the object is judged by its schema, `validating` ones after. */
export type AdmissionPhase = "mutating" | "validating";

/** What the parts of the server share. */
export interface ServerContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly store: ObjectStore;
  readonly registry: ResourceRegistry;
  /** Stored objects as text. */
  readonly bytes: JsonBytes;
  /** What watches are being told. */
  readonly lines: SharedLines;
  readonly authorization: "AlwaysAllow" | "RBAC";
  readonly admission: Readonly<Record<AdmissionPhase, Set<AdmissionHandler>>>;
  /** Admission that stored objects say: webhooks and policies. */
  readonly dynamic: DynamicAdmission;
  /** Of a write that may have to ask outside. */
  readonly attempts?: Attempts | undefined;
  readonly controllers: ControllerSettings;
  /** What the server does later by its clock. */
  readonly timers: Timers;
  /** Hands out addresses and ports of Services. */
  readonly services: ServiceAllocator;
  /** Where the server listens, or would. */
  readonly address: () => { readonly host: string; readonly port: number };
  /** Gives out the tokens of service accounts. */
  readonly serviceAccounts: ServiceAccountIssuer;
  /** Whose a bearer token is. */
  readonly userOfToken: (token: string) => TokenOwner | undefined;
  /** Told of each object that was stored or taken out, after it happened. */
  readonly afterWrite: (resource: ServedResource, object: JsonObject) => void;
}
