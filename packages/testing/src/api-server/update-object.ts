import { inPrintedOrder } from "./printed-order.js";
import { completeBuiltIn } from "../admission/default-built-in.js";
import { warningsOfUpdate } from "../admission/warn-built-in.js";
import { copyJson, type JsonObject, type JsonValue, jsonEqual } from "../schema/json.js";
import { admitPodSecurity } from "../pod-security/admit-pod-security.js";
import { checkEscalation, judgeObject, mutateObject } from "./admit-object.js";
import { mutateDynamically, validateDynamically } from "../dynamic-admission/admit-write.js";
import { withWarnings } from "../dynamic-admission/refusal-warnings.js";
import { checkObject, checkSize, checkStrictErrors } from "./check-object.js";
import { checkPlace, createObject, remake } from "./create-object.js";
import type { DecodedObject } from "./decode-object.js";
import { ownedBy, setManagedFields } from "./field-ownership.js";
import { hasGeneration, isSpecChange } from "./object-generation.js";
import { invalid } from "../schema/field-error.js";
import { inVersion } from "./in-version.js";
import { refuse } from "./refusal.js";
import { storagePathOf } from "./storage-path.js";
import type { ServerContext } from "./server-context.js";
import { metadataOf, requestedKey, type WriteTarget, type Written } from "./write-target.js";

/** Fields that the server keeps as they were, whatever an update says. */
const SERVER_FIELDS = [
  "uid",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "generateName",
  "namespace",
  "name",
] as const;
/** Built-in resources of which a PUT creates what is missing. */
const CREATED_BY_UPDATE = new Set([
  "coordination.k8s.io/leases",
  "/events",
  "/services",
  "/endpoints",
  "/limitranges",
  "/podtemplates",
  "rbac.authorization.k8s.io/roles",
  "rbac.authorization.k8s.io/rolebindings",
  "rbac.authorization.k8s.io/clusterroles",
  "rbac.authorization.k8s.io/clusterrolebindings",
  "scheduling.k8s.io/priorityclasses",
]);
/** Built-in resources that are updated only by who knows the version that he replaces. */
const CONDITIONAL = new Set([
  "coordination.k8s.io/leases",
  "policy/poddisruptionbudgets",
  "apiextensions.k8s.io/customresourcedefinitions",
  "admissionregistration.k8s.io/validatingwebhookconfigurations",
  "admissionregistration.k8s.io/mutatingwebhookconfigurations",
  "apiregistration.k8s.io/apiservices",
  "node.k8s.io/runtimeclasses",
]);

/** Replaces an object (PUT), or creates it where the resource allows that. */
export function updateObject(
  decoded: DecodedObject,
  target: WriteTarget,
  context: ServerContext,
): Written {
  const { resource, name = "" } = target;
  // That the kind is another one is found by validation: only after it was asked which version is meant.
  const isOfOtherKind = decoded.misfit?.reason === "Invalid";
  checkStrictErrors(isOfOtherKind ? { ...decoded, misfit: undefined } : decoded, target);
  checkPlace(decoded.object, target);
  const stored = storedObject(target, context);
  if (stored === undefined) {
    if (CREATED_BY_UPDATE.has(resource.storageKey) && target.subresource === "") {
      return createObject(decoded, target, context);
    }
    throw refuse.notFound(resource, name);
  }
  checkVersioned(decoded.object, target);
  return replaceObject(decoded, stored, target, context);
}

/** Some kinds are changed only by who says which version is meant. @throws ApiError Invalid */
export function checkVersioned(object: JsonObject, { resource, name = "" }: WriteTarget): void {
  const version = metadataOf(object)["resourceVersion"] ?? "";
  const isConditional = resource.isCustom || CONDITIONAL.has(resource.storageKey);
  if ((version === "" || version === "0") && isConditional) {
    // The real server names the resource here, where everywhere else it names the kind.
    throw refuse.invalid({ ...resource, kind: resource.plural }, name, [
      {
        type: "FieldValueInvalid",
        field: "metadata.resourceVersion",
        badValue: 0,
        detail: "must be specified for an update",
      },
    ]);
  }
}

/** The stored object that a write is about, in the version of its endpoint. */
export function storedObject(
  { resource, namespace, name = "" }: WriteTarget,
  { store }: ServerContext,
): JsonObject | undefined {
  const stored = store.get(resource.storageKey, requestedKey(namespace, name));
  return stored === undefined ? undefined : inVersion(stored, resource);
}

/** Puts an object in the place of the stored one. @param applied its ownership, when an apply made it. */
export function replaceObject(
  decoded: DecodedObject,
  stored: JsonObject,
  target: WriteTarget,
  context: ServerContext,
  applied?: JsonValue,
): Written {
  const { resource } = target;
  const { object } = decoded;
  const old = metadataOf(stored);
  const remarks = [...checkStrictErrors(decoded, target)];
  checkIdentity(object, stored, target);
  const managedFields = applied ?? ownedBy(object, stored, target, context);
  let next = partOf(object, stored, target);
  keepServerFields(next, stored);
  const admission = { operation: "UPDATE", old: stored, target, context, remarks } as const;
  next = remake(mutateObject(next, admission), next, target);
  const mutated = mutateDynamically(next, admission, { managedFields });
  if (mutated !== next) {
    next = partOf(mutated, stored, target);
    keepServerFields(next, stored);
  }
  checkEscalation(next, stored, target, context);
  if (!resource.isCustom && target.subresource === "") {
    next = completeBuiltIn(resource.group, resource.kind, next, stored, {
      allocator: context.services,
      nowMs: context.clock.now(),
    });
  }
  const metadata = metadataOf(next);
  moveGeneration(next, stored, target);
  metadata["resourceVersion"] = old["resourceVersion"] ?? "";
  remarks.push(...checkObject(next, stored, target));
  if (!resource.isCustom && target.subresource === "")
    remarks.push(...warningsOfUpdate(resource.group, resource.kind, next, stored));
  setManagedFields(next, managedFields);
  withWarnings(remarks, () => {
    admitPodSecurity(next, admission);
    validateDynamically(next, admission);
    judgeObject(next, admission);
  });
  checkSize(next, target);
  if (jsonEqual(next, stored)) {
    return { object: stored, created: false, warnings: remarks };
  }
  return {
    object: saveObject(next, stored, target, context),
    created: false,
    warnings: remarks,
  };
}

