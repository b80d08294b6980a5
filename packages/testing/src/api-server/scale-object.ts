import { formatTime } from "@kvop/core";
import { decodeBuiltIn } from "../admission/default-built-in.js";
import { BuiltInTypeError } from "../admission/built-in-type-error.js";
import { ApplyError } from "../apply/apply-error.js";
import { updateManagedFields } from "../apply/managed-fields.js";
import { schemaNode } from "../apply/open-api-schema-node.js";
import { fromScaleManagedFields, toScaleManagedFields } from "../apply/scale-managed-fields.js";
import type { SchemaNode } from "../apply/schema-node.js";
import { serverSideApply } from "../apply/server-side-apply.js";
import { builtInSchema } from "../built-in/built-in-resources.js";
import { invalid } from "../schema/field-error.js";
import { appliedObject } from "./apply-object.js";
import { copyJson, isJsonObject, type JsonObject, type JsonValue } from "../schema/json.js";
import type { OpenApiSchema } from "../schema/open-api-schema.js";
import { admitPart } from "../dynamic-admission/admit-write.js";
import type { ScalePaths } from "../schema/validate-scale-paths.js";
import { judgeObject, mutateObject } from "./admit-object.js";
import type { ApiRequest } from "./api-request.js";
import { checkObject } from "./check-object.js";
import { managerOf, setManagedFields } from "./field-ownership.js";
import { hasGeneration } from "./object-generation.js";
import { patched, readPatch } from "./patch-object.js";
import { refuse } from "./refusal.js";
import { readValue } from "./request-body.js";
import type { ServedResource } from "./resource-registry.js";
import { selectorText } from "./selector-text.js";
import type { ServerContext } from "./server-context.js";
import { saveObject } from "./update-object.js";
import {
  apiVersionOf,
  metadataOf,
  requestedKey,
  type WriteTarget,
  type Written,
} from "./write-target.js";

const SCALE = { group: "autoscaling", plural: "scales", kind: "Scale" };
const API_VERSION = "autoscaling/v1";
const BUILT_IN_PATHS: ScalePaths = {
  specReplicas: ["spec", "replicas"],
  statusReplicas: ["status", "replicas"],
  selector: undefined,
};

/** The `scale` subresource of a stored object. @throws ApiError when it says no number of replicas. */
export function readScale(stored: JsonObject, resource: ServedResource): JsonObject {
  const paths = resource.scale ?? BUILT_IN_PATHS;
  if (resource.isCustom && valueAt(stored, paths.specReplicas) === undefined) {
    throw refuse.internalError(
      `the spec replicas field ".${paths.specReplicas.join(".")}" does not exist`,
    );
  }
  return scaleOf(stored, resource);
}

/** Changes an object's replicas through its `scale` subresource (PUT, PATCH). */
export function writeScale(
  request: ApiRequest,
  target: WriteTarget,
  context: ServerContext,
): Written {
  const { resource, namespace, name = "" } = target;
  const stored = context.store.get(resource.storageKey, requestedKey(namespace, name));
  if (stored === undefined) throw refuse.notFound(resource, name);
  const paths = resource.scale ?? BUILT_IN_PATHS;
  const ownership = {
    parent: metadataOf(stored)["managedFields"],
    replicasPaths: { [apiVersionOf(resource)]: paths.specReplicas },
  };
  const live = scaleOf(stored, resource);
  setManagedFields(live, toScaleManagedFields(ownership));
  const { scale, managedFields } = changedScale(request, live, target, context);
  checkScale(scale, live, target);
  const admittedScale = admitScale(scale, live, target, context);
  const next = copyJson(stored);
  setAt(
    next,
    paths.specReplicas,
    (admittedScale["spec"] as JsonObject | undefined)?.["replicas"] ?? 0,
  );
  const remarks: string[] = [];
  const admission = { operation: "UPDATE", old: stored, target, context, remarks } as const;
  const admitted = mutateObject(next, admission);
  // Of a custom resource the schema has to allow the number, rules included.
  if (resource.isCustom)
    remarks.push(...checkObject(admitted, stored, { ...target, subresource: "" }));
  judgeObject(admitted, admission);
  setManagedFields(
    admitted,
    fromScaleManagedFields(ownership, managedFields, apiVersionOf(resource)),
  );
  const isSame = valueAt(admitted, paths.specReplicas) === valueAt(stored, paths.specReplicas);
  if (isSame) return { object: scaleOf(stored, resource), created: false, warnings: [] };
  const metadata = metadataOf(admitted);
  if (hasGeneration(resource)) metadata["generation"] = Number(metadata["generation"] ?? 0) + 1;
  const saved = saveObject(admitted, stored, target, context);
  return { object: scaleOf(saved, resource), created: false, warnings: remarks };
}

