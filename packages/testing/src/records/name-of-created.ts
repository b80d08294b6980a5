import { ApiError } from "@kvop/core";
import type { ApiRequest, ApiResponse } from "../api-server/api-request.js";
import { readValue } from "../api-server/request-body.js";
import { isJsonObject, type JsonValue } from "../schema/json.js";

/** The name that a request to create asks for; empty when the server is to make one, or the body cannot be read. */
export function nameInBody(request: ApiRequest): string {
  try {
    return nameIn(readValue(request));
  } catch (error) {
    if (ApiError.isInstance(error)) return "";
    throw error;
  }
}

/** The name of what was created, or of what was refused; empty when the answer does not tell. */
export function nameInAnswer(answer: ApiResponse | undefined): string {
  if (answer?.type !== "json" || !isJsonObject(answer.body)) return "";
  const { kind, details } = answer.body;
  if (kind !== "Status") return nameIn(answer.body);
  const name = isJsonObject(details) ? details["name"] : undefined;
  return typeof name === "string" ? name : "";
}

function nameIn(object: JsonValue | undefined): string {
  const metadata = isJsonObject(object) ? object["metadata"] : undefined;
  const name = isJsonObject(metadata) ? metadata["name"] : undefined;
  return typeof name === "string" ? name : "";
}
