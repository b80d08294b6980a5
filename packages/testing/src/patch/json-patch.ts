import {
  copyJson,
  isJsonObject,
  jsonEqual,
  type JsonObject,
  type JsonValue,
  ownValue,
  setOwnValue,
} from "../schema/json.js";
import { goJsonKind } from "./go-json-kind.js";
import { PatchError } from "./patch-error.js";

/** Most operations that a kube-apiserver accepts in one JSON patch. */
export const MAX_JSON_PATCH_OPERATIONS = 10_000;

/** Most bytes that the `copy` operations of one patch may add: the kube-apiserver's limit for a request body. */
const MAX_COPIED_BYTES = 3 * 1024 * 1024;

const FIELDS = ["op", "path", "from", "value"];

interface Operation {
  readonly op: string;
  readonly path: string | undefined;
  readonly from: string | undefined;
  /** undefined when the operation has no `value`. */
  readonly value: JsonValue | undefined;
}

/** A document under change. The root sits in a field so that an operation can replace it. */
interface Draft {
  root: JsonValue;
  copiedBytes: number;
}

/** Where a pointer leads: the list or object that holds its last part. */
interface Place {
  readonly parent: JsonValue[] | JsonObject;
  readonly key: string;
}

/**
 * The document after a JSON patch (RFC 6902), with the liberties that a kube-apiserver takes: `replace` of a missing
 * key of an object sets it, `copy` of one gives null, `test` takes a missing key for null, negative indices count from
 * the end (`-1` in `add` is the place after the last item), and a patch of `null` changes nothing. The document is not
 * changed, and the result shares nothing with the patch.
 *
 * @throws PatchError whose `message` is the server's
 */
export function applyJsonPatch(document: JsonValue, operations: unknown): JsonValue {
  const parsed = parseOperations(operations);
  const draft: Draft = { root: copyJson(document), copiedBytes: 0 };
  for (const operation of parsed) applyOperation(draft, operation);
  return draft.root;
}

/**
 * What strict field validation says of a JSON patch: one message for each unknown field of an operation. They are
 * warnings, or part of the error, as the request's `fieldValidation` says.
 */
export function jsonPatchStrictErrors(operations: unknown): string[] {
  if (!Array.isArray(operations)) return [];
  return operations.flatMap((operation, index) =>
    isJsonObject(operation)
      ? Object.keys(operation)
          .filter((field) => !FIELDS.includes(field))
          .map((field) => `json patch unknown field "[${index}].${field}"`)
      : [],
  );
}

function parseOperations(operations: unknown): readonly Operation[] {
  if (operations === null) return [];
  if (!Array.isArray(operations))
    throw undecodable(operations, "Go value of type []handlers.jsonPatchOp");
  const parsed = operations.map(parseOperation);
  if (parsed.length > MAX_JSON_PATCH_OPERATIONS) {
    throw new PatchError(
      "too-many",
      `Request entity too large: The allowed maximum operations in a JSON patch is ${MAX_JSON_PATCH_OPERATIONS}, got ${parsed.length}`,
    );
  }
  return parsed;
}

function parseOperation(raw: unknown): Operation {
  if (raw === null) return { op: "unknown", path: undefined, from: undefined, value: undefined };
  if (!isJsonObject(raw)) throw undecodable(raw, "Go value of type handlers.jsonPatchOp");
  return {
    op: textField(raw, "op") ?? "unknown",
    path: textField(raw, "path"),
    from: textField(raw, "from"),
    value: ownValue(raw, "value"),
  };
}

function textField(raw: JsonObject, field: string): string | undefined {
  const value = ownValue(raw, field) ?? undefined;
  if (value === undefined || typeof value === "string") return value;
  throw undecodable(value, `Go struct field jsonPatchOp.${field} of type string`);
}

function undecodable(value: unknown, target: string): PatchError {
  return new PatchError(
    "malformed",
    `error decoding patch: json: cannot unmarshal ${goJsonKind(value)} into ${target}`,
  );
}

