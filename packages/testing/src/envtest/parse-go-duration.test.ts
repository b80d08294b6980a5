import { expect, it } from "vitest";

import { parseGoDuration } from "./parse-go-duration.js";

it.each([
  ["0", 0],
  ["20s", 20_000],
  ["1m30s", 90_000],
  ["1.5h", 5_400_000],
  ["250ms", 250],
  ["-2s", -2000],
  ["", undefined],
  ["20", undefined],
  ["s", undefined],
  ["20s ", undefined],
])("reads %j as %s milliseconds", (text, expected) => {
  expect(parseGoDuration(text)).toBe(expected);
});
