import { load, parseEvents, SCALAR_STYLE, EVENT_ID, YAMLException } from "js-yaml";
import type { JsonValue } from "../schema/json.js";
import { firstDocument, type FlowScan, scanFlow } from "./flow-text.js";
import { GO_YAML_SCHEMA } from "./go-yaml-schema.js";

/** Aliases may stand for each other: a small text can mean a value that fits into no memory. */
const MAX_YAML_ALIASES = 1000;
const LIMITS = { maxAliases: MAX_YAML_ALIASES, maxDepth: 400 };

/** Why a text is no YAML, in the words of Go's reader. */
export class YamlProblem extends Error {}

/** The first document of a text. @throws YamlProblem */
export function readYaml(text: string): {
  readonly value: JsonValue;
  readonly duplicates: readonly string[];
} {
  const whole = firstDocument(text);
  try {
    return loadDocument(whole);
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const root = rootAlone(whole);
    if (root === undefined) throw new YamlProblem(wordsFor(error, whole));
    try {
      return loadDocument(root);
    } catch (inner) {
      if (!(inner instanceof YAMLException)) throw inner;
      throw new YamlProblem(wordsFor(inner, root));
    }
  }
}

function loadDocument(text: string): ReturnType<typeof readYaml> {
  const escape = text.includes("\\") ? findEscape(text, scalarsOf(text)) : undefined;
  if (escape !== undefined) throw new YamlProblem(escape);
  try {
    return { value: loadAs(text, false), duplicates: [] };
  } catch (error) {
    if (!(error instanceof YAMLException) || error.reason !== "duplicated mapping key") throw error;
    const { line = 0, position = 0 } = error.mark ?? {};
    return {
      value: loadAs(text, true),
      duplicates: [`line ${line + 1}: key ${keyAt(text, position)} already set in map`],
    };
  }
}

function loadAs(text: string, json: boolean): JsonValue {
  if (/^\s*(?:#.*\s*)*$/.test(text)) return null;
  return (load(text, { schema: GO_YAML_SCHEMA, json, ...LIMITS }) ?? null) as JsonValue;
}

/** The key that stands at a place, as Go quotes it. */
function keyAt(text: string, position: number): string {
  const line = text.slice(text.lastIndexOf("\n", position - 1) + 1);
  const here = text.slice(position);
  const quotedKey = /^"(?:[^"\\]|\\.)*"/.exec(here)?.[0];
  if (quotedKey !== undefined) return quotedKey;
  const key = /^\s*(?:- )*"?([^":]*)/.exec(here.startsWith("\n") ? line : here)?.[1] ?? "";
  return `"${key.trim()}"`;
}

/** A root that ends before its text does: Go does not look at what comes after. */
function rootAlone(text: string): string | undefined {
  const end = scanFlow(text)?.end;
  if (end === undefined) return undefined;
  const rest = text.slice(end);
  // A key, or something that cannot even be the beginning of a token.
  if (/^[ \t]*(?:$|:(?:\s|$))|^\s*[\t@`]/.test(rest)) return undefined;
  return text.slice(0, end);
}

type Range = readonly [start: number, end: number];

function scalarsOf(text: string): readonly Range[] {
  return parseEvents(text, LIMITS).flatMap((event): Range[] =>
    event.type === EVENT_ID.SCALAR && event.style === SCALAR_STYLE.DOUBLE_QUOTED
      ? [[event.valueStart, event.valueEnd]]
      : [],
  );
}

/** The first escape of a quoted text that Go does not take. */
function findEscape(text: string, ranges: readonly Range[]): string | undefined {
  for (const [start, end] of ranges) {
    const inside = text.slice(start, end);
    for (const { 0: escape, index } of inside.matchAll(
      /\\(?:x[^"]{0,2}|u[^"]{0,4}|U[^"]{0,8}|[^])/g,
    )) {
      const problem = escapeProblem(escape);
      if (problem !== undefined) return scanned(text, start + index, problem);
    }
  }
  return undefined;
}

function escapeProblem(escape: string): string | undefined {
  const width = { x: 2, u: 4, U: 8 }[escape[1] ?? ""];
  if (width === undefined)
    return /[0abt\tnvfer "'\\N_LP\r\n]/.test(escape[1] ?? "")
      ? undefined
      : "found unknown escape character";
  const digits = escape.slice(2);
  if (digits.length < width || !/^[\da-f]+$/i.test(digits))
    return "did not find expected hexdecimal number";
  const code = Number.parseInt(digits, 16);
  const isCharacter = code <= 0x10_ffff && !(code >= 0xd800 && code <= 0xdfff);
  return isCharacter ? undefined : "found invalid Unicode character escape code";
}

/** Go's scanner does not name the first line. */
function scanned(text: string, position: number, problem: string): string {
  const line = linesBefore(text, position);
  return line === 0 ? problem : `line ${line + 1}: ${problem}`;
}

/** Its parser counts lines from zero, and does not name that one. */
function parsed(line: number, problem: string): string {
  return line === 0 ? problem : `line ${line}: ${problem}`;
}

const linesBefore = (text: string, position: number): number =>
  text.slice(0, position).split("\n").length - 1;

/** At its end a text is taken to have another line. */
const lastLine = (text: string): number =>
  linesBefore(text, text.length) + (text.endsWith("\n") ? 0 : 1);

const missing = (flow: FlowScan | undefined): string =>
  `did not find expected ',' or '${flow?.open.endsWith("[") === true ? "]" : "}"}'`;

/** The commonest faults have the words that Go's reader has for them. */
function wordsFor({ reason, mark }: YAMLException, text: string): string {
  const { position = 0, line = 0 } = mark ?? {};
  const flow = scanFlow(text, position);
  const escape = flow === undefined ? undefined : findEscape(text, flow.quoted);
  if (escape !== undefined) return escape;
  switch (reason) {
    case "unexpected end of the stream within a flow collection":
      return parsed(
        lastLine(text),
        /[[{,:]\s*$/.test(text) ? "did not find expected node content" : missing(flow),
      );
    case "unexpected end of the stream within a double quoted scalar":
    case "unexpected end of the stream within a single quoted scalar":
      return scanned(text, text.length, "found unexpected end of stream");
    case "expected hexadecimal character":
      return scanned(text, position, "did not find expected hexdecimal number");
    case "unknown escape sequence":
      return scanned(text, position, "found unknown escape character");
    case "missed comma between flow collection entries":
      return parsed(text.slice(position).trim() === "" ? lastLine(text) : line, missing(flow));
    default:
      if (/^\s*[@`]/.test(text.slice(position)) || /^\s*[@`]/.test(text))
        return scanned(text, position, "found character that cannot start any token");
      return `line ${line + 1}: ${reason}`;
  }
}
