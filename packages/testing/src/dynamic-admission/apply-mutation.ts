import { objectAt, textAt } from "../admission/json-access.js";
import { refuse } from "../api-server/refusal.js";
import { checkTypedValue } from "../apply/check-typed-value.js";
import { mergeValues } from "../apply/merge-values.js";
import { schemaNode } from "../apply/open-api-schema-node.js";
import type { SchemaNode } from "../apply/schema-node.js";
import { fieldNode } from "../apply/schema-node.js";
import { TypedValueError } from "../apply/typed-value-error.js";
import { builtInSchema } from "../built-in/built-in-resources.js";
import { applyJsonPatch } from "../patch/json-patch.js";
import { PatchError } from "../patch/patch-error.js";
import type { CelScope } from "../schema/cel/cel-scope.js";
import { CelError, CelMap, type CelValue } from "../schema/cel/cel-value.js";
import { parseMutation } from "../schema/cel/cel-expression.js";
import { toJson, typeNameProblem } from "../schema/cel/mutation-library.js";
import { isJsonObject, type JsonObject, type JsonValue } from "../schema/json.js";
import type { OpenApiSchema } from "../schema/open-api-schema.js";
import type { AdmittedWrite } from "./admitted-write.js";
import { evaluateText } from "./cel-of-write.js";

/** Why a mutation cannot be made. */
export class MutationError extends Error {}

/** The object after one mutation of a policy. @throws MutationError */
export function applyMutation(
  mutation: JsonObject,
  object: JsonObject,
  scope: CelScope,
  write: AdmittedWrite,
): JsonObject {
  return textAt(mutation, "patchType") === "JSONPatch"
    ? patchObject(objectAt(mutation, "jsonPatch"), object, scope)
    : mergeObject(objectAt(mutation, "applyConfiguration"), object, scope, write);
}

function valueOf(owner: JsonObject, scope: CelScope): CelValue {
  const expression = textAt(owner, "expression");
  const result = evaluateText(expression, scope, parseMutation);
  if ("value" in result) return result.value;
  throw new MutationError(`expression '${expression}' resulted in error: ${result.problem}`);
}

function jsonOf(value: CelValue): JsonValue {
  const problem = typeNameProblem(value);
  if (problem !== undefined) throw new MutationError(`type mismatch: ${problem}`);
  try {
    return toJson(value);
  } catch (error) {
    if (!(error instanceof CelError)) throw error;
    throw new MutationError(
      `JSONPath valueExpression evaluated to a type that could not marshal to JSON: ${error.message}`,
    );
  }
}

function patchObject(owner: JsonObject, object: JsonObject, scope: CelScope): JsonObject {
  const value = valueOf(owner, scope);
  const operations = (Array.isArray(value) ? value : []).map((operation) =>
    operation instanceof CelMap ? operationOf(operation) : null,
  );
  if (operations.length === 0) return object;
  try {
    const patched = applyJsonPatch(object, operations);
    if (isJsonObject(patched)) return patched;
  } catch (error) {
    if (!PatchError.isInstance(error)) throw error;
    // A test that fails is a condition, no fault.
    if (error.kind === "test-failed") return object;
    throw new MutationError(`JSON Patch: ${error.detail}`);
  }
  throw refuse.internalError("the patched object is no object");
}

function operationOf(operation: CelMap): JsonObject {
  return Object.fromEntries(
    operation.entries().map(([key, value]): [string, JsonValue] => [String(key), jsonOf(value)]),
  );
}

function mergeObject(
  owner: JsonObject,
  object: JsonObject,
  scope: CelScope,
  write: AdmittedWrite,
): JsonObject {
  const configuration = jsonOf(valueOf(owner, scope));
  const schema = schemaOf(write);
  if (!isJsonObject(configuration) || Object.keys(configuration).length === 0) return object;
  const { apiVersion = "", kind = "" } = object;
  const applied: JsonObject = { ...configuration, apiVersion, kind };
  try {
    checkTypedValue(applied, schema);
  } catch (error) {
    if (!TypedValueError.isInstance(error)) throw error;
    throw new MutationError(
      `error applying patch: failed to convert patch object to typed object: ${error.message}`,
    );
  }
  const atomics = atomicsOf(applied, schema, "");
  if (atomics.length > 0)
    throw new MutationError(
      `error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: ${atomics.join(", ")}`,
    );
  const merged = mergeValues(object, applied, schema);
  return isJsonObject(merged) ? merged : object;
}

function schemaOf({ kind, resource }: AdmittedWrite): SchemaNode {
  if (kind.kind === resource.kind) return resource.mergeSchema;
  const found = builtInSchema(kind.group, kind.version, kind.kind);
  return schemaNode(
    found?.schema as OpenApiSchema | undefined,
    (reference) => found?.resolveRef(reference) as OpenApiSchema | undefined,
  );
}

/** What of a configuration could only be replaced as a whole. */
function atomicsOf(value: JsonValue, node: SchemaNode, path: string): string[] {
  if (Array.isArray(value)) {
    const { list } = node;
    if (list === undefined) return [];
    return [
      ...(list.kind === "atomic" ? [path] : []),
      ...value.flatMap((item, index) => atomicsOf(item, list.items, `${path}[${index}]`)),
    ];
  }
  const { map } = node;
  if (!isJsonObject(value) || map === undefined) return [];
  return [
    ...(map.isAtomic ? [path] : []),
    ...Object.entries(value).flatMap(([key, each]) => {
      const field = fieldNode(map, key);
      return field === undefined ? [] : atomicsOf(each, field, `${path}.${key}`);
    }),
  ];
}
