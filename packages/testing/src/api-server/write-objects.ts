import { formatTime, type ApiError } from "@kvop/core";
import { FieldSet } from "../apply/field-set.js";
import { updateManagedFields } from "../apply/managed-fields.js";
import { ApplyError } from "../apply/apply-error.js";
import { type ApplyInput, type ApplyResult, serverSideApply } from "../apply/server-side-apply.js";
import { applyJsonPatch } from "../patch/json-patch.js";
import { applyMergePatch } from "../patch/merge-patch.js";
import { applyStrategicMergePatch } from "../patch/strategic-merge-patch.js";
import { PatchError } from "../patch/patch-error.js";
import {
  copyJson,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  jsonEqual,
} from "../schema/json.js";
import { checkBody } from "./check-body.js";
import { decideGracefulDeletion, type GracefulDeletion } from "./graceful-deletion.js";
import {
  hasGeneration,
  isSpecChange,
  keepServerFields,
  metadataOf,
  normaliseBuiltIn,
  shapeObject,
  stampNewObject,
} from "./prepare-object.js";
import { refuse } from "./refusal.js";
import type { ServedResource } from "./resource-registry.js";
import type { AdmissionRequest, ServerContext } from "./server-context.js";

/** Where a write goes, and how. */
export interface WriteTarget {
  readonly resource: ServedResource;
  readonly namespace: string;
  readonly name: string | undefined;
  readonly subresource: string;
  readonly dryRun: boolean;
  readonly fieldValidation: string;
  readonly userName: string;
  /** Empty when the request names none. */
  readonly fieldManager: string;
  readonly userAgent: string;
  /** Of an apply: take fields over from other managers. */
  readonly force: boolean;
}

/** The object as it is after a write, and what the server wants to remark. */
export interface Written {
  readonly object: JsonObject;
  readonly created: boolean;
  readonly warnings: readonly string[];
}

const copyBody = (body: JsonValue | undefined): JsonValue | undefined =>
  body === undefined ? undefined : copyJson(body);

const storeKey = (namespace: string, name: string): string => `${namespace}/${name}`;

export function createObject(
  body: JsonValue | undefined,
  target: WriteTarget,
  context: ServerContext,
  applied?: JsonValue,
): Written {
  const { resource, namespace } = target;
  const object = checkBody(copyBody(body), resource, { namespace, name: target.name });
  const unstamped = metadataOf(object)["resourceVersion"];
  if (unstamped !== undefined && unstamped !== "" && unstamped !== "0") {
    throw refuse.internal("resourceVersion should not be set on objects to be created");
  }
  stampNewObject(object, resource, context);
  if (resource.hasStatus) delete object["status"];
  normaliseBuiltIn(object, resource, true);
  const remarks: string[] = [];
  const admission = { operation: "CREATE", old: undefined, target, context, remarks } as const;
  const admitted = mutate(object, admission);
  const name = String(metadataOf(admitted)["name"] ?? "");
  checkNamespace(resource, namespace, name, context);
  const warnings = checkShape(admitted, undefined, target);
  validate(admitted, admission);
  if (context.store.get(resource.storageKey, storeKey(namespace, name)) !== undefined) {
    throw refuse.alreadyExists(resource, name);
  }
  own(admitted, undefined, target, context, applied);
  return {
    object: save(admitted, target, context),
    created: true,
    warnings: [...warnings, ...remarks],
  };
}

export function updateObject(
  body: JsonValue | undefined,
  target: WriteTarget,
  context: ServerContext,
): Written {
  const { resource, namespace, name = "" } = target;
  const object = checkBody(copyBody(body), resource, { namespace, name });
  const stored = context.store.get(resource.storageKey, storeKey(namespace, name));
  if (stored === undefined) {
    if (resource.group === "coordination.k8s.io" && target.subresource === "") {
      return createObject(body, { ...target, name: undefined }, context);
    }
    throw refuse.notFound(resource, name);
  }
  const version = metadataOf(object)["resourceVersion"];
  if ((version === undefined || version === "") && resource.isCustom) {
    throw refuse.invalid(resource, name, [
      {
        type: "FieldValueInvalid",
        field: "metadata.resourceVersion",
        badValue: 0,
        detail: "must be specified for an update",
      },
    ]);
  }
  return replaceObject(object, stored, target, context);
}

