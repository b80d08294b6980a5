import { goQuote } from "../schema/go-format.js";
import type { ApiResponse } from "./api-request.js";

const SPECIAL_VERBS = ["watch", "proxy"];

/**
 * `/api/v1/watch` of nothing: the real server fails before it knows what is asked for. Undefined for any other path.
 *
 * @param url the path as it was sent, with its query.
 */
export function answerIncompletePath(
  path: readonly string[],
  url: string,
): ApiResponse | undefined {
  const parts = path[0] === "" ? path.slice(1) : path;
  const at = parts[0] === "api" ? 2 : parts[0] === "apis" ? 3 : undefined;
  if (at === undefined || parts.length !== at + 1) return undefined;
  if (!SPECIAL_VERBS.includes(parts[at] ?? "")) return undefined;
  const why = `failed to create RequestInfo: unable to determine kind and namespace from url, ${url}`;
  const text = `Internal Server Error: ${goQuote(url)}: ${why}\n`;
  const body = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return { type: "text", status: 500, body };
}
