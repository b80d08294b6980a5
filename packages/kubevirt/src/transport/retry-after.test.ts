import { expect, it } from "vitest";

import { retryAfterMs } from "./retry-after.js";

const NOW = 784_111_777_000; // 1994-11-06T08:49:37Z

it.each([
  ["0", 0],
  ["2", 2000],
  [" 30 ", 30_000],
  ["Sun, 06 Nov 1994 08:49:42 GMT", 5000],
  ["Sun, 06 Nov 1994 08:49:37 GMT", 0],
  ["Sun, 06 Nov 1994 08:00:00 GMT", 0],
])("reads %j", (header, expected) => {
  expect(retryAfterMs(header, NOW)).toBe(expected);
});

it.each([
  undefined,
  "",
  "-1",
  "1.5",
  "soon",
  "1e3",
  "99999999999",
  "Sun, 06 Foo 1994 08:49:37 GMT",
])("takes no %j", (header) => {
  expect(retryAfterMs(header, NOW)).toBeUndefined();
});