export function patchObject(
  patch: JsonValue | undefined,
  contentType: string,
  target: WriteTarget,
  context: ServerContext,
): Written {
  const { resource, namespace, name = "" } = target;
  const stored = context.store.get(resource.storageKey, storeKey(namespace, name));
  const type = contentType.split(";")[0]?.trim() ?? "";
  if (type === "application/apply-patch+yaml" || type === "application/apply-patch+cbor") {
    return applyObject(patch ?? null, stored, target, context);
  }
  if (stored === undefined) throw refuse.notFound(resource, name);
  const object = patched(copyJson(stored), patch ?? null, type, resource);
  if (!isJsonObject(object)) throw refuse.badRequest("the patched document is no object");
  checkBody(object, resource, { namespace, name });
  return replaceObject(object, stored, target, context);
}

function patched(
  document: JsonObject,
  patch: JsonValue,
  type: string,
  resource: ServedResource,
): JsonValue {
  try {
    switch (type) {
      case "application/json-patch+json":
        return applyJsonPatch(document, patch);
      case "application/merge-patch+json":
        if (!isJsonObject(patch))
          throw refuse.badRequest("error decoding patch: a merge patch is an object");
        return applyMergePatch(document, patch);
      case "application/strategic-merge-patch+json":
        if (!resource.isCustom && isJsonObject(patch))
          return applyStrategicMergePatch(document, patch, resource.mergeSchema);
        break;
      default:
    }
  } catch (error) {
    throw error instanceof PatchError ? patchRefusal(error) : error;
  }
  throw refuse.unsupportedMediaType(
    `application/json-patch+json, application/merge-patch+json${resource.isCustom ? "" : ", application/strategic-merge-patch+json"}, application/apply-patch+yaml`,
  );
}

function patchRefusal(error: PatchError): ApiError {
  return refuse.patch(error.statusCode, error.message);
}

