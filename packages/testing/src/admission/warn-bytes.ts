import type { JsonObject } from "../schema/json.js";
import { parseQuantity } from "../schema/quantity.js";
import { textAt } from "./json-access.js";

const NANOS = 1_000_000_000n;

/** What the real server says of an amount of bytes that is no whole number. */
export function warningsOfBytes(amounts: JsonObject, key: string, path: string): string[] {
  const text = textAt(amounts, key);
  const quantity = parseQuantity(text);
  return quantity === undefined || quantity.nanos % NANOS === 0n
    ? []
    : [
        `${path}[${key}]: fractional byte value ${JSON.stringify(text)} is invalid, must be an integer`,
      ];
}
