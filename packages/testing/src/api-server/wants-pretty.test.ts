import { expect, test } from "vitest";
import { wantsPretty } from "./wants-pretty.js";

test.each([
  ["curl/8.5.0", "", true],
  ["Wget/1.21", "", true],
  ["Mozilla/5.0 (X11)", "", true],
  ["kubectl/v1.37.0", "", false],
  ["kubectl/v1.37.0", "pretty=true", true],
  ["kubectl/v1.37.0", "pretty=1", true],
  ["curl/8.5.0", "pretty=false", false],
  ["curl/8.5.0", "pretty=0", false],
])("%s with ?%s: %s", (userAgent, query, expected) => {
  expect(wantsPretty({ userAgent, query: new URLSearchParams(query) })).toBe(expected);
});
