import { describe, expect, it } from "vitest";
import { canonicalQuantity, compareQuantity, parseQuantity } from "./quantity.js";

describe("canonicalQuantity", () => {
  it.each([
    ["0", "0"],
    ["1", "1"],
    ["1000m", "1"],
    ["1500m", "1500m"],
    ["1.5", "1500m"],
    ["1.5Gi", "1536Mi"],
    ["1024Mi", "1Gi"],
    ["1000Mi", "1000Mi"],
    ["512", "512"],
    ["0.5Gi", "512Mi"],
    ["0.5Ki", "512"],
    ["1Ki", "1Ki"],
    ["1e3", "1e3"],
    ["1E", "1E"],
    ["10000", "10k"],
    ["-5", "-5"],
    ["+5", "5"],
    [".5", "500m"],
    ["5.", "5"],
    ["1n", "1n"],
    ["0.1n", "1n"],
    ["100u", "100u"],
    ["1e-3", "1e-3"],
    ["1.5e3", "1500"],
  ])("%s is stored as %s", (text, canonical) => {
    expect(canonicalQuantity(text)).toBe(canonical);
  });

  it.each(["", "a", "1 Gi", "1gi", "Gi", ".", "1KiB", "--1", "1e", "1e99999"])(
    "%j is no quantity",
    (text) => {
      expect(canonicalQuantity(text)).toBeUndefined();
    },
  );
});

describe("compareQuantity", () => {
  it.each([
    ["1Gi", "1024Mi", 0],
    ["1G", "1Gi", -1],
    ["2", "1500m", 1],
  ])("%s to %s", (left, right, order) => {
    const [a, b] = [parseQuantity(left), parseQuantity(right)];
    expect(a !== undefined && b !== undefined && compareQuantity(a, b)).toBe(order);
  });
});
