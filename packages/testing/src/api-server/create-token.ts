import { formatTime } from "@kvop/core";
import { isJsonObject, type JsonObject, type JsonValue } from "../schema/json.js";
import {
  type BoundObject,
  SERVICE_ACCOUNT_ISSUER,
} from "../service-accounts/service-account-issuer.js";
import { checkNamespace } from "./admit-object.js";
import type { ApiRequest } from "./api-request.js";
import { managerOf } from "./field-ownership.js";
import { admitPart } from "../dynamic-admission/admit-write.js";
import { refuse } from "./refusal.js";
import { readObject, readValue } from "./request-body.js";
import type { ServerContext } from "./server-context.js";
import { metadataOf, storeKey, type WriteTarget } from "./write-target.js";

const GROUP = "authentication.k8s.io";
const KIND = "TokenRequest";
const DEFAULT_SECONDS = 3600;
const MIN_SECONDS = 600;
const MAX_SECONDS = 2 ** 32;

/** Gives out a token of a service account (`serviceaccounts/token`). */
export function createToken(
  request: ApiRequest,
  target: WriteTarget,
  context: ServerContext,
): JsonObject {
  const { resource, namespace, name = "" } = target;
  const account = context.store.get(resource.storageKey, storeKey(namespace, name));
  if (account === undefined) {
    checkNamespace(resource, namespace, name, context);
    throw refuse.notFound(resource, name);
  }
  const kind = { ...resource, group: GROUP, version: "v1", kind: KIND };
  const { object } = readObject(request, kind);
  const spec: JsonObject = isJsonObject(object["spec"]) ? object["spec"] : {};
  const seconds = Number(spec["expirationSeconds"] ?? DEFAULT_SECONDS);
  checkSeconds(seconds);
  const given = Array.isArray(spec["audiences"]) ? spec["audiences"].map(String) : [];
  const managedFields = ownedFields(
    { ...sentSpec(request), expirationSeconds: seconds },
    target,
    context,
  );
  const audiences = given.length > 0 ? given : [SERVICE_ACCOUNT_ISSUER];
  const metadata = {
    ...metadataOf(object),
    name,
    namespace,
    uid: context.random.uuid(),
    creationTimestamp: formatTime(context.clock.now()),
    managedFields,
  };
  const shown = { ...object, metadata, spec: { ...spec, audiences, expirationSeconds: seconds } };
  if (!context.dynamic.isIdle) admitPart(shown, "CREATE", target, context);
  const uid = String(metadataOf(account)["uid"] ?? "");
  const boundTo = isJsonObject(spec["boundObjectRef"])
    ? boundObject(spec["boundObjectRef"], target, context)
    : undefined;
  const now = context.clock.now();
  const wish = { namespace, name, uid, audiences, seconds, boundTo };
  return {
    kind: KIND,
    apiVersion: `${GROUP}/v1`,
    metadata: { name, namespace, uid, creationTimestamp: formatTime(now), managedFields },
    spec: { audiences, expirationSeconds: seconds, boundObjectRef: spec["boundObjectRef"] ?? null },
    status: {
      token: context.serviceAccounts.issue(wish),
      expirationTimestamp: formatTime(now + seconds * 1000),
    },
  };
}

function checkSeconds(seconds: number): void {
  const detail =
    seconds < MIN_SECONDS
      ? "may not specify a duration less than 10 minutes"
      : seconds > MAX_SECONDS
        ? "may not specify a duration larger than 2^32 seconds"
        : undefined;
  if (detail === undefined) return;
  throw refuse.invalid({ group: GROUP, plural: "", kind: KIND }, "", [
    { type: "FieldValueInvalid", field: "spec.expirationSeconds", badValue: seconds, detail },
  ]);
}

const PLURALS: Readonly<Record<string, string>> = { Pod: "pods", Secret: "secrets", Node: "nodes" };

/** The object that a token is to be bound to, as it is stored. */
function boundObject(
  reference: JsonObject,
  { namespace, name: account = "" }: WriteTarget,
  { store }: ServerContext,
): BoundObject {
  const { apiVersion = "", kind = "", name = "", uid = "" } = reference as Record<string, string>;
  const plural = apiVersion === "v1" && Object.hasOwn(PLURALS, kind) ? PLURALS[kind] : undefined;
  if (plural === undefined) {
    const [group, version] = apiVersion.includes("/") ? apiVersion.split("/") : ["", apiVersion];
    throw refuse.badRequest(
      `cannot bind token to object of type ${group}/${version}, Kind=${kind}`,
    );
  }
  const stored = store.get(`/${plural}`, storeKey(kind === "Node" ? "" : namespace, name));
  if (stored === undefined) throw refuse.notFound({ group: "", plural, kind }, name);
  const found = String(metadataOf(stored)["uid"] ?? "");
  if (uid !== "" && uid !== found) {
    throw refuse.conflict(
      { group: "", plural: kind, kind },
      name,
      `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  }
  const spec = isJsonObject(stored["spec"]) ? stored["spec"] : {};
  if (kind === "Pod" && (spec["serviceAccountName"] ?? "") !== account) {
    throw refuse.badRequest(
      `cannot bind token for serviceaccount ${JSON.stringify(account)} to pod running with different serviceaccount name.`,
    );
  }
  return { kind: kind as BoundObject["kind"], name, uid: found };
}

/** The real server knows no schema of this kind: every leaf of the request counts, and nothing else. */
function ownedFields(spec: JsonObject, target: WriteTarget, { clock }: ServerContext): JsonValue {
  return [
    {
      manager: managerOf(target),
      operation: "Update",
      apiVersion: `${GROUP}/v1`,
      time: formatTime(clock.now()),
      fieldsType: "FieldsV1",
      fieldsV1: { "f:spec": leavesOf(spec) },
      subresource: "token",
    },
  ];
}

/** As it was sent: an empty list of audiences counts too. */
function sentSpec(request: ApiRequest): JsonObject {
  const body = readValue(request) ?? null;
  return isJsonObject(body) && isJsonObject(body["spec"]) ? body["spec"] : {};
}

function leavesOf(value: JsonValue): JsonObject {
  const leaves: JsonObject = {};
  if (!isJsonObject(value)) return leaves;
  for (const [key, inner] of Object.entries(value)) {
    if (inner !== null && inner !== "") leaves[`f:${key}`] = leavesOf(inner);
  }
  return leaves;
}
