import { dump } from "js-yaml";

import { isJsonObject, type JsonValue } from "../schema/json.js";

const INDENT = 4;

/** JSON as the YAML that Go's `yaml.v3` makes of it: four columns deeper each time, but two behind a dash. */
export function goYaml(value: JsonValue): string {
  return `${write(value, 0)}\n`;
}

/** The lines of a value whose first one is already indented. */
function write(value: JsonValue, indent: number): string {
  if (Array.isArray(value)) {
    if (value.length === 0) return "[]";
    return lines(
      value.map((item) => `- ${write(item, indent + 2)}`),
      indent,
    );
  }
  if (!isJsonObject(value)) return scalar(value, indent);
  const entries = Object.entries(value);
  if (entries.length === 0) return "{}";
  return lines(
    entries.map(([key, item]) => `${scalar(key, indent)}:${behindKey(item, indent)}`),
    indent,
  );
}

function behindKey(value: JsonValue, indent: number): string {
  const isBlock = typeof value === "object" && value !== null && Object.keys(value).length > 0;
  if (!isBlock) return ` ${write(value, indent)}`;
  const deeper = nextIndent(indent);
  return `\n${" ".repeat(deeper)}${write(value, deeper)}`;
}

function lines(parts: readonly string[], indent: number): string {
  return parts.join(`\n${" ".repeat(indent)}`);
}

function nextIndent(indent: number): number {
  return INDENT * Math.floor((indent + INDENT) / INDENT);
}

/** Go quotes what would be no plain text once, and what would be something else than text twice. */
function scalar(value: string | number | boolean | null, indent: number): string {
  const quoteStyle = typeof value === "string" && isOfWords(value) ? "single" : "double";
  const [first = "", ...rest] = dump(value, { lineWidth: -1, quoteStyle }).trimEnd().split("\n");
  const deeper = " ".repeat(nextIndent(indent));
  return [first, ...rest.map((line) => (line === "" ? line : deeper + line.slice(2)))].join("\n");
}

function isOfWords(text: string): boolean {
  return /^[^\w+.-]|[:#' ]/.test(text);
}