/** Stores the changed object, or takes it out when nothing holds it any more. */
export function saveObject(
  object: JsonObject,
  stored: JsonObject,
  target: WriteTarget,
  context: ServerContext,
): JsonObject {
  const { resource } = target;
  if (target.dryRun) return inPrintedOrder(object, resource);
  const { deletionTimestamp, deletionGracePeriodSeconds, finalizers } = metadataOf(object);
  const isDone =
    deletionTimestamp !== undefined &&
    (deletionGracePeriodSeconds ?? 0) === 0 &&
    ((finalizers ?? []) as JsonValue[]).length === 0 &&
    !isHeldBySpec(object, resource.storageKey);
  if (isDone) {
    // Watchers see the object as it was stored last; who removed the last finalizer sees what he asked for.
    context.afterWrite(resource, context.store.delete(resource.storageKey, stored));
    return object;
  }
  const saved = context.store.put(resource.storageKey, inPrintedOrder(object, resource));
  if (resource.isCustom) resource.views.set(saved, saved);
  context.afterWrite(resource, saved);
  return saved;
}

/** A namespace is held by the finalizers of its spec. */
export function isHeldBySpec(object: JsonObject, storageKey: string): boolean {
  if (storageKey !== "/namespaces") return false;
  const spec = (object["spec"] ?? {}) as JsonObject;
  return ((spec["finalizers"] ?? []) as JsonValue[]).length > 0;
}

/** What a patch made must be of the version that it names, and the object that is there. @throws ApiError */
export function checkPatched(object: JsonObject, stored: JsonObject, target: WriteTarget): void {
  const { resource, name = "" } = target;
  checkPlace(object, target);
  checkVersion(object, stored, target);
  const { uid = "" } = metadataOf(object);
  if (uid !== "" && uid !== metadataOf(stored)["uid"])
    throw refuse.invalid(resource, name, [invalid("metadata.uid", uid, "field is immutable")]);
}

function checkIdentity(object: JsonObject, stored: JsonObject, target: WriteTarget): void {
  const { resource, namespace, name = "" } = target;
  const old = metadataOf(stored);
  const { uid = "" } = metadataOf(object);
  if (uid !== "" && uid !== old["uid"]) {
    const key = storagePathOf(resource, namespace, name);
    throw refuse.conflict(
      resource,
      name,
      `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${String(uid)}, UID in object meta: ${String(old["uid"])}`,
    );
  }
  checkVersion(object, stored, target);
}

function checkVersion(object: JsonObject, stored: JsonObject, target: WriteTarget): void {
  const { resourceVersion = "" } = metadataOf(object);
  if (typeof resourceVersion === "string" && !/^\d*$/.test(resourceVersion)) {
    throw refuse.internal(
      `strconv.ParseUint: parsing ${JSON.stringify(resourceVersion)}: invalid syntax`,
    );
  }
  const isGiven = resourceVersion !== "" && resourceVersion !== "0";
  if (isGiven && resourceVersion !== metadataOf(stored)["resourceVersion"])
    throw refuse.stale(target.resource, target.name ?? "");
}

/** Of a status write the status alone counts, of another one everything else. */
function partOf(object: JsonObject, stored: JsonObject, target: WriteTarget): JsonObject {
  const { resource, subresource } = target;
  if (subresource === "status" || subresource === "approval") {
    const next = copyJson(stored);
    if (object["status"] === undefined) delete next["status"];
    else next["status"] = object["status"];
    if (!resource.isCustom) {
      // The status of a built-in kind carries its metadata along.
      next["metadata"] = object["metadata"] ?? {};
    }
    return next;
  }
  if (subresource === "approval") return { ...copyJson(stored), status: object["status"] ?? {} };
  if (resource.hasStatus) {
    if (stored["status"] === undefined) delete object["status"];
    else object["status"] = copyJson(stored["status"]);
  }
  if (resource.storageKey === "/namespaces") object["spec"] = copyJson(stored["spec"] ?? {});
  return object;
}

function keepServerFields(object: JsonObject, stored: JsonObject): void {
  const metadata = metadataOf(object);
  const old = metadataOf(stored);
  for (const field of SERVER_FIELDS) {
    const value = old[field];
    if (value === undefined) delete metadata[field];
    else metadata[field] = value;
  }
  delete metadata["managedFields"];
  delete metadata["selfLink"];
}

function moveGeneration(object: JsonObject, stored: JsonObject, target: WriteTarget): void {
  const metadata = metadataOf(object);
  const { generation } = metadataOf(stored);
  if (generation === undefined) {
    if (hasGeneration(target.resource)) delete metadata["generation"];
    return;
  }
  metadata["generation"] = generation;
  if (!hasGeneration(target.resource) || target.subresource === "status") return;
  if (isSpecChange(target.resource, object, stored))
    metadata["generation"] = Number(generation) + 1;
}
