import { goTypeOf, goValue } from "../patch/go-value.js";
import { goNumber, goQuote } from "../schema/go-format.js";
import { isJsonObject, type JsonObject, type JsonValue } from "../schema/json.js";
import { formatElement, type PathElement } from "./path-element.js";
import {
  fieldNode,
  type ListSchema,
  type MapSchema,
  type SchemaNode,
  type ScalarKind,
} from "./schema-node.js";
import { itemElement, shapeOf, withPath } from "./typed-value.js";
import { TypedValueError } from "./typed-value-error.js";

/**
 * Checks that a value has the structure of its schema, as server-side apply does before it merges.
 *
 * @throws TypedValueError with all problems
 */
export function checkTypedValue(value: JsonValue, node: SchemaNode): void {
  const problems: string[] = [];
  checkValue(value, node, "", problems);
  if (problems.length > 0) throw new TypedValueError(problems);
}

function checkValue(value: JsonValue, node: SchemaNode, path: string, problems: string[]): void {
  if (value === null) return;
  const shape = shapeOf(node, value);
  if (shape === "scalar") {
    const problem = scalarProblem(value, node.scalar ?? "untyped");
    if (problem !== undefined) problems.push(withPath(path, problem));
  } else if (shape === "list") {
    if (Array.isArray(value) && node.list !== undefined)
      checkItems(value, node.list, path, problems);
    else problems.push(withPath(path, `expected list, got ${describe(value)}`));
  } else if (isJsonObject(value) && node.map !== undefined) {
    checkFields(value, node.map, path, problems);
  } else {
    problems.push(withPath(path, `expected map, got ${describe(value)}`));
  }
}

function scalarProblem(value: JsonValue, kind: ScalarKind): string | undefined {
  switch (kind) {
    case "numeric":
      return typeof value === "number"
        ? undefined
        : `expected numeric (int or float), got ${goTypeOf(value)}`;
    case "string":
      return typeof value === "string"
        ? undefined
        : `expected string, got &value.valueUnstructured{Value:${goSyntax(value)}}`;
    case "boolean":
      return typeof value === "boolean" ? undefined : `expected boolean, got ${describe(value)}`;
    case "untyped":
      return typeof value === "object" ? `expected any scalar, got ${describe(value)}` : undefined;
  }
}

function checkItems(
  items: readonly JsonValue[],
  list: ListSchema,
  path: string,
  problems: string[],
): void {
  const seen = new Set<PathElement>();
  for (const [index, item] of items.entries()) {
    let element: PathElement = `i:${index}`;
    if (list.kind !== "atomic") {
      try {
        element = itemElement(list, item);
      } catch (error) {
        problems.push(
          withPath(path, `element ${index}: ${error instanceof Error ? error.message : ""}`),
        );
        return;
      }
      if (seen.has(element))
        problems.push(withPath(path, `duplicate entries for key ${formatElement(element)}`));
      seen.add(element);
    }
    checkValue(item, list.items, path + formatElement(element), problems);
  }
}

function checkFields(fields: JsonObject, map: MapSchema, path: string, problems: string[]): void {
  // Sorted, as the real server reports in no order at all.
  for (const key of Object.keys(fields).toSorted()) {
    const node = fieldNode(map, key);
    if (node === undefined) {
      // The real server stops at the first unknown field of an object.
      problems.push(`${path}.${key}: field not declared in schema`);
      return;
    }
    checkValue(fields[key] as JsonValue, node, `${path}.${key}`, problems);
  }
}

/** A value as Go prints it in these messages. */
function describe(value: JsonValue): string {
  return `&{${goValue(value)}}`;
}

function goSyntax(value: JsonValue): string {
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(", ")}}`;
  if (isJsonObject(value)) {
    const fields = Object.keys(value).toSorted();
    return `map[string]interface {}{${fields.map((key) => `${goQuote(key)}:${goSyntax(value[key] as JsonValue)}`).join(", ")}}`;
  }
  if (value === null) return "interface {}(nil)";
  if (typeof value === "number") return goNumber(value);
  return typeof value === "string" ? goQuote(value) : String(value);
}
