import { describe, expect, test } from "vitest";
import { ManualClock } from "../test/manual-clock.js";
import { formatMicroTime, formatTime, parseTime, sleep, systemClock } from "./clock.js";

describe("sleep", () => {
  test("ends at its time, or with the signal's reason and no timer left", async () => {
    const clock = new ManualClock();
    const abort = new AbortController();
    const slept = sleep(clock, 10).then(() => "slept");
    const aborted = sleep(clock, 10, { signal: abort.signal }).catch((error: unknown) => error);
    const reason = new Error("enough");
    abort.abort(reason);
    expect(await aborted).toBe(reason);
    expect(clock.pendingTimers).toBe(1);
    await clock.advance(10);
    expect(await slept).toBe("slept");
    await expect(sleep(clock, 10, { signal: abort.signal })).rejects.toBe(reason);
  });
});

describe("times", () => {
  test("are written as the API server writes them and read back", () => {
    const ms = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
    expect(formatTime(ms)).toBe("2026-01-02T03:04:05Z");
    expect(formatMicroTime(ms)).toBe("2026-01-02T03:04:05.678000Z");
    expect(parseTime("2026-01-02T04:04:05.678+01:00")).toBe(ms);
  });

  test.each([
    "",
    "yesterday",
    "2026-01-02",
    "2026-13-02T03:04:05Z",
    "2026-02-30T00:00:00Z",
    "2026-01-02T24:00:00Z",
    "2026-01-02T03:04:05",
  ])("%j is no time", (text) => expect(parseTime(text)).toBeUndefined());

  test("the 29th of February is a day of leap years", () => {
    expect(parseTime("2024-02-29T00:00:00Z")).toBe(Date.UTC(2024, 1, 29));
    expect(parseTime("2026-02-29T00:00:00Z")).toBeUndefined();
  });
});

test("a delay longer than a timer can hold does not fire at once", () => {
  const fired: string[] = [];
  const timer = systemClock.setTimer(() => fired.push("fired"), 2 ** 40, { background: true });
  timer.cancel();
  expect(fired).toEqual([]);
});
