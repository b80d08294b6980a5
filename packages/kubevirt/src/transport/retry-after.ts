import { parseTime } from "@kvop/core";

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/**
 * Milliseconds that a `Retry-After` header asks to wait (RFC 9110 10.2.3): seconds, or a date; undefined when it is neither.
 *
 * @param nowMs Milliseconds since 1970.
 */
export function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const timeMs = parseHttpDate(text);
  return timeMs === undefined ? undefined : Math.max(0, timeMs - nowMs);
}

/** `Sun, 06 Nov 1994 08:49:37 GMT`, the only form that servers may still write. */
function parseHttpDate(text: string): number | undefined {
  const [, day, month = "", year, time] =
    /^\w{3}, (\d{2}) (\w{3}) (\d{4}) (\d{2}:\d{2}:\d{2}) GMT$/.exec(text) ?? [];
  const number = MONTHS.indexOf(month) + 1;
  if (number === 0) return undefined;
  return parseTime(`${year}-${String(number).padStart(2, "0")}-${day}T${time}Z`);
}
