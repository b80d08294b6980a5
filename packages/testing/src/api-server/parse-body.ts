import { loadAll, Schema, timestampTag, YAML11_SCHEMA, YAMLException } from "js-yaml";
import { isJsonObject, type JsonValue, MAX_JSON_DEPTH, setOwnValue } from "../schema/json.js";
import { goJson, goQuote } from "../schema/go-format.js";
import { yamlReaderProblem } from "./yaml-reader-problem.js";
import { scanGoJson } from "./go-json-scanner.js";

/** A body as values, and what strict validation objects to in the text itself. */
export interface ParsedBody {
  readonly value: JsonValue;
  /** `duplicate field "data.k"`; as YAML it says the line. */
  readonly duplicates: readonly string[];
  readonly isYaml: boolean;
  /** The JSON that is read: of a YAML text what the real server makes of it. */
  readonly text: () => string;
  /** Whether the text says more than the value: numbers in forms of their own, keys that come twice. */
  readonly isOdd: boolean;
}

/** Why a body cannot be read, in the words of the real server. */
export class BodySyntaxError extends Error {}

/** YAML 1.1, as the real server reads it, but for times: JSON has none. */
const YAML_SCHEMA = new Schema(YAML11_SCHEMA.tags.filter((tag) => tag !== timestampTag));
/** Aliases may stand for each other: a small text can mean a value that fits into no memory. */
const MAX_YAML_ALIASES = 1000;
const MAX_YAML_NODES = 2_000_000;
/** The commonest faults have the words that Go's reader has for them. */
const YAML_PROBLEMS: Readonly<Record<string, string>> = {
  "unexpected end of the stream within a flow collection": "did not find expected node content",
};

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
  return { value, duplicates, isYaml: false, isOdd, text: () => text };
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
  const read = (json: boolean): JsonValue => {
    const options = { schema: YAML_SCHEMA, json, maxAliases: MAX_YAML_ALIASES, maxDepth: 400 };
    const [first = null] = loadAll(text, options) as JsonValue[];
    const facts = { ...NO_FACTS };
    inspect(first, MAX_JSON_DEPTH, facts);
    if (facts.isTooDeep || facts.nodes > MAX_YAML_NODES) {
      throw new BodySyntaxError("yaml: document contains excessive aliasing");
    }
    return first;
  };
  try {
    return ofYaml(read(false), []);
  } catch (error) {
    if (error instanceof BodySyntaxError) throw error;
    if (!(error instanceof YAMLException)) throw new BodySyntaxError("yaml: the body is no YAML");
    if (error.reason !== "duplicated mapping key") throw new BodySyntaxError(yamlMessage(error));
    const line = (error.mark?.line ?? 0) + 1;
    const key = /^\s*(?:- )*"?([^":]*)/.exec(text.split("\n")[line - 1] ?? "")?.[1] ?? "";
    const duplicates = [`line ${line}: key "${key.trim()}" already set in map`];
    return ofYaml(read(true), duplicates);
  }
}

function ofYaml(value: JsonValue, duplicates: readonly string[]): ParsedBody {
  return { value, duplicates, isYaml: true, isOdd: true, text: () => goJson(value) };
}

function yamlMessage(error: YAMLException): string {
  return `yaml: line ${(error.mark?.line ?? 0) + 1}: ${YAML_PROBLEMS[error.reason] ?? error.reason}`;
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
