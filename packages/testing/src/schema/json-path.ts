import { isJsonObject, ownValue } from "./json.js";
import type { JsonValue } from "./json.js";

type Scalar = string | number | boolean | null;

type Operator = "==" | "!=" | "<" | "<=" | ">" | ">=" | "exists";

type Step =
  | { readonly kind: "field"; readonly name: string }
  | { readonly kind: "index"; readonly index: number }
  | {
      readonly kind: "slice";
      readonly start: number | undefined;
      readonly end: number | undefined;
      readonly step: number;
    }
  | { readonly kind: "all" }
  | { readonly kind: "descendants" }
  | {
      readonly kind: "filter";
      readonly left: readonly Step[];
      readonly operator: Operator;
      readonly right: readonly Step[] | { readonly literal: Scalar };
    };

/** A JSONPath as kubectl and printer columns use it, made ready by {@link parseJsonPath}. */
export interface JsonPath {
  readonly steps: readonly Step[];
}

/**
 * Parses a JSONPath: fields, `['field']`, `[0]`, `[-1]`, `[0:2]`, `[*]`, `..field`, `[?(@.type=="Ready")]`; braces around it
 * are optional. Gives undefined for what is none.
 */
export function parseJsonPath(text: string): JsonPath | undefined {
  const trimmed = text.trim();
  const bare = trimmed.startsWith("{") && trimmed.endsWith("}") ? trimmed.slice(1, -1) : trimmed;
  const steps = parseSteps(bare.replace(/^\$/, ""));
  return steps === undefined ? undefined : { steps };
}

function parseSteps(text: string): readonly Step[] | undefined {
  const steps: Step[] = [];
  let rest = text;
  while (rest !== "") {
    if (rest.startsWith("[")) {
      const end = closingBracket(rest);
      const step = end < 0 ? undefined : parseBracket(rest.slice(1, end).trim());
      if (step === undefined) return undefined;
      steps.push(step);
      rest = rest.slice(end + 1);
      continue;
    }
    if (rest.startsWith("..")) {
      steps.push({ kind: "descendants" });
      rest = rest.slice(1);
      if (rest.startsWith(".[")) rest = rest.slice(1);
      continue;
    }
    if (!rest.startsWith(".")) return undefined;
    // A backslash takes the meaning from the dot or bracket after it.
    const name = /^\.((?:\\.|[^.[\]\\])*)/s.exec(rest) as RegExpExecArray;
    rest = rest.slice(name[0].length);
    const field = (name[1] as string).replaceAll(/\\(.)/gs, "$1");
    if (field === "*") steps.push({ kind: "all" });
    else if (field !== "") steps.push({ kind: "field", name: field });
    else if (rest !== "" && !rest.startsWith("[")) return undefined;
  }
  return steps;
}

/** Where the bracket that the text starts with is closed; brackets in quotes and inside do not count. */
function closingBracket(text: string): number {
  let depth = 0;
  let quote = "";
  for (let index = 0; index < text.length; index++) {
    const character = text[index] as string;
    if (quote !== "") {
      if (character === "\\") index++;
      else if (character === quote) quote = "";
    } else if (character === '"' || character === "'") quote = character;
    else if (character === "[") depth++;
    else if (character === "]" && --depth === 0) return index;
  }
  return -1;
}

function parseBracket(text: string): Step | undefined {
  if (text === "*") return { kind: "all" };
  if (/^-?\d+$/.test(text)) return { kind: "index", index: Number(text) };
  const slice = /^(-?\d+)?:(-?\d+)?(?::(-?\d+)?)?$/.exec(text);
  if (slice !== null) {
    const bound = (part: string | undefined) => (part === undefined ? undefined : Number(part));
    return {
      kind: "slice",
      start: bound(slice[1]),
      end: bound(slice[2]),
      step: bound(slice[3]) ?? 1,
    };
  }
  const quoted = parseQuoted(text);
  if (quoted !== undefined) return { kind: "field", name: quoted };
  const filter = /^\?\((.*)\)$/s.exec(text);
  return filter === null ? undefined : parseFilter((filter[1] as string).trim());
}