function replaceObject(
  object: JsonObject,
  stored: JsonObject,
  target: WriteTarget,
  context: ServerContext,
  applied?: JsonValue,
): Written {
  const { resource, name = "" } = target;
  const old = metadataOf(stored);
  const { resourceVersion, uid } = metadataOf(object);
  if (typeof uid === "string" && uid !== "" && uid !== old["uid"]) {
    throw refuse.conflict(
      resource,
      name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${String(old["uid"])}`,
    );
  }
  if (typeof resourceVersion === "string" && !/^\d*$/.test(resourceVersion)) {
    throw refuse.internal(
      `strconv.ParseUint: parsing ${JSON.stringify(resourceVersion)}: invalid syntax`,
    );
  }
  if (
    typeof resourceVersion === "string" &&
    resourceVersion !== "" &&
    resourceVersion !== "0" &&
    resourceVersion !== old["resourceVersion"]
  ) {
    throw refuse.stale(resource, name);
  }
  let next = object;
  if (target.subresource === "status") {
    // Of a status write the status alone counts.
    next = { ...copyJson(stored) };
    if (object["status"] === undefined) delete next["status"];
    else next["status"] = object["status"];
  } else if (resource.hasStatus) {
    if (stored["status"] === undefined) delete next["status"];
    else next["status"] = copyJson(stored["status"]);
  }
  keepServerFields(next, stored);
  normaliseBuiltIn(next, resource, false);
  const remarks: string[] = [];
  const admission = { operation: "UPDATE", old: stored, target, context, remarks } as const;
  const admitted = mutate(next, admission);
  const unknown = checkShape(admitted, stored, target);
  validate(admitted, admission);
  const warnings = [...unknown, ...remarks];
  const metadata = metadataOf(admitted);
  checkFinalizers(metadata, old, resource, name);
  if (
    hasGeneration(resource, admitted) &&
    target.subresource !== "status" &&
    isSpecChange(resource, admitted, stored)
  ) {
    metadata["generation"] = Number(old["generation"] ?? 0) + 1;
  }
  metadata["resourceVersion"] = old["resourceVersion"] ?? "";
  const managedFields = own(admitted, stored, target, context, applied);
  const before = withoutManagedFields(stored);
  const isSame = jsonEqual(withoutManagedFields(admitted), before);
  if (isSame && (applied === undefined || jsonEqual(managedFields, old["managedFields"]))) {
    return { object: stored, created: false, warnings };
  }
  return { object: save(admitted, target, context), created: false, warnings };
}

/** Server-side apply (KEP-555): creates the object when it is missing. */
function applyObject(
  patch: JsonValue,
  stored: JsonObject | undefined,
  target: WriteTarget,
  context: ServerContext,
): Written {
  const { resource } = target;
  if (target.fieldManager === "") {
    throw refuse.invalid({ group: "meta.k8s.io", plural: "", kind: "PatchOptions" }, "", [
      {
        type: "FieldValueRequired",
        field: "fieldManager",
        detail: "is required for apply patch",
      },
    ]);
  }
  if (!isJsonObject(patch)) throw refuse.badRequest("error decoding YAML: the body is no object");
  if (stored === undefined && target.subresource !== "") {
    throw refuse.notFound(resource, target.name ?? "");
  }
  const result = applyOrRefuse({
    schema: resource.mergeSchema,
    live: stored,
    applied: patch,
    manager: target.fieldManager,
    force: target.force,
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    subresource: target.subresource,
    time: formatTime(context.clock.now()),
    resetFields: resetFieldsOf(target),
  });
  if (result.kind === "conflict") throw refuse.applyConflict(result.message, result.conflicts);
  const object = copyJson(result.object);
  const managedFields = metadataOf(object)["managedFields"] ?? [];
  return stored === undefined
    ? createObject(object, target, context, managedFields)
    : replaceObject(object, stored, target, context, managedFields);
}

function applyOrRefuse(input: ApplyInput): ApplyResult {
  try {
    return serverSideApply(input);
  } catch (error) {
    if (ApplyError.isInstance(error)) throw refuse.patch(error.statusCode, error.message);
    throw error;
  }
}

/** Writes down who owns which fields, unless an apply has done so. */
function own(
  object: JsonObject,
  stored: JsonObject | undefined,
  target: WriteTarget,
  context: ServerContext,
  applied: JsonValue | undefined,
): JsonValue {
  const { resource } = target;
  const { status, ...rest } = object;
  const isNewWithStatus = stored === undefined && status !== undefined;
  const managedFields =
    applied ??
    updateManagedFields({
      schema: resource.mergeSchema,
      live: stored,
      updated: isNewWithStatus ? rest : object,
      manager: (target.fieldManager || target.userAgent.split("/")[0]) ?? "",
      apiVersion: apiVersionOf(resource),
      subresource: target.subresource,
      time: formatTime(context.clock.now()),
      resetFields: resetFieldsOf(target),
    });
  const metadata = metadataOf(object);
  if (Array.isArray(managedFields) && managedFields.length > 0)
    metadata["managedFields"] = managedFields;
  else delete metadata["managedFields"];
  return managedFields;
}

/** A write to the object does not own its status, one to the status owns nothing else. */
function resetFieldsOf({ resource, subresource }: WriteTarget): FieldSet | undefined {
  if (!resource.hasStatus) return undefined;
  return subresource === "status" ? FieldSet.ofFields(["spec"]) : FieldSet.ofFields(["status"]);
}

function apiVersionOf({ group, version }: ServedResource): string {
  return group === "" ? version : `${group}/${version}`;
}

function withoutManagedFields(object: JsonObject): JsonObject {
  const { managedFields: _, ...metadata } = metadataOf(object);
  return { ...object, metadata };
}

function checkFinalizers(
  metadata: JsonObject,
  old: JsonObject,
  resource: ServedResource,
  name: string,
): void {
  if (old["deletionTimestamp"] === undefined) return;
  const before = new Set((old["finalizers"] ?? []) as string[]);
  const added = ((metadata["finalizers"] ?? []) as string[]).filter(
    (finalizer) => !before.has(finalizer),
  );
  if (added.length === 0) return;
  throw refuse.invalid(resource, name, [
    {
      type: "FieldValueForbidden",
      field: "metadata.finalizers",
      detail: `no new finalizers can be added if the object is being deleted, found new finalizers []string{${added.map((finalizer) => JSON.stringify(finalizer)).join(", ")}}`,
    },
  ]);
}

/** Stores an object; one that is being deleted and has lost its last finalizer goes instead. */
function save(object: JsonObject, target: WriteTarget, context: ServerContext): JsonObject {
  if (target.dryRun) return object;
  const metadata = metadataOf(object);
  if (Array.isArray(metadata["finalizers"]) && metadata["finalizers"].length === 0)
    delete metadata["finalizers"];
  const isDone =
    metadata["deletionTimestamp"] !== undefined &&
    metadata["finalizers"] === undefined &&
    !hasNamespaceFinalizer(object, target.resource);
  const { storageKey } = target.resource;
  const stored = isDone
    ? context.store.delete(storageKey, object)
    : context.store.put(storageKey, object);
  context.afterWrite(target.resource, stored);
  return stored;
}

function hasNamespaceFinalizer(object: JsonObject, resource: ServedResource): boolean {
  if (resource.group !== "" || resource.plural !== "namespaces") return false;
  return (
    (((object["spec"] as JsonObject | undefined)?.["finalizers"] ?? []) as JsonValue[]).length > 0
  );
}

/** Options in the body or the query of a delete. */
export interface DeleteRequest {
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
  readonly propagationPolicy?: string | undefined;
  /** Of Pods alone: seconds that they get to end. Default: what the Pod says. */
  readonly gracePeriodSeconds?: number | undefined;
}

/** Deletes at once, or marks the object when finalizers hold it; `waits` tells which. */
export function deleteObject(
  options: DeleteRequest,
  target: WriteTarget,
  context: ServerContext,
): { readonly object: JsonObject; readonly waits: boolean } {
  const { resource, namespace, name = "" } = target;
  const stored = context.store.get(resource.storageKey, storeKey(namespace, name));
  if (stored === undefined) throw refuse.notFound(resource, name);
  const old = metadataOf(stored);
  for (const [field, label] of [
    ["uid", "UID"],
    ["resourceVersion", "ResourceVersion"],
  ] as const) {
    const wanted = options[field];
    if (wanted !== undefined && wanted !== old[field]) {
      throw refuse.conflict(
        resource,
        name,
        `Precondition failed: ${label} in precondition: ${wanted}, ${label} in object meta: ${String(old[field])}`,
      );
    }
  }
  const admission = {
    operation: "DELETE",
    old: stored,
    target,
    context,
    remarks: [] as string[],
  } as const;
  mutate(copyJson(stored), admission);
  validate(stored, admission);
  const finalizers = new Set((old["finalizers"] ?? []) as string[]);
  if (options.propagationPolicy === "Foreground") finalizers.add("foregroundDeletion");
  if (options.propagationPolicy === "Orphan") finalizers.add("orphan");
  const waits = finalizers.size > 0 || hasNamespaceFinalizer(stored, resource);
  if (target.dryRun) return { object: stored, waits };
  const graceful = decideGracefulDeletion(
    resource,
    stored,
    options.gracePeriodSeconds,
    context.clock.now(),
  );
  if (graceful !== undefined)
    return deleteGracefully(graceful, stored, finalizers, target, context);
  if (!waits) {
    const deleted = context.store.delete(resource.storageKey, stored);
    context.afterWrite(resource, deleted);
    return { object: deleted, waits };
  }
  if (old["deletionTimestamp"] !== undefined) return { object: stored, waits };
  const metadata: JsonObject = {
    ...old,
    ...(finalizers.size === 0 ? {} : { finalizers: [...finalizers] }),
    deletionTimestamp: formatTime(context.clock.now()),
    deletionGracePeriodSeconds: 0,
  };
  if (hasGeneration(resource, stored)) metadata["generation"] = Number(old["generation"] ?? 0) + 1;
  const marked: JsonObject = { ...stored, metadata };
  if (resource.group === "" && resource.plural === "namespaces")
    marked["status"] = { phase: "Terminating" };
  const saved = context.store.put(resource.storageKey, marked);
  context.afterWrite(resource, saved);
  return { object: saved, waits };
}

function deleteGracefully(
  deletion: GracefulDeletion,
  stored: JsonObject,
  finalizers: ReadonlySet<string>,
  { resource }: WriteTarget,
  context: ServerContext,
): { readonly object: JsonObject; readonly waits: boolean } {
  if (deletion.kind === "pending") return { object: stored, waits: true };
  const metadata = {
    ...metadataOf(deletion.marked),
    ...(finalizers.size === 0 ? {} : { finalizers: [...finalizers] }),
  };
  const marked = { ...deletion.marked, metadata };
  const saved = jsonEqual(marked, stored) ? stored : context.store.put(resource.storageKey, marked);
  if (deletion.kind === "later" || finalizers.size > 0) {
    context.afterWrite(resource, saved);
    return { object: saved, waits: true };
  }
  const deleted = context.store.delete(resource.storageKey, saved);
  context.afterWrite(resource, deleted);
  return { object: deleted, waits: false };
}

/** A write on its way through the admission handlers, and what they remark. */
interface Admission {
  readonly operation: AdmissionRequest["operation"];
  readonly old: JsonObject | undefined;
  readonly target: WriteTarget;
  readonly context: ServerContext;
  readonly remarks: string[];
}

function mutate(object: JsonObject, admission: Admission): JsonObject {
  let admitted = object;
  for (const handler of admission.context.admission.mutating) {
    admitted = handler(admissionRequest(admitted, admission)) ?? admitted;
  }
  return admitted;
}

function validate(object: JsonObject, admission: Admission): void {
  for (const handler of admission.context.admission.validating) {
    handler(admissionRequest(object, admission));
  }
}

function admissionRequest(
  object: JsonObject,
  { operation, old, target, remarks }: Admission,
): AdmissionRequest {
  const { group, plural } = target.resource;
  return {
    operation,
    group,
    plural,
    subresource: target.subresource,
    object,
    oldObject: old,
    userName: target.userName,
    warn: (text) => void remarks.push(text),
  };
}

function checkNamespace(
  resource: ServedResource,
  namespace: string,
  name: string,
  context: ServerContext,
): void {
  if (!resource.namespaced) return;
  const found = context.store.get("/namespaces", storeKey("", namespace));
  if (found === undefined) {
    throw refuse.notFound({ group: "", plural: "namespaces", kind: "Namespace" }, namespace);
  }
  if (metadataOf(found)["deletionTimestamp"] !== undefined)
    throw refuse.namespaceTerminating(resource, name, namespace);
}

function checkShape(
  object: JsonObject,
  stored: JsonObject | undefined,
  target: WriteTarget,
): readonly string[] {
  const { resource, fieldValidation } = target;
  const { unknownFields, errors } = shapeObject(object, resource, stored);
  const unknown = unknownFields.map((path) => `unknown field "${path}"`);
  if (fieldValidation === "Strict" && unknown.length > 0) {
    const kind = `${resource.kind} in version "${resource.version}" cannot be handled as a ${resource.kind}: `;
    throw refuse.badRequest(
      `${resource.isCustom ? "" : kind}strict decoding error: ${unknown.join(", ")}`,
    );
  }
  if (errors.length > 0)
    throw refuse.invalid(resource, String(metadataOf(object)["name"] ?? ""), errors);
  return fieldValidation === "Ignore" ? [] : unknown;
}
