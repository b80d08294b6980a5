import type { ApiResponse } from "./api-request.js";

/** Go sends no warning that could break the header. */
const CONTROL = /\p{Cc}/u;

/** An answer that also warns of something. */
export function withWarnings(answer: ApiResponse, texts: readonly string[]): ApiResponse {
  if (texts.length === 0 || answer.type === "raw") return answer;
  const before = answer.headers?.["warning"];
  const warnings = [...(before === undefined ? [] : [before]), ...texts.flatMap(warningOf)];
  if (warnings.length === 0) return answer;
  return { ...answer, headers: { ...answer.headers, warning: warnings.join(", ") } };
}

/** A warning as a header says it (RFC 7234, 5.5); none of a text that no header can hold. */
export function warningOf(text: string): string[] {
  return CONTROL.test(text) ? [] : [`299 - "${text.replaceAll(/["\\]/g, "\\$&")}"`];
}
