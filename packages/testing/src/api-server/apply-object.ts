import { formatTime } from "@kvop/core";
import { ApplyError } from "../apply/apply-error.js";
import { type ApplyInput, type ApplyResult, serverSideApply } from "../apply/server-side-apply.js";
import { copyJson, isJsonObject, type JsonObject, type JsonValue } from "../schema/json.js";
import { goJsonKind } from "../patch/go-json-kind.js";
import { withWarnings } from "../dynamic-admission/refusal-warnings.js";
import { checkStrictErrors } from "./check-object.js";
import { createObject } from "./create-object.js";
import { type DecodedObject, decodeObject, KindError } from "./decode-object.js";
import { resetFieldsOf } from "./field-ownership.js";
import { restoreProblem } from "./restore-problem.js";
import { refuse } from "./refusal.js";
import type { ServerContext } from "./server-context.js";
import { checkPatched, replaceObject } from "./update-object.js";
import { apiVersionOf, metadataOf, type WriteTarget, type Written } from "./write-target.js";

/** Server-side apply (KEP-555): creates the object when it is missing. */
export function applyObject(
  patch: { readonly value: JsonValue; readonly strictErrors: readonly string[] },
  stored: JsonObject | undefined,
  target: WriteTarget,
  context: ServerContext,
): Written {
  const { resource } = target;
  const configuration = appliedObject(patch.value);
  if (stored === undefined && target.subresource !== "") {
    throw refuse.notFound(resource, target.name ?? "");
  }
  const uid = metadataOf(configuration)["uid"] ?? "";
  if (stored === undefined && uid !== "") {
    throw refuse.conflict(
      resource,
      target.name ?? "",
      `uid mismatch: the provided object specified uid ${String(uid)}, and no existing object was found`,
    );
  }
  const result = applyOrRefuse({
    schema: resource.mergeSchema,
    live: stored,
    applied: configuration,
    manager: target.fieldManager,
    force: target.force,
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    subresource: target.subresource,
    time: formatTime(context.clock.now()),
    resetFields: resetFieldsOf(target, configuration),
  });
  if (result.kind === "conflict") throw refuse.applyConflict(result.message, result.conflicts);
  const managedFields = metadataOf(result.object)["managedFields"] ?? [];
  const decoded = decodeApplied(result.object, target);
  const object = { ...decoded, strictErrors: [...patch.strictErrors, ...decoded.strictErrors] };
  if (stored === undefined) return createObject(object, target, context, managedFields);
  withWarnings(checkStrictErrors(object, target), () => {
    checkPatched(object.object, stored, target);
  });
  return replaceObject(object, stored, target, context, managedFields);
}

/** The outcome of an apply as an object of its kind: the types of Go are narrower than the schema. @throws ApiError */
function decodeApplied(object: JsonObject, { resource }: WriteTarget): DecodedObject {
  try {
    return decodeObject(copyJson(object), resource, { isConverted: true });
  } catch (error) {
    if (!(error instanceof KindError)) throw error;
    const kind = `${resource.group}/${resource.version}, Kind=${resource.kind}`;
    const name = String(metadataOf(object)["name"] ?? "");
    throw refuse.patch(
      500,
      `failed to convert new object (/${name}; ${kind}) to proper version: unable to convert unstructured object to ${kind}: ${restoreProblem(error.problem)}`,
    );
  }
}

/** What is applied; nothing at all is an object without fields. @throws ApiError BadRequest */
export function appliedObject(value: JsonValue): JsonObject {
  if (value === null) return {};
  if (isJsonObject(value)) return value;
  throw refuse.badRequest(
    `error decoding patch: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${goJsonKind(value)} into Go value of type map[string]interface {}`,
  );
}

function applyOrRefuse(input: ApplyInput): ApplyResult {
  try {
    return serverSideApply(input);
  } catch (error) {
    if (ApplyError.isInstance(error)) throw refuse.patch(error.statusCode, error.message);
    throw error;
  }
}
