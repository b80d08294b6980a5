import type { Answer } from "./case.js";
import { inFixedOrder } from "./normalise.js";

const SHOWN_DIFFERENCES = 25;

/** One line for each field that differs, with the request that it belongs to; empty when all is equal. */
export function differences(expected: readonly Answer[], actual: readonly Answer[]): string[] {
  const lines: string[] = [];
  for (let index = 0; index < Math.max(expected.length, actual.length); index++) {
    const before = lines.length;
    compare(inFixedOrder(expected[index]), inFixedOrder(actual[index]), "", lines);
    if (lines.length > before) {
      const request = expected[index]?.request ?? actual[index]?.request ?? "";
      lines.splice(before, 0, `step ${index + 1}: ${request}`);
    }
  }
  if (lines.length > SHOWN_DIFFERENCES) {
    const more = lines.length - SHOWN_DIFFERENCES;
    return [...lines.slice(0, SHOWN_DIFFERENCES), `  ... and ${more} more lines`];
  }
  return lines;
}

function compare(expected: unknown, actual: unknown, path: string, lines: string[]): void {
  if (
    isContainer(expected) &&
    isContainer(actual) &&
    Array.isArray(expected) === Array.isArray(actual)
  ) {
    const keys = new Set([...Object.keys(expected), ...Object.keys(actual)]);
    for (const key of keys) {
      const inner = Array.isArray(expected)
        ? `${path}[${key}]`
        : path === ""
          ? key
          : `${path}.${key}`;
      const has = (side: object): boolean => Object.hasOwn(side, key);
      if (!has(actual)) lines.push(`  ${inner}: missing, real has ${show(expected[key])}`);
      else if (!has(expected))
        lines.push(`  ${inner}: should not be there, is ${show(actual[key])}`);
      else compare(expected[key], actual[key], inner, lines);
    }
    return;
  }
  if (typeof expected === "string" && typeof actual === "string" && expected !== actual) {
    const from = Math.max(0, firstDifference(expected, actual) - 60);
    const indent = " ".repeat(path.length);
    lines.push(`  ${path}: real ${cut(expected, from)}`, `  ${indent}   ours ${cut(actual, from)}`);
  } else if (!Object.is(expected, actual)) {
    lines.push(
      `  ${path}: real ${show(expected)}`,
      `  ${" ".repeat(path.length)}   ours ${show(actual)}`,
    );
  }
}

function isContainer(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object";
}

function firstDifference(a: string, b: string): number {
  let index = 0;
  while (index < a.length && a[index] === b[index]) index++;
  return index;
}

/** Long texts often differ late: what comes before is left out. */
function cut(text: string, from: number): string {
  return `${from > 0 ? "..." : ""}${show(text.slice(from))}`;
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 300 ? `${text.slice(0, 300)}...` : text;
}
