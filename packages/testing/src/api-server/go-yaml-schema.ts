import { defineScalarTag, NOT_RESOLVED, Schema, YAML11_SCHEMA } from "js-yaml";

const INT = /^[-+]?(?:0x[\da-f]+|0b[01]+|0o?[0-7]+|0|[1-9]\d*)$/i;
const FLOAT = /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:e[-+]?\d+)?$/i;
const SPECIAL: Readonly<Record<string, number>> = {
  ".inf": Infinity,
  "+.inf": Infinity,
  "-.inf": -Infinity,
  ".nan": NaN,
};
const SPECIAL_CASE = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const FIRST = ["-", "+", ..."0123456789"];

/** `1_000` is a number for Go where it starts with a digit or a sign. */
const plain = (source: string): string =>
  source.startsWith(".") ? source : source.replaceAll("_", "");

function readInt(source: string): number | typeof NOT_RESOLVED {
  const text = plain(source);
  if (!INT.test(text)) return NOT_RESOLVED;
  const sign = text.startsWith("-") ? -1 : 1;
  const digits = text.replace(/^[-+]/, "").toLowerCase();
  return sign * Number(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits);
}

function readFloat(source: string): number | typeof NOT_RESOLVED {
  if (SPECIAL_CASE.test(source)) return SPECIAL[source.toLowerCase()] ?? NOT_RESOLVED;
  const text = plain(source);
  // What is too large to be a number is a text.
  return FLOAT.test(text) && Number.isFinite(Number(text)) ? Number(text) : NOT_RESOLVED;
}

const isNumber = (value: unknown): boolean => typeof value === "number";
const intTag = defineScalarTag("tag:yaml.org,2002:int", {
  implicit: true,
  implicitFirstChars: FIRST,
  resolve: readInt,
  identify: isNumber,
});
const floatTag = defineScalarTag("tag:yaml.org,2002:float", {
  implicit: true,
  implicitFirstChars: [...FIRST, "."],
  resolve: readFloat,
  identify: isNumber,
});
const REPLACED = ["timestamp", "int", "float"].map((name) => `tag:yaml.org,2002:${name}`);

/** YAML 1.1 as the real server reads it: with the numbers of Go, and without times, which JSON has not. */
export const GO_YAML_SCHEMA = new Schema([
  ...YAML11_SCHEMA.tags.filter(({ tagName }) => !REPLACED.includes(tagName)),
  intTag,
  floatTag,
]);
