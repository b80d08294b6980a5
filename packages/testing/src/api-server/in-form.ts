import type { JsonObject } from "../schema/json.js";
import type { ApiResponse } from "./api-request.js";
import type { Negotiated } from "./negotiate.js";

/**
 * A body in the encoding that was agreed on.
 *
 * @param bytes the body as JSON, where it is written already or parts of it are.
 */
export function inForm(
  body: JsonObject,
  status: number,
  { encoding, isPretty }: Negotiated,
  bytes?: () => Uint8Array,
): Extract<ApiResponse, { type: "json" }> {
  const written = bytes === undefined ? undefined : { of: body, bytes };
  return { type: "json", status, body, encoding, isPretty, written };
}
