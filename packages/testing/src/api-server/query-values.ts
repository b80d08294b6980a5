import { goQuote } from "../schema/go-format.js";
import { refuse } from "./refusal.js";

const INT64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n };
const MAX_VERSION = 2n ** 64n - 1n;

/** A whole number of a query; undefined when it is absent. @throws ApiError BadRequest in the words of the real server. */
export function integerOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const isNumber = /^[+-]?\d+$/.test(text);
  const value = isNumber ? BigInt(text.replace(/^\+/, "")) : 0n;
  if (isNumber && value >= INT64.min && value <= INT64.max) return Number(value);
  const why = isNumber ? "value out of range" : "invalid syntax";
  throw refuse.badRequest(`strconv.ParseInt: parsing ${goQuote(text)}: ${why}`);
}

/** As the real server reads a flag: anything that is there counts, but a clear no. */
export function isTrue(text: string | null): boolean {
  return text !== null && text.toLowerCase() !== "false" && text !== "0";
}

/** What is wrong with a text that is no version; undefined when it is one. */
export function versionProblem(text: string): string | undefined {
  const isNumber = /^\d+$/.test(text);
  if (isNumber && BigInt(text) <= MAX_VERSION) return undefined;
  const why = isNumber ? "value out of range" : "invalid syntax";
  const shown = goQuote(text);
  return `resourceVersion: Invalid value: ${shown}: strconv.ParseUint: parsing ${shown}: ${why}`;
}