/** Webhooks are told of the Scale. */
function admitScale(
  scale: JsonObject,
  live: JsonObject,
  target: WriteTarget,
  context: ServerContext,
): JsonObject {
  if (context.dynamic.isIdle) return scale;
  // Without its owners, which are those of another object.
  const before = copyJson(live);
  setManagedFields(before, undefined);
  const shown = { ...copyJson(before), spec: scale["spec"] ?? {} };
  return admitPart(shown, "UPDATE", target, context, before);
}

function scaleOf(stored: JsonObject, resource: ServedResource): JsonObject {
  const paths = resource.scale ?? BUILT_IN_PATHS;
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadataOf(stored);
  const replicas = Number(valueAt(stored, paths.specReplicas) ?? 0);
  const selector = selectorOf(stored, paths);
  return {
    kind: "Scale",
    apiVersion: API_VERSION,
    metadata: {
      name: name ?? "",
      ...(namespace === undefined ? {} : { namespace }),
      uid: uid ?? "",
      resourceVersion: resourceVersion ?? "",
      creationTimestamp: creationTimestamp ?? null,
    },
    spec: replicas === 0 ? {} : { replicas },
    status: {
      replicas: Number(valueAt(stored, paths.statusReplicas) ?? 0),
      ...(selector === "" ? {} : { selector }),
    },
  };
}

function selectorOf(stored: JsonObject, { selector }: ScalePaths): string {
  if (selector !== undefined) return String(valueAt(stored, selector) ?? "");
  const structured = valueAt(stored, ["spec", "selector"]);
  return isJsonObject(structured) ? selectorText(structured) : "";
}

function changedScale(
  request: ApiRequest,
  live: JsonObject,
  target: WriteTarget,
  context: ServerContext,
): { readonly scale: JsonObject; readonly managedFields: JsonValue } {
  const schema = scaleSchema();
  const time = formatTime(context.clock.now());
  const common = { schema, apiVersion: API_VERSION, subresource: "scale", time };
  const update = (value: JsonValue): { scale: JsonObject; managedFields: JsonValue } => {
    const scale = decodeScale(value);
    const managedFields = updateManagedFields({
      ...common,
      live,
      updated: scale,
      manager: managerOf(target),
    });
    return { scale, managedFields };
  };
  if (request.method === "PUT") return update(readValue(request) ?? null);
  const patch = readPatch(request, target.resource);
  if (!patch.type.includes("apply-patch"))
    return update(patched(copyJson(live), patch, { mergeSchema: schema }));
  const applied = applyScale({ ...common, live, applied: appliedObject(patch.value) }, target);
  return { scale: applied, managedFields: metadataOf(applied)["managedFields"] ?? [] };
}

function applyScale(
  input: Omit<Parameters<typeof serverSideApply>[0], "manager" | "force">,
  { fieldManager, force }: WriteTarget,
): JsonObject {
  try {
    const result = serverSideApply({ ...input, manager: fieldManager, force, kind: "Scale" });
    if (result.kind === "conflict") throw refuse.applyConflict(result.message, result.conflicts);
    return copyJson(result.object);
  } catch (error) {
    if (ApplyError.isInstance(error)) throw refuse.patch(error.statusCode, error.message);
    throw error;
  }
}

function decodeScale(value: JsonValue): JsonObject {
  if (!isJsonObject(value)) throw refuse.badRequest("the body is no Scale");
  try {
    const typed = { ...value, kind: "Scale", apiVersion: API_VERSION };
    return decodeBuiltIn("autoscaling", "Scale", typed).object;
  } catch (error) {
    if (BuiltInTypeError.isInstance(error)) throw refuse.badRequest(error.message);
    throw error;
  }
}

function checkScale(scale: JsonObject, live: JsonObject, target: WriteTarget): void {
  const { resource, name = "" } = target;
  const replicas = Number((scale["spec"] as JsonObject | undefined)?.["replicas"] ?? 0);
  if (replicas < 0) {
    throw refuse.invalid(SCALE, name, [
      invalid("spec.replicas", replicas, "must be greater than or equal to 0"),
    ]);
  }
  const { resourceVersion = "" } = metadataOf(scale);
  if (resourceVersion !== "" && resourceVersion !== metadataOf(live)["resourceVersion"]) {
    throw refuse.stale(resource, name);
  }
}

function scaleSchema(): SchemaNode {
  const found = builtInSchema("autoscaling", "v1", "Scale");
  return schemaNode(
    found?.schema as OpenApiSchema | undefined,
    (reference) => found?.resolveRef(reference) as OpenApiSchema | undefined,
  );
}

function valueAt(object: JsonObject, path: readonly string[]): JsonValue | undefined {
  let value: JsonValue | undefined = object;
  for (const key of path) {
    if (!isJsonObject(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value;
}

function setAt(object: JsonObject, path: readonly string[], value: JsonValue): void {
  let parent = object;
  for (const key of path.slice(0, -1)) {
    const child = parent[key];
    const next = isJsonObject(child) ? child : {};
    parent[key] = next;
    parent = next;
  }
  parent[path.at(-1) ?? ""] = value;
}
