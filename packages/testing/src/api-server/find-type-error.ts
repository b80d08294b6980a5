import { BuiltInTypeError } from "../admission/built-in-type-error.js";
import { shapeLeafValue } from "../admission/shape-built-in.js";
import { goTypeNames, type GoTypeNames } from "../protobuf/go-type-names.js";
import {
  builtInLayout,
  type MessageField,
  type MessageLayout,
  type ScalarType,
} from "../protobuf/protobuf-layout.js";
import type { JsonValue } from "../schema/json.js";
import { type JsonText, readJsonText } from "./json-text.js";

const INT_RANGE = { i: [-(2n ** 31n), 2n ** 31n - 1n], l: [-(2n ** 63n), 2n ** 63n - 1n] } as const;
/** Deeper than any type goes that does not contain itself. */
const MAX_DEPTH = 400;

/** A reader of its own found a fault: nothing after it is read, and what was found before is forgotten. */
class ReaderError extends Error {}

/**
 * What the real server says of the first value in a JSON text that does not fit the Go type of a built-in kind. It reads in the
 * order of the text, keys that come twice included, and sees numbers as they are written.
 *
 * @returns `json: cannot unmarshal ...`; undefined when all fits.
 */
export function findTypeError(apiVersion: string, kind: string, text: string): string | undefined {
  const layout = builtInLayout().findKind(apiVersion, kind);
  if (layout === undefined) return undefined;
  const search = new TypeErrorSearch(apiVersion.split("/").at(-1) ?? "");
  try {
    search.message(layout, readJsonText(text), { struct: "", path: [] }, layout.name, 0);
    return search.first;
  } catch (error) {
    if (error instanceof ReaderError) return error.message;
    throw error;
  }
}

/** Where a value stands: the structure it is a field of, and the way to it. */
interface Place {
  readonly struct: string;
  readonly path: readonly string[];
}

class TypeErrorSearch {
  first: string | undefined;
  readonly #version: string;
  readonly #names: GoTypeNames = goTypeNames();

  constructor(version: string) {
    this.#version = version;
  }

  message(layout: MessageLayout, json: JsonText, place: Place, type: string, depth: number): void {
    if (json.kind === "null" || depth > MAX_DEPTH || layout.choice !== undefined) return;
    if (layout.leaf !== undefined) {
      this.#leaf(layout, json, place);
      return;
    }
    if (json.kind !== "object") {
      this.#mismatch(json, place, type);
      return;
    }
    for (const [key, value] of json.entries) {
      const found = fieldOf(layout, key);
      if (found === undefined) continue;
      const { field, owner, within } = found;
      const inner = { struct: layout.name, path: [...place.path, ...within, key] };
      this.#field({ field, owner }, value, inner, depth + 1);
    }
  }

  #field(
    { field, owner }: { readonly field: MessageField; readonly owner: MessageLayout },
    json: JsonText,
    place: Place,
    depth: number,
  ): void {
    if (json.kind === "null") return;
    const type = this.#names.ofField(owner, field, this.#version);
    if (!field.isMap && !field.isRepeated) {
      this.#value(field, json, place, type, depth);
      return;
    }
    if (json.kind !== (field.isMap ? "object" : "array")) {
      this.#mismatch(json, place, type);
      return;
    }
    const item = this.#names.ofItem(owner, field, this.#version);
    const values =
      json.kind === "object"
        ? json.entries.map(([, value]) => value)
        : (json as { items: JsonText[] }).items;
    for (const value of values) this.#value(field, value, place, item, depth);
  }

  #value(field: MessageField, json: JsonText, place: Place, type: string, depth: number): void {
    if (json.kind === "null") return;
    if (typeof field.type === "object") this.message(field.type, json, place, type, depth);
    else this.#scalar(field.type, json, place, type);
  }

  #scalar(scalar: ScalarType, json: JsonText, place: Place, type: string): void {
    const wanted = { s: "string", y: "string", b: "bool", i: "number", l: "number", d: "number" }[
      scalar
    ];
    if (scalar === "y" && json.kind === "array") {
      for (const item of json.items)
        if (item.kind !== "number" && item.kind !== "null") this.#mismatch(item, place, "uint8");
        else if (item.kind === "number" && !isByte(item.literal))
          this.#mismatch(item, place, "uint8", ` ${item.literal}`);
    } else if (json.kind !== wanted) {
      this.#mismatch(json, place, type);
    } else if (json.kind === "number") {
      if (!isNumberOf(scalar, json.literal)) this.#mismatch(json, place, type, ` ${json.literal}`);
    } else if (scalar === "y") {
      const problem = readerProblem(() => shapeLeafValue("bytes", valueOf(json), ""));
      this.first ??= problem;
    }
  }

  #leaf({ leaf }: MessageLayout, json: JsonText, place: Place): void {
    if (leaf === undefined) return;
    const owner = `${place.struct}.${place.path.join(".")}`;
    const isWholeNumber = json.kind !== "number" || isNumberOf("i", json.literal);
    if (leaf === "IntOrString" && !isWholeNumber)
      throw new ReaderError(unmarshalProblem(`number ${json.literal}`, owner, "int32"));
    const problem = readerProblem(() => shapeLeafValue(leaf, valueOf(json), owner));
    if (problem !== undefined) throw new ReaderError(problem);
  }

  #mismatch(json: JsonText, { struct, path }: Place, type: string, literal = ""): void {
    const owner = path.length === 0 ? "" : `${struct}.${path.join(".")}`;
    this.first ??= unmarshalProblem(`${json.kind}${literal}`, owner, type);
  }
}

/** A field of a message or of one that stands inline in it, with the Go names that lie between. */
function fieldOf(
  layout: MessageLayout,
  key: string,
): { field: MessageField; owner: MessageLayout; within: readonly string[] } | undefined {
  for (const field of layout.fields) {
    if (!field.isInline) {
      if (field.jsonName === key) return { field, owner: layout, within: [] };
    } else if (typeof field.type === "object") {
      const found = fieldOf(field.type, key);
      if (found !== undefined) return { ...found, within: [field.goName, ...found.within] };
    }
  }
  return undefined;
}

function isNumberOf(scalar: ScalarType, literal: string): boolean {
  if (scalar !== "i" && scalar !== "l") return Number.isFinite(Number(literal));
  if (!/^-?\d+$/.test(literal)) return false;
  const [least, most] = INT_RANGE[scalar];
  const value = BigInt(literal);
  return value >= least && value <= most;
}

function isByte(literal: string): boolean {
  return /^\d+$/.test(literal) && Number(literal) <= 255;
}

function readerProblem(read: () => void): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    if (BuiltInTypeError.isInstance(error)) return error.problem;
    throw error;
  }
}

function valueOf(json: JsonText): JsonValue {
  switch (json.kind) {
    case "object":
      return {};
    case "array":
      return [];
    case "number":
      return Number(json.literal);
    case "null":
      return null;
    default:
      return json.value;
  }
}

function unmarshalProblem(actual: string, owner: string, type: string): string {
  const place = owner === "" ? "Go value" : `Go struct field ${owner}`;
  return `json: cannot unmarshal ${actual} into ${place} of type ${type}`;
}
