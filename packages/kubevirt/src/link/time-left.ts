import type { CallOptions, Clock } from "@kvop/core";

/**
 * One deadline for all parts of a call: what is given, at each moment, is the options for the next part, with what the parts
 * before have left of `timeoutMs`. A part that comes too late still gets a millisecond, and tells by itself that it was too late.
 */
export function timeLeft<Options extends CallOptions | undefined>(
  options: Options,
  clock: Clock,
): () => Options {
  if (options?.timeoutMs === undefined) return () => options;
  const endMs = clock.monotonic() + options.timeoutMs;
  return () => ({ ...options, timeoutMs: Math.max(endMs - clock.monotonic(), 1) });
}
