import { RE2JS } from "re2js";
import { compilePattern } from "../pattern.js";
import { formatText } from "./format-text.js";
import { noOverload } from "./cel-operators.js";
import { CelError } from "./cel-value.js";
import type { CelValue } from "./cel-value.js";
import type { CelLibrary } from "./cel-function.js";

function text(value: CelValue | undefined): string {
  if (typeof value !== "string") throw noOverload();
  return value;
}

function integer(value: CelValue | undefined, otherwise: number): number {
  if (value === undefined) return otherwise;
  if (typeof value !== "bigint") throw noOverload();
  return Number(value);
}

function inRange(index: number, length: number): number {
  if (index < 0 || index > length) throw new CelError(`index out of range: ${index}`);
  return index;
}

function expression(source: string): RE2JS {
  try {
    return RE2JS.compile(source);
  } catch (error) {
    throw new CelError(error instanceof Error ? error.message : String(error));
  }
}

function findAll(subject: string, pattern: string, limit: number): string[] {
  const matcher = expression(pattern).matcher(subject);
  const found: string[] = [];
  while ((limit < 0 || found.length < limit) && matcher.find()) found.push(matcher.group() ?? "");
  return found;
}

/** Lists of code points: CEL counts those, not UTF-16 units. */
function runes(value: string): string[] {
  return Array.from(value);
}

function indexOf(subject: string, part: string, from: number): bigint {
  const [all, wanted] = [runes(subject), runes(part)];
  inRange(from, all.length);
  for (let start = from; start + wanted.length <= all.length; start++) {
    if (wanted.every((rune, offset) => all[start + offset] === rune)) return BigInt(start);
  }
  return -1n;
}

function lastIndexOf(subject: string, part: string, from: number | undefined): bigint {
  const [all, wanted] = [runes(subject), runes(part)];
  const first = from === undefined ? all.length : inRange(from, all.length);
  for (let start = Math.min(first, all.length - wanted.length); start >= 0; start--) {
    if (wanted.every((rune, offset) => all[start + offset] === rune)) return BigInt(start);
  }
  return -1n;
}

function replace(subject: string, part: string, by: string, count: number): string {
  if (count < 0) return subject.replaceAll(part, () => by);
  let rest = subject;
  let result = "";
  for (let done = 0; done < count; done++) {
    const at = rest.indexOf(part);
    if (at < 0) break;
    result += rest.slice(0, at) + by;
    rest = rest.slice(at + part.length);
  }
  return result + rest;
}

function split(subject: string, separator: string, limit: number): string[] {
  if (limit === 0) return [];
  const parts = separator === "" ? runes(subject) : subject.split(separator);
  if (limit < 0 || parts.length <= limit) return parts;
  return [...parts.slice(0, limit - 1), parts.slice(limit - 1).join(separator)];
}

function asciiCase(subject: string, letters: RegExp, change: (letter: string) => string): string {
  return subject.replaceAll(letters, change);
}

/** Strings, the extended strings library and regular expressions. Costs follow the length of the texts. */
export const STRING_LIBRARY: CelLibrary = {
  ".startsWith": ([subject, part]) => text(subject).startsWith(text(part)),
  ".endsWith": ([subject, part]) => text(subject).endsWith(text(part)),
  ".matches": ([subject, pattern]) => matches(text(subject), text(pattern)),
  matches: ([subject, pattern]) => matches(text(subject), text(pattern)),
  ".find": ([subject, pattern]) => findAll(text(subject), text(pattern), 1)[0] ?? "",
  ".findAll": ([subject, pattern, limit]) =>
    findAll(text(subject), text(pattern), integer(limit, -1)),
  ".charAt": ([subject, index]) => {
    const all = runes(text(subject));
    return all[inRange(integer(index, 0), all.length)] ?? "";
  },
  ".lowerAscii": ([subject]) =>
    asciiCase(text(subject), /[A-Z]+/g, (letters) => letters.toLowerCase()),
  ".upperAscii": ([subject]) =>
    asciiCase(text(subject), /[a-z]+/g, (letters) => letters.toUpperCase()),
  ".replace": ([subject, part, by, count]) =>
    replace(text(subject), text(part), text(by), integer(count, -1)),
  ".split": ([subject, separator, limit]) =>
    split(text(subject), text(separator), integer(limit, -1)),
  ".substring": ([subject, start, end]) => {
    const all = runes(text(subject));
    const from = inRange(integer(start, 0), all.length);
    const to = inRange(integer(end, all.length), all.length);
    if (from > to) {
      throw new CelError(`invalid substring range. start: ${from}, end: ${to}`);
    }
    return all.slice(from, to).join("");
  },
  ".trim": ([subject]) => text(subject).trim(),
  ".join": ([list, separator]) => {
    if (!Array.isArray(list)) throw noOverload();
    return list.map(text).join(separator === undefined ? "" : text(separator));
  },
  ".format": ([template, args]) => {
    if (!Array.isArray(args)) throw noOverload();
    return formatText(text(template), args);
  },
  "strings.quote": ([subject]) => quote(text(subject)),
};

function matches(subject: string, pattern: string): boolean {
  try {
    return compilePattern(pattern).test(subject);
  } catch (error) {
    throw new CelError(error instanceof Error ? error.message : String(error));
  }
}

const QUOTED: Readonly<Record<string, string>> = {
  "\u0007": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\",
  '"': '\\"',
};

function quote(subject: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what gets escaped
  return `"${subject.replaceAll(/[\u0007-\u000d\\"]/g, (character) => QUOTED[character] ?? character)}"`;
}

/** `indexOf` and `lastIndexOf` of strings; lists have methods of the same names. */
export const STRING_SEARCH = { indexOf, lastIndexOf };
