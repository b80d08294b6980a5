import type { JsonObject } from "../schema/json.js";
import type { ApiResponse } from "./api-request.js";
import type { Negotiated } from "./negotiate.js";

/**
 * A body in the encoding that was agreed on.
 *
 * @param text the body as JSON, where it is written already or parts of it are.
 */
export function inForm(
  body: JsonObject,
  status: number,
  { encoding, isPretty }: Negotiated,
  text?: () => string,
): Extract<ApiResponse, { type: "json" }> {
  const written = text === undefined ? undefined : { of: body, text };
  return { type: "json", status, body, encoding, isPretty, written };
}
