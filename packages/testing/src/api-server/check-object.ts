import { validateBuiltIn } from "../admission/validate-built-in.js";
import { validateEphemeralContainers } from "../admission/validate-ephemeral-containers.js";
import { objectAt } from "../admission/json-access.js";
import { type FieldError, fieldErrorMessage } from "../schema/field-error.js";
import type { JsonObject } from "../schema/json.js";
import { validateCustomResourceDefinition } from "../schema/validate-custom-resource-definition.js";
import { validateObject } from "../schema/validate.js";
import type { DecodedObject } from "./decode-object.js";
import { refuse } from "./refusal.js";
import { validateMetadata } from "./validate-metadata.js";
import { metadataOf, type WriteTarget } from "./write-target.js";

/** What etcd takes in one request by default. */
const MAX_STORED_BYTES = 1.5 * 1024 * 1024;

/**
 * What strict validation found, as the request wants it: refused, or told as warnings.
 *
 * @throws ApiError BadRequest with `fieldValidation=Strict`; after that, why the object is none for its endpoint.
 */
export function checkStrictErrors(
  { strictErrors, misfit }: Pick<DecodedObject, "strictErrors" | "misfit">,
  { resource, fieldValidation }: WriteTarget,
): readonly string[] {
  if (strictErrors.length === 0 || fieldValidation !== "Strict") {
    if (misfit !== undefined) throw misfit;
    return fieldValidation === "Ignore" ? [] : strictErrors;
  }
  const { kind, version } = resource;
  throw refuse.badRequest(
    `${kind} in version "${version}" cannot be handled as a ${kind}: ${strictMessage(strictErrors)}`,
  );
}

export function strictMessage(strictErrors: readonly string[]): string {
  const described = strictErrors.map((error) =>
    error.startsWith("line ") ? `yaml: unmarshal errors:\n  ${error}` : error,
  );
  return `strict decoding error: ${described.join(", ")}`;
}

/** @throws ApiError when an object is larger than the real server's store takes. */
export function checkSize(object: JsonObject, { bodyBytes }: WriteTarget): void {
  if (bodyBytes < MAX_STORED_BYTES / 2) return;
  if (Buffer.byteLength(JSON.stringify(object)) > MAX_STORED_BYTES)
    throw refuse.internal("etcdserver: request is too large");
}

/**
 * Judges an object by its kind.
 *
 * @returns what to warn of.
 * @throws ApiError Invalid when it is not what its kind may be.
 */
export function checkObject(
  object: JsonObject,
  stored: JsonObject | undefined,
  { resource, subresource }: WriteTarget,
): readonly string[] {
  const forgiven: FieldError[] = [];
  const errors = [
    ...validateMetadata(metadataOf(object), resource, { stored, spec: objectAt(object, "spec") }),
    ...contentErrors(object, stored, { resource, subresource, forgiven }),
  ];
  if (errors.length === 0)
    return forgiven.map((error) => `${error.field}: ${fieldErrorMessage(error)}`);
  // An Event is of the core group, wherever it was written.
  const named = resource.storageKey === "/events" ? { ...resource, group: "" } : resource;
  throw refuse.invalid(named, String(metadataOf(object)["name"] ?? ""), errors);
}

function contentErrors(
  object: JsonObject,
  stored: JsonObject | undefined,
  place: Pick<WriteTarget, "resource" | "subresource"> & { readonly forgiven: FieldError[] },
): readonly FieldError[] {
  const { resource, subresource, forgiven } = place;
  if (resource.storageKey === "/pods") {
    if (subresource === "resize") return [];
    if (subresource === "ephemeralcontainers") return validateEphemeralContainers(object, stored);
    const errors = stored === undefined ? validateEphemeralContainers(object, undefined) : [];
    if (errors.length > 0) return errors;
  }
  if (resource.isCustom) {
    const part = subresource === "status" ? "status" : "all";
    const scale =
      resource.scale === undefined ? undefined : ({ paths: resource.scale, part } as const);
    return resource.schema === undefined
      ? []
      : validateObject(resource.schema, object, { old: stored, forgiven, scale });
  }
  if (resource.kind === "CustomResourceDefinition")
    return validateCustomResourceDefinition(object, stored);
  return validateBuiltIn(resource.group, resource.kind, object, stored);
}
