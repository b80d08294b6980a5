import { isJsonObject, type JsonObject, type JsonValue } from "../schema/json.js";

/**
 * One step of a path through an object, written as `managedFields` does: `f:name` is a field, `k:{"name":"x"}` the list
 * item with these keys (sorted), `v:"x"` a member of a set, `i:0` an item by its place.
 */
export type PathElement = string;

export function fieldElement(name: string): PathElement {
  return `f:${name}`;
}

/** `keys` must be sorted by name. */
export function keyElement(
  keys: readonly (readonly [name: string, value: JsonValue])[],
): PathElement {
  let text = "k:{";
  for (const [name, value] of keys) {
    if (text.length > 3) text += ",";
    text += `${canonicalJson(name)}:${canonicalJson(value)}`;
  }
  return `${text}}`;
}

export function valueElement(value: JsonValue): PathElement {
  return `v:${canonicalJson(value)}`;
}

/** One key of plain text or a number: what nearly all lists have, and nothing to put in order. */
const CANONICAL_KEY = /^\{"[\w./-]+":(?:"[\w ./:-]*"|[1-9]\d{0,14}|0)\}$/;

/**
 * The canonical form of an element as a client sent it; undefined for a type of a later API, which is skipped.
 *
 * @throws SyntaxError when it is none
 */
export function parseElement(text: string): PathElement | undefined {
  if (text.length < 2 || text[1] !== ":") throw new SyntaxError(`"${text}" is no path element`);
  const rest = text.slice(2);
  switch (text[0]) {
    case "f":
      return text;
    case "k": {
      if (CANONICAL_KEY.test(rest)) return text;
      const keys: unknown = JSON.parse(rest);
      if (!isJsonObject(keys)) throw new SyntaxError(`"${text}" holds no keys`);
      return keyElement(Object.entries(keys).sort(([left], [right]) => compareText(left, right)));
    }
    case "v":
      return valueElement(JSON.parse(rest) as JsonValue);
    case "i":
      if (!/^[+-]?\d+$/.test(rest)) throw new SyntaxError(`"${text}" is no index`);
      return `i:${Number(rest)}`;
    default:
      return undefined;
  }
}

/** As conflicts show it: `.name`, `[name="x",port=80]`, `[="x"]`, `[0]`. */
export function formatElement(element: PathElement): string {
  const rest = element.slice(2);
  switch (element[0]) {
    case "f":
      return `.${rest}`;
    case "k": {
      const keys = Object.entries(JSON.parse(rest) as JsonObject);
      return `[${keys.map(([name, value]) => `${name}=${formatValue(value)}`).join(",")}]`;
    }
    case "v":
      return `[=${formatValue(JSON.parse(rest) as JsonValue)}]`;
    default:
      return `[${rest}]`;
  }
}

/** A path as conflicts show it: `.spec.containers[name="x"].image`. */
export function formatPath(path: readonly PathElement[]): string {
  return path.map(formatElement).join("");
}

function formatValue(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(formatValue).join(",")}]`;
  if (isJsonObject(value)) {
    return Object.entries(value)
      .map(([key, inner]) => `${key}=${formatValue(inner)}`)
      .join("");
  }
  return JSON.stringify(value);
}

const TYPE_ORDER = "fkvi";

/** The order in which `managedFields` lists elements: fields by name, then keys, values and indices. */
export function compareElements(left: PathElement, right: PathElement): number {
  if (left === right) return 0;
  const byType = TYPE_ORDER.indexOf(left.charAt(0)) - TYPE_ORDER.indexOf(right.charAt(0));
  if (byType !== 0) return byType;
  if (left.startsWith("f")) return compareText(left, right);
  if (left.startsWith("k")) return compareKeys(left, right);
  return compareValues(
    JSON.parse(left.slice(2)) as JsonValue,
    JSON.parse(right.slice(2)) as JsonValue,
  );
}

function compareKeys(left: PathElement, right: PathElement): number {
  const leftKeys = Object.entries(JSON.parse(left.slice(2)) as JsonObject);
  const rightKeys = Object.entries(JSON.parse(right.slice(2)) as JsonObject);
  for (const [index, [name, value]] of leftKeys.entries()) {
    const other = rightKeys[index];
    if (other === undefined) return 1;
    const difference = compareText(name, other[0]) || compareValues(value, other[1]);
    if (difference !== 0) return difference;
  }
  return leftKeys.length - rightKeys.length;
}

function compareValues(left: JsonValue, right: JsonValue): number {
  const byKind = rankOf(left) - rankOf(right);
  if (byKind !== 0) return byKind;
  if (typeof left === "number" || typeof left === "boolean") return Number(left) - Number(right);
  return compareText(
    typeof left === "string" ? left : JSON.stringify(left),
    typeof right === "string" ? right : JSON.stringify(right),
  );
}

function rankOf(value: JsonValue): number {
  if (value === null) return 5;
  if (typeof value === "object") return Array.isArray(value) ? 3 : 4;
  return ["number", "string", "boolean"].indexOf(typeof value);
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** As Go writes JSON inside of strings: with the characters escaped that HTML could misread. */
function canonicalJson(value: JsonValue): string {
  const text = JSON.stringify(value);
  return /[<>&\u2028\u2029]/.test(text)
    ? text.replaceAll(
        /[<>&\u2028\u2029]/g,
        (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
      )
    : text;
}
