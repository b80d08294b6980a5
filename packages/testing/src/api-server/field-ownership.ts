import { formatTime } from "@kvop/core";
import { FieldSet } from "../apply/field-set.js";
import { updateManagedFields } from "../apply/managed-fields.js";
import type { JsonObject, JsonValue } from "../schema/json.js";
import type { ServerContext } from "./server-context.js";
import { apiVersionOf, metadataOf, type WriteTarget } from "./write-target.js";

/**
 * Who owns which fields after a write that is no apply.
 *
 * @param updated decoded and defaulted, before the server adds anything of its own.
 */
export function ownedBy(
  updated: JsonObject,
  live: JsonObject | undefined,
  target: WriteTarget,
  context: ServerContext,
): JsonValue {
  const { resource } = target;
  return updateManagedFields({
    schema: resource.mergeSchema,
    live,
    blank: resource.blank,
    updated,
    manager: managerOf(target),
    apiVersion: apiVersionOf(resource),
    subresource: target.subresource,
    time: formatTime(context.clock.now()),
    resetFields: resetFieldsOf(target, updated),
  });
}

/** The name under which a write owns fields. */
export function managerOf({ fieldManager, userAgent }: WriteTarget): string {
  return (fieldManager || userAgent.split("/")[0]) ?? "";
}

/** Writes the ownership into an object; without any it has no such field. Nobody owns parts of a signing request. */
export function setManagedFields(object: JsonObject, managedFields: JsonValue | undefined): void {
  const metadata = metadataOf(object);
  const isOwned = object["kind"] !== "CertificateSigningRequest";
  if (isOwned && Array.isArray(managedFields) && managedFields.length > 0)
    metadata["managedFields"] = managedFields;
  else delete metadata["managedFields"];
}

/** A write to the object does not own its status, one to the status owns nothing else. */
export function resetFieldsOf(
  { resource, subresource }: WriteTarget,
  object: JsonObject,
): FieldSet | undefined {
  if (!resource.hasStatus) return undefined;
  if (subresource !== "status") return FieldSet.ofFields(["status"]);
  if (!resource.isCustom) return FieldSet.ofFields(["spec"]);
  const others = Object.keys(object).filter((field) => field !== "status");
  return FieldSet.ofFields(...others.map((field) => [field]));
}
