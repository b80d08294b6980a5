import { formatTime } from "@kvop/core";
import { applyDefaults } from "../schema/defaults.js";
import type { FieldError } from "../schema/field-error.js";
import { isJsonObject, type JsonObject, type JsonValue, jsonEqual } from "../schema/json.js";
import { pruneObject } from "../schema/prune.js";
import { validateObject } from "../schema/validate.js";
import { refuse } from "./refusal.js";
import type { ServedResource } from "./resource-registry.js";
import type { ServerContext } from "./server-context.js";

const NAME_CHARACTERS = "bcdfghjklmnpqrstvwxz2456789";
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const SUBDOMAIN_HELP =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const LABEL_HELP =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
/** RBAC objects may have any name that fits into a path. */
const freeNames: ReadonlySet<string> = new Set(["rbac.authorization.k8s.io"]);

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
  if (schema === undefined) return { unknownFields: [], errors: metadataErrors(object, resource) };
  const { unknownFields } = pruneObject(schema, object);
  applyDefaults(schema, object);
  const errors = metadataErrors(object, resource);
  // Built-in kinds are judged by their types when decoded; their published schema says more than the server checks.
  const invalid = resource.isCustom ? validateObject(schema, object, { old: stored }) : [];
  return { unknownFields, errors: [...errors, ...invalid] };
}

function metadataErrors(object: JsonObject, resource: ServedResource): FieldError[] {
  const { name, labels } = metadataOf(object);
  const errors: FieldError[] = [];
  if (!isText(name)) {
    errors.push({
      type: "FieldValueRequired",
      field: "metadata.name",
      detail: "name or generateName is required",
    });
  } else if (!freeNames.has(resource.group)) {
    const isLabel =
      resource.group === "" && (resource.plural === "namespaces" || resource.plural === "services");
    const fits = isLabel
      ? LABEL.test(name) && name.length <= 63
      : SUBDOMAIN.test(name) && name.length <= 253;
    if (!fits) {
      const detail =
        name.length > (isLabel ? 63 : 253)
          ? `must be no more than ${isLabel ? 63 : 253} characters`
          : isLabel
            ? LABEL_HELP
            : SUBDOMAIN_HELP;
      errors.push({ type: "FieldValueInvalid", field: "metadata.name", badValue: name, detail });
    }
  }
  if (isJsonObject(labels ?? null)) {
    for (const value of Object.values(labels as JsonObject)) {
      if (
        typeof value === "string" &&
        value !== "" &&
        (value.length > 63 || !/^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/.test(value))
      ) {
        const detail =
          value.length > 63
            ? "must be no more than 63 bytes"
            : "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
        errors.push({
          type: "FieldValueInvalid",
          field: "metadata.labels",
          badValue: value,
          detail,
        });
      }
    }
  }
  return errors;
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

/** Refuses an object of another kind, name or namespace than the request's path says. */
export function checkAgainstPath(
  object: JsonValue | undefined,
  resource: ServedResource,
  target: { readonly namespace: string; readonly name: string | undefined },
): JsonObject {
  if (!isJsonObject(object ?? null))
    throw refuse.badRequest("the object provided is unrecognized (must be of type object)");
  const given = object as JsonObject;
  const apiVersion =
    resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;
  if (given["kind"] === undefined)
    throw refuse.badRequest("Object 'Kind' is missing in the request body");
  if (given["kind"] !== resource.kind) {
    throw refuse.badRequest(
      `${resource.kind} in version "${resource.version}" cannot be handled as a ${resource.kind}: the kind in the body is ${String(given["kind"])}`,
    );
  }
  if (given["apiVersion"] !== apiVersion) {
    throw refuse.badRequest(
      `the API version in the data (${String(given["apiVersion"])}) does not match the expected API version (${apiVersion})`,
    );
  }
  const metadata = metadataOf(given);
  given["metadata"] = metadata;
  if (target.name !== undefined) {
    if (!isText(metadata["name"])) metadata["name"] = target.name;
    if (metadata["name"] !== target.name) {
      throw refuse.badRequest(
        `the name of the object (${String(metadata["name"])}) does not match the name on the URL (${target.name})`,
      );
    }
  }
  if (resource.namespaced) {
    if (isText(metadata["namespace"]) && metadata["namespace"] !== target.namespace) {
      throw refuse.badRequest(
        "the namespace of the provided object does not match the namespace sent on the request",
      );
    }
    metadata["namespace"] = target.namespace;
  } else delete metadata["namespace"];
  return given;
}

function isText(value: JsonValue | undefined): value is string {
  return typeof value === "string" && value !== "";
}
