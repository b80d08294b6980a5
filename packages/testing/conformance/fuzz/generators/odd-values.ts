import fc from "fast-check";

import { leaf, treeOf, type JsonTree } from "./json-tree.js";

/** Names that mean something to JavaScript. */
export const prototypeKeys = [
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "hasOwnProperty",
  "valueOf",
  "__defineGetter__",
] as const;

const oddKeys = [
  "",
  " ",
  "Name",
  "KIND",
  "a.b",
  "a/b",
  "a[0]",
  "ключ",
  "\u0000",
  "\u2028",
  "length",
  "0",
  "name",
  "metadata",
  "spec",
  "status",
] as const;

/** A key as JSON text. */
export const keyText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...oddKeys, ...prototypeKeys).map((key) => JSON.stringify(key)),
  fc.constantFrom('"\\u006eame"', '"\\ud800"', '"k"', "k", "5", "null"),
);

/** Numbers at the ends of what Go's types hold, and past them. */
export const numberText = fc.constantFrom(
  "0",
  "-0",
  "-1",
  "1.0",
  "1.5",
  "1e3",
  "1E-2",
  "1e400",
  "2147483647",
  "2147483648",
  "-2147483649",
  "4294967296",
  "9007199254740991",
  "9007199254740993",
  "9223372036854775808",
  "-9223372036854775808",
  "18446744073709551616",
  "123456789012345678901234567890",
  "0.1",
  "1e21",
  "1e-7",
  "3.0000000000000001",
);

export const brokenText = fc.constantFrom(
  "01",
  "+1",
  ".5",
  "1.",
  "-",
  "1e",
  "0x10",
  "NaN",
  "Infinity",
  "nul",
  "True",
  "'a'",
  "undefined",
  '"\\x"',
  '"\\u12"',
  '"\n"',
  '"a',
  "[1,]",
  '{"a":1,}',
  '{"a"}',
  "{a:1}",
  "/* c */ 1",
  "",
  "1 2",
);

/** Characters that Go and JavaScript know alike, however old their Unicode tables are. */
export const anyText = fc.string({
  maxLength: 8,
  unit: fc.oneof(
    fc.string({ minLength: 1, maxLength: 1, unit: "binary-ascii" }),
    fc.constantFrom("é", "ß", "€", "漢", "😀", "\u0301", "\u00a0", "\u200b", "\ufeff", "\uffff"),
  ),
});

const stringText = fc
  .oneof(
    fc.constantFrom(
      "",
      "a",
      "A",
      "a b",
      "-a",
      "a.b",
      "a/b",
      "a/b/c",
      "1",
      "true",
      "null",
      "50%",
      "101%",
      "1Gi",
      "1e3",
      "1999-01-02T03:04:05Z",
      "1999-01-02",
      "AQI",
      "AQI=",
      "é",
      "\u0000",
      "\u007f",
      "\u2028<>&",
      "😀",
      "a".repeat(64),
      "a".repeat(254),
      ...prototypeKeys,
    ),
    anyText,
  )
  .map((text) => JSON.stringify(text));

const escapedText = fc.constantFrom(
  '"\\u0061"',
  '"\\ud83d\\ude00"',
  '"\\ud800"',
  '"\\udc00\\ud800"',
  '"\\/"',
  '"\\u0000"',
);

/** A small valid value that hardly ever fits where it is put. */
export const oddTree: fc.Arbitrary<JsonTree> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("null", "true", "false", "{}", "[]").map(leaf) },
  { weight: 3, arbitrary: numberText.map(leaf) },
  { weight: 4, arbitrary: stringText.map(leaf) },
  { weight: 1, arbitrary: escapedText.map(leaf) },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom<unknown>(
        [null],
        ["a", "a"],
        [1, "b", null],
        [{}],
        [{ name: "a" }, { name: "a" }],
        [[]],
        { a: null },
        { a: "b" },
        { name: "b" },
        { a: { b: [] } },
        { "": "" },
      )
      .map(treeOf),
  },
);
