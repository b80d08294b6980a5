import { jitter, type Random } from "@kvop/core";

/** Why a request is sent again. */
export type RetryReason = 429 | 503 | 504 | "reset";

const MAX_THROTTLED_RETRIES = 10;
const MAX_FAILED_RETRIES = 3;
const FIRST_RETRY_MS = 200;

/** A wait before the same request is sent again. */
export interface Retry {
  readonly reason: RetryReason;
  readonly delayMs: number;
}

/**
 * Whether an answer is to be waited out: 429 with Retry-After for any verb, 503 and 504 for GET alone, with a back-off that
 * doubles from 200 to 300 ms on where the server names no time. Nothing else is.
 */
export function retryOfStatus(
  answer: { readonly status: number; readonly retryAfterMs: number | undefined },
  request: { readonly method: string; readonly retries: number },
  random: Random,
): Retry | undefined {
  const { status, retryAfterMs } = answer;
  const { method, retries } = request;
  if (status === 429) {
    if (retryAfterMs === undefined || retries >= MAX_THROTTLED_RETRIES) return undefined;
    // Those who were told the same time must not come back together.
    return { reason: status, delayMs: jitter(random, retryAfterMs) };
  }
  if (status !== 503 && status !== 504) return undefined;
  if (method !== "GET" || retries >= MAX_FAILED_RETRIES) return undefined;
  const delayMs = jitter(random, retryAfterMs ?? FIRST_RETRY_MS * 2 ** retries, 0.5);
  return { reason: status, delayMs };
}
