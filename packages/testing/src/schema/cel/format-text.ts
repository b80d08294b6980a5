import { formatDuration, formatTimestamp } from "./cel-time.js";
import { noOverload } from "./cel-operators.js";
import { CelDuration, CelError, CelMap, CelTimestamp, CelType, CelUint } from "./cel-value.js";
import type { CelValue } from "./cel-value.js";

/** `format` of the extended strings library. @throws CelError */
export function formatText(template: string, args: readonly CelValue[]): string {
  let next = 0;
  return template.replaceAll(/%(?:\.(\d+))?([a-zA-Z%])/g, (_all, precision, verb: string) => {
    if (verb === "%") return "%";
    const value = args[next];
    if (value === undefined) throw new CelError(`index ${next} out of range`);
    next++;
    return formatArgument(verb, precision === undefined ? 6 : Number(precision), value);
  });
}

function formatArgument(verb: string, precision: number, value: CelValue): string {
  switch (verb) {
    case "s":
      return formatValue(value);
    case "d":
      return String(whole(value));
    case "f":
      return real(value).toFixed(Math.min(precision, 100));
    case "e":
      return scientific(real(value).toExponential(Math.min(precision, 100)));
    case "b":
      return typeof value === "boolean" ? String(Number(value)) : whole(value).toString(2);
    case "o":
      return whole(value).toString(8);
    case "x":
      return hex(value);
    case "X":
      return hex(value).toUpperCase();
    default:
      throw new CelError(
        `could not parse formatting clause: unrecognized formatting clause "${verb}"`,
      );
  }
}

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** Powers of ten in superscript digits, two at least, as the library's second version writes them. */
function scientific(text: string): string {
  return text.replace(/e([+-])(\d+)$/, (_all, sign: string, digits: string) => {
    const raised = Array.from(digits.padStart(2, "0"))
      .map((digit) => SUPERSCRIPTS[Number(digit)])
      .join("");
    return `\u202f×\u202f10${sign === "-" ? "⁻" : ""}${raised}`;
  });
}

function whole(value: CelValue): bigint {
  if (typeof value === "bigint") return value;
  if (value instanceof CelUint) return value.value;
  throw noOverload();
}

function real(value: CelValue): number {
  return typeof value === "number" ? value : Number(whole(value));
}

function hex(value: CelValue): string {
  if (typeof value === "string") return Buffer.from(value).toString("hex");
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  return whole(value).toString(16);
}

function formatValue(value: CelValue): string {
  if (value === null) return "null";
  if (typeof value === "string") return value;
  if (typeof value !== "object") return String(value);
  if (Array.isArray(value)) return `[${value.map(formatNested).join(", ")}]`;
  if (value instanceof CelMap) {
    const fields = value
      .entries()
      .map(([key, item]) => `${formatNested(key)}:${formatNested(item)}`);
    return `{${fields.toSorted().join(", ")}}`;
  }
  if (value instanceof CelUint) return String(value.value);
  if (value instanceof CelTimestamp) return formatTimestamp(value);
  if (value instanceof CelDuration) return formatDuration(value);
  if (value instanceof CelType) return value.name;
  if (value instanceof Uint8Array) return Buffer.from(value).toString("utf8");
  throw noOverload();
}

/** Inside lists and maps, texts stand in quotes. */
function formatNested(value: CelValue): string {
  if (typeof value === "string") return `"${value}"`;
  if (typeof value === "number") return value.toFixed(6);
  if (value instanceof CelTimestamp) return `timestamp("${formatTimestamp(value)}")`;
  if (value instanceof CelDuration) return `duration("${formatDuration(value)}")`;
  return formatValue(value);
}
