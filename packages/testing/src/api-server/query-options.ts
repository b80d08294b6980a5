import { goJson, GoLiteral } from "../schema/go-format.js";
import { isJsonObject, type JsonObject } from "../schema/json.js";
import {
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
  tooLong,
} from "../schema/field-error.js";
import type { ApiRequest } from "./api-request.js";
import type { DeleteRequest } from "./delete-object.js";
import { integerOf, isTrue } from "./query-values.js";
import { refuse } from "./refusal.js";
import { APPLY } from "./patch-type.js";
import { readDeleteOptions } from "./read-delete-options.js";
import type { ResourcePath } from "./resource-request-path.js";
import type { WriteTarget } from "./write-target.js";

const FIELD_VALIDATIONS = ["", "Ignore", "Strict", "Warn"];
const POLICIES = ["Foreground", "Background", "Orphan"];
const MAX_MANAGER_BYTES = 128;
const META = { group: "meta.k8s.io", plural: "" };
const DELETE_OPTIONS = { ...META, kind: "DeleteOptions" };
const NOT_PRINTABLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu;
const POTENTIAL = "ignoreStoreReadErrorWithClusterBreakingPotential";

/** Where a write goes and how, from its query. @throws ApiError when an option is not valid. */
export function writeTargetOf(request: ApiRequest, path: ResourcePath): WriteTarget {
  const { query } = request;
  const dryRun = query.getAll("dryRun");
  const fieldValidation = query.get("fieldValidation") ?? "";
  const errors = request.method === "DELETE" ? [] : managerErrors(request);
  if (request.method !== "DELETE" && dryRun.some((value) => value !== "All")) {
    errors.push(notSupported("dryRun", dryRun, ["All"]));
  }
  if (request.method !== "DELETE" && !FIELD_VALIDATIONS.includes(fieldValidation)) {
    errors.push(notSupported("fieldValidation", fieldValidation, FIELD_VALIDATIONS));
  }
  if (errors.length > 0) throw refuse.invalid({ ...META, kind: optionsKind(request) }, "", errors);
  // Written out: a spread costs as much as all the rest of this function.
  const { resource, namespace, name, subresource } = path;
  return {
    resource,
    namespace,
    name,
    subresource,
    dryRun: dryRun.length > 0,
    fieldValidation: fieldValidation === "" ? "Warn" : fieldValidation,
    sentFieldValidation: fieldValidation,
    user: request.user,
    fieldManager: query.get("fieldManager") ?? "",
    userAgent: request.userAgent,
    bodyBytes: request.bytes?.length ?? 0,
    force: isTrue(query.get("force")),
  };
}

function managerErrors({ method, query, contentType }: ApiRequest): FieldError[] {
  const errors: FieldError[] = [];
  const manager = query.get("fieldManager") ?? "";
  const isApply = method === "PATCH" && contentType.startsWith(APPLY);
  if (method === "PATCH" && !isApply && query.get("force") !== null)
    errors.push(forbidden("force", "may not be specified for non-apply patch"));
  if (isApply && manager === "")
    errors.push(required("fieldManager", "is required for apply patch"));
  if (Buffer.byteLength(manager) > MAX_MANAGER_BYTES)
    errors.push(tooLong("fieldManager", manager, MAX_MANAGER_BYTES));
  // Most names are plain ASCII.
  if (/^[ -~]*$/.test(manager)) return errors;
  for (const { index, 0: character } of manager.matchAll(NOT_PRINTABLE)) {
    const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
    const position = Buffer.byteLength(manager.slice(0, index));
    errors.push(
      invalid("fieldManager", manager, `invalid character U+${code} (at position ${position})`),
    );
  }
  return errors;
}

/** The options of a delete, and whether it is only tried. @throws ApiError when they are not valid. */
export function deleteOptionsOf(
  request: ApiRequest,
  isCollection: boolean,
): DeleteRequest & { readonly dryRun: boolean } {
  // Options in the body count alone.
  const options = readDeleteOptions(request) ?? queryOptions(request);
  const { propagationPolicy: policy, orphanDependents: orphan, dryRun } = options;
  checkDeleteOptions(options);
  if (isCollection && options[POTENTIAL] === true) {
    const detail = "is not allowed with DELETECOLLECTION, try again after removing the option";
    throw refuse.invalid(DELETE_OPTIONS, "", [invalid(POTENTIAL, true, detail)]);
  }
  const preconditions: JsonObject = isJsonObject(options["preconditions"])
    ? options["preconditions"]
    : {};
  const { uid, resourceVersion } = preconditions;
  const grace = options["gracePeriodSeconds"];
  return {
    propagationPolicy: typeof policy === "string" ? policy : orphan === true ? "Orphan" : undefined,
    uid: typeof uid === "string" ? uid : undefined,
    resourceVersion: typeof resourceVersion === "string" ? resourceVersion : undefined,
    gracePeriodSeconds: typeof grace === "number" ? grace : undefined,
    dryRun: Array.isArray(dryRun) && dryRun.includes("All"),
    isForUnreadable: options[POTENTIAL] === true,
  };
}

/** The options of a delete without a body. @throws ApiError BadRequest */
function queryOptions({ query }: ApiRequest): JsonObject {
  const options: JsonObject = {};
  const grace = integerOf(query, "gracePeriodSeconds");
  if (grace !== undefined) options["gracePeriodSeconds"] = grace;
  for (const name of ["orphanDependents", POTENTIAL])
    if (query.has(name)) options[name] = isTrue(query.get(name));
  const policy = query.get("propagationPolicy");
  if (policy !== null) options["propagationPolicy"] = policy;
  const dryRun = query.getAll("dryRun");
  if (dryRun.length > 0) options["dryRun"] = dryRun;
  const preconditions: JsonObject = {};
  for (const name of ["uid", "resourceVersion"]) {
    const value = query.get(name) ?? "";
    if (value !== "") preconditions[name] = value;
  }
  if (Object.keys(preconditions).length > 0) options["preconditions"] = preconditions;
  return options;
}

function checkDeleteOptions(options: JsonObject): void {
  const errors: FieldError[] = [];
  const { propagationPolicy: policy = null, orphanDependents: orphan = null, dryRun } = options;
  // A text of a type of its own is shown as JSON.
  const shown = typeof policy === "string" ? new GoLiteral(goJson(policy)) : policy;
  if (policy !== null && orphan !== null) {
    errors.push(
      invalid(
        "propagationPolicy",
        shown,
        "orphanDependents and deletionPropagation cannot be both set",
      ),
    );
  }
  if (policy !== null && !POLICIES.includes(String(policy)))
    errors.push(notSupported("propagationPolicy", shown, [...POLICIES, "nil"]));
  if (Array.isArray(dryRun) && dryRun.some((value) => value !== "All"))
    errors.push(notSupported("dryRun", dryRun, ["All"]));
  if (options[POTENTIAL] === true) errors.push(...potentialErrors(options));
  if (errors.length > 0) throw refuse.invalid(DELETE_OPTIONS, "", errors);
}

/** To delete what cannot be read goes together with no other option. */
function potentialErrors(options: JsonObject): FieldError[] {
  return ["propagationPolicy", "orphanDependents", "gracePeriodSeconds", "preconditions"]
    .filter((name) => (options[name] ?? null) !== null)
    .map((name) => invalid(POTENTIAL, true, `cannot be set together with .${name}`));
}

function optionsKind({ method }: ApiRequest): string {
  return (
    { POST: "CreateOptions", PUT: "UpdateOptions", DELETE: "DeleteOptions" }[method] ??
    "PatchOptions"
  );
}
