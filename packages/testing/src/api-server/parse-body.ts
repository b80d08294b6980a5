import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  MAX_JSON_DEPTH,
  setOwnValue,
} from "../schema/json.js";
import { goJson, goQuote } from "../schema/go-format.js";
import { yamlReaderProblem } from "./yaml-reader-problem.js";
import { readYaml, YamlProblem } from "./read-yaml.js";
import { scanGoJson } from "./go-json-scanner.js";

/** A body as values, and what strict validation objects to in the text itself. */
export interface ParsedBody {
  readonly value: JsonValue;
  /** `duplicate field "data.k"`; as YAML it says the line. */
  readonly duplicates: readonly string[];
  readonly isYaml: boolean;
  /** The JSON that is read: of a YAML text what the real server makes of it. */
  readonly text: () => string;
  /** As it was sent. */
  readonly raw: () => string;
  /** Whether the text says more than the value: numbers in forms of their own, keys that come twice. */
  readonly isOdd: boolean;
}

/** Why a body cannot be read, in the words of the real server. */
export class BodySyntaxError extends Error {}

const MAX_YAML_NODES = 2_000_000;
/** Numbers that are no plain integers, or that may be larger than JavaScript counts exactly. */
const ODD_NUMBER = /[:[,]\s*-?\d+(?:[.eE]|\d{15})/;

/** @param options.allowsHuge takes numbers too large for any type: where nothing reads them they do no harm. @throws BodySyntaxError */
export function parseJsonBody(
  bytes: Uint8Array,
  { allowsHuge = false }: { readonly allowsHuge?: boolean } = {},
): ParsedBody {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch {
    throw new BodySyntaxError(jsonProblem(bytes) ?? "the body is no JSON");
  }
  const facts = { ...NO_FACTS };
  inspect(value, MAX_JSON_DEPTH, facts);
  let duplicates: readonly string[] = [];
  if (facts.isTooDeep || !facts.isFinite || facts.keys !== countKeys(text)) {
    const scan = scanGoJson(text);
    if (scan.error !== undefined) throw new BodySyntaxError(scan.error);
    if (scan.numberError !== undefined && !allowsHuge) throw new BodySyntaxError(scan.numberError);
    if (facts.isTooDeep) {
      throw new BodySyntaxError(`the body is nested deeper than ${MAX_JSON_DEPTH} levels`);
    }
    duplicates = scan.duplicates.map((path) => `duplicate field ${goQuote(path)}`);
  }
  // Go has no half of a surrogate pair: it reads U+FFFD.
  if (/\\u[dD]/.test(text)) value = wellFormed(value);
  const isOdd = duplicates.length > 0 || ODD_NUMBER.test(text);
  return { value, duplicates, isYaml: false, isOdd, text: () => text, raw: () => text };
}

/** What Go says of a text that is no JSON: it looks at bytes, and a broken one shows as the character of that number. */
export function jsonProblem(bytes: Uint8Array): string | undefined {
  const { buffer, byteOffset, byteLength } = bytes;
  return scanGoJson(Buffer.from(buffer, byteOffset, byteLength).toString("latin1")).error;
}

/** The first document of a YAML text. @throws BodySyntaxError */
export function parseYamlBody(bytes: Uint8Array): ParsedBody {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  const unreadable = yamlReaderProblem(bytes);
  if (unreadable !== undefined) throw new BodySyntaxError(`yaml: ${unreadable}`);
  if (/^\s*\t/.test(text) && !/^\s*[{[]/.test(text))
    throw new BodySyntaxError("yaml: found character that cannot start any token");
  try {
    const { value, duplicates } = readYaml(text);
    const facts = { ...NO_FACTS };
    inspect(value, MAX_JSON_DEPTH, facts);
    if (facts.isTooDeep || facts.nodes > MAX_YAML_NODES) {
      throw new BodySyntaxError("yaml: document contains excessive aliasing");
    }
    if (!facts.isFinite) throw new BodySyntaxError(`json: unsupported value: ${hugeIn(value)}`);
    return { ...ofYaml(value, duplicates), raw: () => text };
  } catch (error) {
    if (error instanceof BodySyntaxError) throw error;
    const problem = error instanceof YamlProblem ? error.message : "the body is no YAML";
    throw new BodySyntaxError(`yaml: ${problem}`);
  }
}

/** The first number that JSON has no form for, as Go writes it. */
function hugeIn(value: JsonValue): string | undefined {
  if (typeof value === "number" && !Number.isFinite(value))
    return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
  if (typeof value !== "object" || value === null) return undefined;
  const keys = Array.isArray(value) ? Object.keys(value) : Object.keys(value).toSorted();
  for (const key of keys) {
    const found = hugeIn((value as JsonObject)[key] ?? null);
    if (found !== undefined) return found;
  }
  return undefined;
}

function ofYaml(value: JsonValue, duplicates: readonly string[]): Omit<ParsedBody, "raw"> {
  return { value, duplicates, isYaml: true, isOdd: true, text: () => goJson(value) };
}

interface Facts {
  keys: number;
  nodes: number;
  isFinite: boolean;
  isTooDeep: boolean;
}

const NO_FACTS: Readonly<Facts> = { keys: 0, nodes: 0, isFinite: true, isTooDeep: false };

function inspect(value: JsonValue, levels: number, facts: Facts): void {
  facts.nodes += 1;
  if (facts.nodes > MAX_YAML_NODES) return;
  if (typeof value === "number") {
    if (!Number.isFinite(value)) facts.isFinite = false;
    return;
  }
  if (typeof value !== "object" || value === null) return;
  if (levels === 0) {
    facts.isTooDeep = true;
    return;
  }
  if (Array.isArray(value)) {
    for (const item of value) inspect(item, levels - 1, facts);
    return;
  }
  const keys = Object.keys(value);
  facts.keys += keys.length;
  for (const key of keys) inspect(value[key] as JsonValue, levels - 1, facts);
}

/** How many `key:` a valid JSON text has: more than there are keys means that some come twice. */
function countKeys(text: string): number {
  let count = 0;
  let at = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === 0x3a) count += 1;
    if (code === 0x22) {
      at += 1;
      while (text.charCodeAt(at) !== 0x22) at += text.charCodeAt(at) === 0x5c ? 2 : 1;
    }
    at += 1;
  }
  return count;
}

function wellFormed(value: JsonValue): JsonValue {
  if (typeof value === "string") return replaceHalves(value);
  if (Array.isArray(value)) return value.map(wellFormed);
  if (!isJsonObject(value)) return value;
  const result = {};
  for (const [key, each] of Object.entries(value)) {
    setOwnValue(result, replaceHalves(key), wellFormed(each));
  }
  return result;
}

function replaceHalves(text: string): string {
  return text.replaceAll(/\p{Surrogate}/gu, "\uFFFD");
}
