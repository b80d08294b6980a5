import { formatTime } from "@kvop/core";
import { applyDefaults } from "../schema/defaults.js";
import type { FieldError } from "../schema/field-error.js";
import { isJsonObject, type JsonObject, type JsonValue, jsonEqual } from "../schema/json.js";
import { pruneObject } from "../schema/prune.js";
import { validateObject } from "../schema/validate.js";
import { dropEmptyFields } from "./drop-empty-fields.js";
import type { ServedResource } from "./resource-registry.js";
import type { ServerContext } from "./server-context.js";
import { validateMetadata } from "./validate-metadata.js";

const NAME_CHARACTERS = "bcdfghjklmnpqrstvwxz2456789";
export function metadataOf(object: JsonObject): JsonObject {
  const metadata = object["metadata"];
  return isJsonObject(metadata ?? null) ? (metadata as JsonObject) : {};
}

/** Gives a new object what the server gives it: name, uid, creation time, first generation. */
export function stampNewObject(
  object: JsonObject,
  resource: ServedResource,
  context: ServerContext,
): void {
  const metadata = metadataOf(object);
  object["metadata"] = metadata;
  const generateName = metadata["generateName"];
  if (!isText(metadata["name"]) && isText(generateName)) {
    const suffix = [...context.random.bytes(5)]
      .map((byte) => NAME_CHARACTERS[byte % NAME_CHARACTERS.length])
      .join("");
    metadata["name"] = `${generateName.slice(0, 58)}${suffix}`;
  }
  for (const field of [
    "resourceVersion",
    "selfLink",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "managedFields",
  ]) {
    delete metadata[field];
  }
  metadata["uid"] = context.random.uuid();
  metadata["creationTimestamp"] = formatTime(context.clock.now());
  if (hasGeneration(resource, object)) metadata["generation"] = 1;
  else delete metadata["generation"];
}

/** Fields that the server keeps as they were, whatever an update says. */
export function keepServerFields(object: JsonObject, stored: JsonObject): void {
  const metadata = metadataOf(object);
  object["metadata"] = metadata;
  const old = metadataOf(stored);
  for (const field of [
    "uid",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "generation",
    "generateName",
    "namespace",
    "name",
  ]) {
    const value = old[field];
    if (value === undefined) delete metadata[field];
    else metadata[field] = value;
  }
  delete metadata["managedFields"];
  delete metadata["selfLink"];
}

/** Kinds whose spec changes count generations: custom resources and the built-in workloads. */
export function hasGeneration(resource: ServedResource, object: JsonObject): boolean {
  if (resource.isCustom) return true;
  const workloads = [
    "apps",
    "batch",
    "policy",
    "networking.k8s.io",
    "autoscaling",
    "apiextensions.k8s.io",
  ];
  return (
    workloads.includes(resource.group) ||
    (resource.plural === "pods" && object["spec"] !== undefined)
  );
}

/** Whether a change is one of the desired state, so that `generation` moves. */
export function isSpecChange(
  resource: ServedResource,
  object: JsonObject,
  stored: JsonObject,
): boolean {
  const ignored = new Set(["metadata", ...(resource.hasStatus ? ["status"] : [])]);
  const keys = new Set(
    [...Object.keys(object), ...Object.keys(stored)].filter((key) => !ignored.has(key)),
  );
  return [...keys].some((key) => !jsonEqual(object[key], stored[key]));
}

/** Prunes, defaults and validates; returns the paths of fields that the schema does not know. */
export function shapeObject(
  object: JsonObject,
  resource: ServedResource,
  stored: JsonObject | undefined,
): { readonly unknownFields: readonly string[]; readonly errors: readonly FieldError[] } {
  const { schema } = resource;
  if (schema === undefined)
    return { unknownFields: [], errors: validateMetadata(metadataOf(object), resource) };
  const { unknownFields } = pruneObject(schema, object);
  applyDefaults(schema, object);
  if (!resource.isCustom) dropEmptyFields(schema, object);
  const errors = validateMetadata(metadataOf(object), resource);
  // Built-in kinds are judged by their types when decoded; their published schema says more than the server checks.
  const invalid = resource.isCustom ? validateObject(schema, object, { old: stored }) : [];
  return { unknownFields, errors: [...errors, ...invalid] };
}

/** Small conversions that the typed storage of built-in kinds implies. */
export function normaliseBuiltIn(
  object: JsonObject,
  resource: ServedResource,
  isCreate: boolean,
): void {
  if (resource.isCustom || resource.group !== "") return;
  if (resource.plural === "secrets") {
    const stringData = object["stringData"];
    if (isJsonObject(stringData ?? null)) {
      const data = (object["data"] ?? {}) as JsonObject;
      for (const [key, value] of Object.entries(stringData as JsonObject)) {
        data[key] = Buffer.from(String(value), "utf8").toString("base64");
      }
      object["data"] = data;
    }
    delete object["stringData"];
    object["type"] ??= "Opaque";
  }
  if (resource.plural === "namespaces") {
    const metadata = metadataOf(object);
    metadata["labels"] = {
      ...(metadata["labels"] as JsonObject | undefined),
      "kubernetes.io/metadata.name": metadata["name"] ?? "",
    };
    if (isCreate) {
      object["spec"] = { finalizers: ["kubernetes"] };
      object["status"] = { phase: "Active" };
    }
  }
  if (resource.plural === "persistentvolumeclaims" && isCreate) {
    const spec = (object["spec"] ?? {}) as JsonObject;
    spec["volumeMode"] ??= "Filesystem";
    object["spec"] = spec;
    object["status"] = { phase: "Pending" };
  }
}

function isText(value: JsonValue | undefined): value is string {
  return typeof value === "string" && value !== "";
}
