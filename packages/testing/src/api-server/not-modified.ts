import type { ApiRequest, ApiResponse } from "./api-request.js";

/** Headers that a client keeps its copy by. */
const KEPT = ["etag", "vary", "cache-control"];

/** The answer without its body, where the client says that it has just this state of it already (RFC 9110, 13.1.2). */
export function unlessKnown(answer: ApiResponse, request: ApiRequest): ApiResponse {
  const { ifNoneMatch, method } = request;
  if (ifNoneMatch === undefined || (method !== "GET" && method !== "HEAD")) return answer;
  if (answer.type !== "text" && answer.type !== "json") return answer;
  const { status, headers = {} } = answer;
  const etag = headers["etag"];
  if (status !== 200 || etag === undefined || !names(ifNoneMatch, etag)) return answer;
  const kept = Object.entries(headers).filter(([name]) => KEPT.includes(name));
  return {
    type: "text",
    status: 304,
    body: "",
    contentType: "",
    headers: Object.fromEntries(kept),
  };
}

function names(ifNoneMatch: string, etag: string): boolean {
  return ifNoneMatch
    .split(",")
    .map((each) => each.trim().replace(/^W\//, ""))
    .some((each) => each === "*" || each === etag);
}
