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
import { refuse } from "./refusal.js";
import { mediaTypeOf, readDeleteOptions } from "./request-body.js";
import type { ResourcePath } from "./resource-request-path.js";
import type { WriteTarget } from "./write-target.js";

const FIELD_VALIDATIONS = ["", "Ignore", "Strict", "Warn"];
const POLICIES = ["Foreground", "Background", "Orphan"];
const MAX_MANAGER_BYTES = 128;
const META = { group: "meta.k8s.io", plural: "" };
const DURATION = /^[+-]?(\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/;

/** Where a write goes and how, from its query. @throws ApiError when an option is not valid. */
export function writeTargetOf(request: ApiRequest, path: ResourcePath): WriteTarget {
  const { query } = request;
  checkTimeout(query.get("timeout"));
  const dryRun = query.getAll("dryRun").filter((value) => value !== "");
  const fieldValidation = query.get("fieldValidation") ?? "";
  const errors: FieldError[] = [];
  if (dryRun.some((value) => value !== "All")) {
    errors.push(notSupported("dryRun", dryRun, ["All"]));
  }
  if (request.method !== "DELETE" && !FIELD_VALIDATIONS.includes(fieldValidation)) {
    errors.push(notSupported("fieldValidation", fieldValidation, FIELD_VALIDATIONS));
  }
  errors.push(...managerErrors(request));
  if (errors.length > 0) throw refuse.invalid({ ...META, kind: optionsKind(request) }, "", errors);
  return {
    ...path,
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
  const isApply = method === "PATCH" && mediaTypeOf(contentType).includes("apply-patch");
  if (method === "PATCH" && !isApply && query.get("force") !== null)
    errors.push(forbidden("force", "may not be specified for non-apply patch"));
  if (isApply && manager === "")
    errors.push(required("fieldManager", "is required for apply patch"));
  if (Buffer.byteLength(manager) > MAX_MANAGER_BYTES)
    errors.push(tooLong("fieldManager", manager, MAX_MANAGER_BYTES));
  // Most names are plain ASCII, and the class of all control characters is a slow one.
  if (!/^[ -~]*$/.test(manager) && /\p{C}/u.test(manager)) {
    const at = [...manager].findIndex((character) => /\p{C}/u.test(character));
    const code = manager.codePointAt(at)?.toString(16).toUpperCase().padStart(4, "0") ?? "";
    errors.push(
      invalid("fieldManager", manager, `invalid character U+${code} (at position ${at})`),
    );
  }
  return errors;
}

/** The options of a delete, and whether it is only tried. @throws ApiError when they are not valid. */
export function deleteOptionsOf(request: ApiRequest): DeleteRequest & { readonly dryRun: boolean } {
  const body = readDeleteOptions(request);
  const { query } = request;
  checkTimeout(query.get("timeout"));
  // Options in the body count alone.
  const isFromBody = Object.keys(body).length > 0;
  const policy = isFromBody ? body["propagationPolicy"] : query.get("propagationPolicy");
  const orphan = isFromBody ? body["orphanDependents"] : query.get("orphanDependents");
  const grace = isFromBody ? body["gracePeriodSeconds"] : query.get("gracePeriodSeconds");
  const dryRun = isFromBody ? body["dryRun"] : query.getAll("dryRun");
  checkDeleteOptions(policy, orphan, dryRun);
  const propagationPolicy =
    typeof policy === "string" && policy !== ""
      ? policy
      : orphan === true || orphan === "true"
        ? "Orphan"
        : undefined;
  const preconditions: JsonObject = isJsonObject(body["preconditions"])
    ? body["preconditions"]
    : {};
  const { uid, resourceVersion } = preconditions;
  return {
    propagationPolicy,
    uid: typeof uid === "string" ? uid : undefined,
    resourceVersion: typeof resourceVersion === "string" ? resourceVersion : undefined,
    gracePeriodSeconds: grace === undefined || grace === null ? undefined : Number(grace),
    dryRun: Array.isArray(dryRun) && dryRun.includes("All"),
  };
}

function checkDeleteOptions(policy: unknown, orphan: unknown, dryRun: unknown): void {
  const errors: FieldError[] = [];
  const hasPolicy = typeof policy === "string" && policy !== "";
  if (hasPolicy && (typeof orphan === "boolean" || typeof orphan === "string")) {
    errors.push(
      invalid(
        "propagationPolicy",
        policy,
        "orphanDependents and deletionPropagation cannot be both set",
      ),
    );
  } else if (hasPolicy && !POLICIES.includes(policy)) {
    errors.push(notSupported("propagationPolicy", policy, [...POLICIES, "nil"]));
  }
  if (Array.isArray(dryRun) && dryRun.some((value) => value !== "All")) {
    errors.push(notSupported("dryRun", dryRun, ["All"]));
  }
  if (errors.length > 0) throw refuse.invalid({ ...META, kind: "DeleteOptions" }, "", errors);
}

function checkTimeout(text: string | null): void {
  if (text === null || text === "" || text === "0" || DURATION.test(text)) return;
  throw refuse.badRequest(
    `invalid timeout specified in the request URL - time: invalid duration ${JSON.stringify(text)}`,
  );
}

function optionsKind({ method }: ApiRequest): string {
  return (
    { POST: "CreateOptions", PUT: "UpdateOptions", DELETE: "DeleteOptions" }[method] ??
    "PatchOptions"
  );
}

/** As the real server reads a flag: anything that is there counts, but a clear no. */
export function isTrue(text: string | null): boolean {
  return text !== null && text.toLowerCase() !== "false" && text !== "0";
}
