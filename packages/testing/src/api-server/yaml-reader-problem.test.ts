import { expect, it } from "vitest";
import { yamlReaderProblem } from "./yaml-reader-problem.js";

it.each([
  [[0x61, 0xff], "invalid leading UTF-8 octet"],
  [[0x61, 0xc3], "incomplete UTF-8 octet sequence"],
  [[0xc3, 0x28], "invalid trailing UTF-8 octet"],
  [[0xc0, 0x80], "invalid length of a UTF-8 sequence"],
  [[0xed, 0xa0, 0x80], "invalid Unicode character"],
  [[0x61, 0x00], "control characters are not allowed"],
  [[0x61, 0xef, 0xbf, 0xbf], "control characters are not allowed"],
  [[0x61, 0xef, 0xbb, 0xbf], undefined],
  [[0xef, 0xbb, 0xbf, 0x61], undefined],
  [[...Buffer.from("é: 漢\t😀\n")], undefined],
])("%j: %s", (bytes, problem) => {
  expect(yamlReaderProblem(Uint8Array.from(bytes))).toBe(problem);
});