function applyOperation(draft: Draft, operation: Operation): void {
  switch (operation.op) {
    case "add":
      insert(locate(draft, operation, "path"), copyJson(operation.value ?? null));
      return;
    case "remove":
      removeAt(locate(draft, operation, "path"), `error in remove for path: '${operation.path}': `);
      return;
    case "replace":
      replace(draft, operation);
      return;
    case "test":
      test(draft, operation);
      return;
    case "move": {
      const source = locate(draft, operation, "from");
      const moved = valueAt(source);
      removeAt(source);
      insert(locate(draft, operation, "path"), moved);
      return;
    }
    case "copy":
      copyOperation(draft, operation);
      return;
    default:
      throw new PatchError("invalid-operation", `Unexpected kind: ${operation.op}`);
  }
}

function replace(draft: Draft, operation: Operation): void {
  const value = copyJson(operation.value ?? null);
  if (operation.path !== "") {
    const place = locate(draft, operation, "path");
    if (Array.isArray(place.parent)) place.parent[itemIndex(place.parent, place.key)] = value;
    else setOwnValue(place.parent, place.key, value);
    return;
  }
  if (typeof value !== "object" || value === null) {
    throw new PatchError("invalid-operation", "replace operation value must be object or array");
  }
  draft.root = value;
}

function test(draft: Draft, operation: Operation): void {
  const actual = operation.path === "" ? draft.root : valueAt(locate(draft, operation, "path"));
  if (!jsonEqual(actual, operation.value ?? null)) {
    throw new PatchError("test-failed", `testing value ${operation.path} failed: test failed`);
  }
}

function copyOperation(draft: Draft, operation: Operation): void {
  const value = copyJson(valueAt(locate(draft, operation, "from")));
  const place = locate(draft, operation, "path");
  draft.copiedBytes += JSON.stringify(value).length;
  if (draft.copiedBytes > MAX_COPIED_BYTES) {
    throw new PatchError(
      "invalid-operation",
      `the copy operations add more than ${MAX_COPIED_BYTES} bytes`,
    );
  }
  insert(place, value);
}

/**
 * The place that `path` or `from` names. What stands before the first slash is ignored, so that `data/a` means `/a`:
 * an accident of the Go library that clients can see.
 */
function locate(draft: Draft, operation: Operation, field: "path" | "from"): Place {
  const pointer = operation[field];
  if (pointer === undefined)
    throw new PatchError("missing-path", `${operation.op} operation has no ${field}`);
  const parts = pointer.split("/").slice(1).map(decodePart);
  const key = parts.pop();
  let parent: JsonValue | undefined = key === undefined ? undefined : draft.root;
  for (const part of parts) {
    if (Array.isArray(parent)) parent = parent[itemIndex(parent, part)];
    else if (isJsonObject(parent)) parent = ownValue(parent, part);
    else break;
  }
  if (key === undefined || typeof parent !== "object" || parent === null) {
    throw new PatchError(
      "missing-path",
      `${operation.op} operation does not apply: doc is missing ${field}: "${pointer}": missing value`,
    );
  }
  return { parent, key };
}

function decodePart(part: string): string {
  return part.replaceAll(/~[01]/g, (escaped) => (escaped === "~1" ? "/" : "~"));
}

/** The value at a place, null for a key that an object does not have. */
function valueAt({ parent, key }: Place): JsonValue {
  return (Array.isArray(parent) ? parent[itemIndex(parent, key)] : ownValue(parent, key)) ?? null;
}

function insert({ parent, key }: Place, value: JsonValue): void {
  if (!Array.isArray(parent)) setOwnValue(parent, key, value);
  else if (key === "-") parent.push(value);
  else parent.splice(resolveIndex(key, parent.length + 1), 0, value);
}

function removeAt({ parent, key }: Place, context = ""): void {
  if (Array.isArray(parent)) {
    parent.splice(itemIndex(parent, key), 1);
    return;
  }
  if (!Object.hasOwn(parent, key)) {
    throw new PatchError(
      "missing-path",
      `${context}Unable to remove nonexistent key: ${key}: missing value`,
    );
  }
  delete parent[key];
}

function itemIndex(list: readonly JsonValue[], part: string): number {
  return resolveIndex(part, list.length);
}

function resolveIndex(part: string, size: number): number {
  const number = /^[+-]?\d+$/.test(part) ? Number(part) : Number.NaN;
  const index = number < 0 ? number + size : number;
  if (!(index >= 0 && index < size)) {
    throw new PatchError("missing-path", `Unable to access invalid index: ${part}`);
  }
  return index;
}
