import type { JsonObject } from "../schema/json.js";
import type { ApiResponse } from "./api-request.js";
import type { Negotiated } from "./negotiate.js";

/** A body in the encoding that was agreed on. */
export function inForm(
  body: JsonObject,
  status: number,
  { encoding, isPretty }: Negotiated,
): Extract<ApiResponse, { type: "json" }> {
  return {
    type: "json",
    status,
    body,
    ...(encoding === "json" ? {} : { encoding }),
    ...(isPretty ? { isPretty } : {}),
  };
}
