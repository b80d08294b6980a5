import { describe, expect, it } from "vitest";

import { formatGoDuration, parseGoDuration } from "./go-duration.js";

describe("Go durations", () => {
  it.each([
    ["0s", 0n],
    ["1ns", 1n],
    ["1.1µs", 1_100n],
    ["2.2ms", 2_200_000n],
    ["3.3s", 3_300_000_000n],
    ["4m5.001s", 245_001_000_000n],
    ["5h6m7.001s", 18_367_001_000_000n],
    ["-1h0m0s", -3_600_000_000_000n],
  ])("%s is printed and read", (text, nanoseconds) => {
    expect(formatGoDuration(nanoseconds)).toBe(text);
    expect(parseGoDuration(text)).toBe(nanoseconds);
  });

  it("reads what it would print otherwise", () => {
    expect(parseGoDuration("90m")).toBe(5_400_000_000_000n);
    expect(parseGoDuration(".5s")).toBe(500_000_000n);
    expect(parseGoDuration("0")).toBe(0n);
  });

  it.each([
    ["", 'invalid duration ""'],
    ["h", 'invalid duration "h"'],
    ["∞", String.raw`invalid duration "\xe2\x88\x9e"`],
    ["5", 'missing unit in duration "5"'],
    ["1d", 'unknown unit "d" in duration "1d"'],
    ["1h-5m", 'unknown unit "h-" in duration "1h-5m"'],
    ["1 s", 'unknown unit " s" in duration "1 s"'],
  ])("refuses %j", (text, why) => {
    expect(() => parseGoDuration(text)).toThrow(`time: ${why}`);
  });
});
