import type { ApiError } from "@kvop/core";
import type { JsonObject } from "../schema/json.js";
import type { ApiResponse } from "./api-request.js";
import { findAnswer } from "./negotiate.js";

const ERRORS = { hasProtobuf: true, hasRepresentations: false };

/** The answer that carries a refusal, written as the client asked for it. */
export function statusAnswer(error: ApiError, accept = ""): Extract<ApiResponse, { type: "json" }> {
  const negotiated = findAnswer(accept, ERRORS);
  const encoding = negotiated?.encoding ?? "json";
  const seconds = error.status.details?.retryAfterSeconds;
  return {
    type: "json",
    status: error.httpStatus,
    body: error.status as unknown as JsonObject,
    ...(seconds === undefined ? {} : { headers: { "retry-after": String(seconds) } }),
    ...(encoding === "json" ? {} : { encoding }),
    ...(negotiated?.isPretty === true ? { isPretty: true } : {}),
  };
}
