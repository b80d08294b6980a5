import { expect, it } from "vitest";
import { goJsonText } from "./go-json-text.js";

it("escapes what HTML and JavaScript could take for their own", () => {
  expect(goJsonText({ "<k>": "a&b\u2028" })).toBe('{"\\u003ck\\u003e":"a\\u0026b\\u2028"}');
  expect(goJsonText(["<"], 2)).toBe('[\n  "\\u003c"\n]');
});

it("leaves all else as it is", () => {
  expect(goJsonText({ a: "b'\"é/" })).toBe('{"a":"b\'\\"é/"}');
});
