import type { ApiRequest, ApiResponse } from "./api-request.js";

/** Programs that people read the answers of, as the real server knows them. */
const READERS = ["curl", "Wget", "Mozilla/5.0"];

/** Whether an answer is to be indented: by `?pretty`, else by the program that asks. */
export function wantsPretty({
  query,
  userAgent,
}: Pick<ApiRequest, "query" | "userAgent">): boolean {
  const asked = query.get("pretty");
  if (asked !== null) return asked !== "false" && asked !== "0";
  return READERS.some((reader) => userAgent.startsWith(reader));
}

/** The answer, indented where that is wanted. */
export function madePretty(answer: ApiResponse, request: ApiRequest): ApiResponse {
  const isJson = answer.type === "json" && (answer.encoding ?? "json") === "json";
  return isJson && wantsPretty(request) ? { ...answer, isPretty: true } : answer;
}
