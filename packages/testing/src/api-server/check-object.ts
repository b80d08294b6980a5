import { validateBuiltIn } from "../admission/validate-built-in.js";
import { validateEphemeralContainers } from "../admission/validate-ephemeral-containers.js";
import type { FieldError } from "../schema/field-error.js";
import type { JsonObject } from "../schema/json.js";
import { validateCustomResourceDefinition } from "../schema/validate-custom-resource-definition.js";
import { validateObject } from "../schema/validate.js";
import type { DecodedObject } from "./decode-object.js";
import { refuse } from "./refusal.js";
import { validateMetadata } from "./validate-metadata.js";
import { metadataOf, type WriteTarget } from "./write-target.js";

/**
 * What strict validation found, as the request wants it: refused, or told as warnings.
 *
 * @throws ApiError BadRequest with `fieldValidation=Strict`.
 */
export function checkStrictErrors(
  { strictErrors }: Pick<DecodedObject, "strictErrors">,
  { resource, fieldValidation }: WriteTarget,
): readonly string[] {
  if (strictErrors.length === 0 || fieldValidation === "Ignore") return [];
  if (fieldValidation !== "Strict") return strictErrors;
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

/** @throws ApiError Invalid when an object is not what its kind may be. */
export function checkObject(
  object: JsonObject,
  stored: JsonObject | undefined,
  { resource, subresource }: WriteTarget,
): void {
  const errors = [
    ...validateMetadata(metadataOf(object), resource, stored),
    ...contentErrors(object, stored, resource, subresource),
  ];
  if (errors.length === 0) return;
  throw refuse.invalid(resource, String(metadataOf(object)["name"] ?? ""), errors);
}

function contentErrors(
  object: JsonObject,
  stored: JsonObject | undefined,
  resource: WriteTarget["resource"],
  subresource: string,
): readonly FieldError[] {
  if (resource.storageKey === "/pods") {
    if (subresource === "resize") return [];
    if (subresource === "ephemeralcontainers") return validateEphemeralContainers(object, stored);
    const errors = stored === undefined ? validateEphemeralContainers(object, undefined) : [];
    if (errors.length > 0) return errors;
  }
  if (resource.isCustom) {
    return resource.schema === undefined
      ? []
      : validateObject(resource.schema, object, { old: stored });
  }
  if (resource.kind === "CustomResourceDefinition")
    return validateCustomResourceDefinition(object, stored);
  return validateBuiltIn(resource.group, resource.kind, object, stored);
}