function parseQuoted(text: string): string | undefined {
  const match = /^(["'])((?:\\.|(?!\1).)*)\1$/s.exec(text);
  return match === null ? undefined : (match[2] as string).replaceAll(/\\(.)/gs, "$1");
}

function parseFilter(text: string): Step | undefined {
  const match = /^(@(?:"[^"]*"|'[^']*'|[^=!<>"'])*)(?:(==|!=|<=|>=|<|>)(.*))?$/s.exec(text);
  if (match === null) return undefined;
  const left = parseSteps((match[1] as string).trim().slice(1));
  if (left === undefined) return undefined;
  if (match[2] === undefined) {
    return { kind: "filter", left, operator: "exists", right: { literal: null } };
  }
  const operator = match[2] as Operator;
  const operand = (match[3] as string).trim();
  if (operand.startsWith("@")) {
    const right = parseSteps(operand.slice(1));
    return right === undefined ? undefined : { kind: "filter", left, operator, right };
  }
  const literal = parseLiteral(operand);
  return literal === undefined ? undefined : { kind: "filter", left, operator, right: { literal } };
}

function parseLiteral(text: string): Scalar | undefined {
  const quoted = parseQuoted(text);
  if (quoted !== undefined) return quoted;
  if (text === "true" || text === "false") return text === "true";
  if (text === "null") return null;
  return /^[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?$/.test(text) ? Number(text) : undefined;
}

/** What a path finds in a value, in order; what is missing is left out. */
export function findByJsonPath(path: JsonPath, value: JsonValue): JsonValue[] {
  return follow(path.steps, [value]);
}

function follow(steps: readonly Step[], from: readonly JsonValue[]): JsonValue[] {
  let values = [...from];
  for (const step of steps) values = values.flatMap((value) => take(step, value));
  return values;
}

function take(step: Step, value: JsonValue): JsonValue[] {
  switch (step.kind) {
    case "field": {
      const found = isJsonObject(value) ? ownValue(value, step.name) : undefined;
      return found === undefined ? [] : [found];
    }
    case "index": {
      const found = Array.isArray(value) ? value.at(step.index) : undefined;
      return found === undefined ? [] : [found];
    }
    case "slice":
      return Array.isArray(value)
        ? value.slice(step.start, step.end).filter((_, index) => index % step.step === 0)
        : [];
    case "all":
      return childrenOf(value);
    case "descendants":
      return descendantsOf(value);
    case "filter":
      return childrenOf(value).filter((child) => matches(step, child));
  }
}

function childrenOf(value: JsonValue): JsonValue[] {
  if (Array.isArray(value)) return value;
  if (!isJsonObject(value)) return [];
  // Sorted, as the real server walks maps here.
  return Object.keys(value)
    .toSorted()
    .map((key) => value[key] as JsonValue);
}

function descendantsOf(value: JsonValue): JsonValue[] {
  const found: JsonValue[] = [];
  const open: JsonValue[] = [value];
  while (open.length > 0) {
    const next = open.pop() as JsonValue;
    found.push(next);
    open.push(...childrenOf(next).toReversed());
  }
  return found;
}

function matches(filter: Extract<Step, { kind: "filter" }>, value: JsonValue): boolean {
  const left = follow(filter.left, [value])[0];
  if (filter.operator === "exists") return left !== undefined;
  const right = "literal" in filter.right ? filter.right.literal : follow(filter.right, [value])[0];
  if (left === undefined || right === undefined) return false;
  if (filter.operator === "==") return left === right;
  if (filter.operator === "!=") return left !== right;
  const areOrdered =
    (typeof left === "number" && typeof right === "number") ||
    (typeof left === "string" && typeof right === "string");
  if (!areOrdered) return false;
  switch (filter.operator) {
    case "<":
      return left < right;
    case "<=":
      return left <= right;
    case ">":
      return left > right;
    case ">=":
      return left >= right;
  }
}
