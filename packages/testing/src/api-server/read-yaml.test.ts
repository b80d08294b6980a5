import { describe, expect, it } from "vitest";
import { readYaml } from "./read-yaml.js";

const problemOf = (text: string): string => {
  try {
    return JSON.stringify(readYaml(text).value);
  } catch (error) {
    return error instanceof Error ? error.message : "";
  }
};

// As a real kube-apiserver of 1.37 answered.
describe("readYaml", () => {
  it.each([
    ["1e3", 1000],
    ["1E-2", 0.01],
    ["1e400", "1e400"],
    ["010", 8],
    ["08", 8],
    ["0o17", 15],
    ["0x1F", 31],
    ["-0b11", -3],
    ["1_000", 1000],
    ["1:30", "1:30"],
    ["1999-01-02", "1999-01-02"],
    [".5", 0.5],
  ])("reads %s as %j", (text, value) => {
    expect(readYaml(`a: ${text}`).value).toEqual({ a: value });
  });

  it.each([
    ["a: b\n---\nc: [", '{"a":"b"}'],
    ["---\n---\na: b\n", "null"],
    ["{}x", "{}"],
    ["{a: b}\nc: [", '{"a":"b"}'],
    ['"a":"b"', '"a"'],
    ['"a": b', '{"a":"b"}'],
    ["# c\n", "null"],
    ["{} @", "found character that cannot start any token"],
  ])("reads only the first document of %j", (text, value) => {
    expect(problemOf(text)).toBe(value);
  });

  it.each([
    ['a: "\\/"', "found unknown escape character"],
    ['a: b\nc: "\\ud800"', "line 2: found invalid Unicode character escape code"],
    ['a: "\\U00110000"', "found invalid Unicode character escape code"],
    ['a: "\\u12"', "did not find expected hexdecimal number"],
    ['a: "x', "found unexpected end of stream"],
    ["[1, 2", "line 1: did not find expected ',' or ']'"],
    ["{a: [", "line 1: did not find expected node content"],
    ["{a: b c: d}", "did not find expected ',' or '}'"],
  ])("says of %j: %s", (text, problem) => {
    expect(problemOf(text)).toBe(problem);
  });

  it("takes escapes in a block for what they are", () => {
    expect(readYaml('a: |\n  "\\d"\nb: "\\r"').value).toEqual({ a: '"\\d"\n', b: "\r" });
  });

  it("names the key that comes twice", () => {
    expect(readYaml('{"a":{"b":1,"b":2}}').duplicates).toEqual([
      'line 1: key "b" already set in map',
    ]);
    expect(readYaml("a:\n  b: 1\n  b: 2").duplicates).toEqual([
      'line 3: key "b" already set in map',
    ]);
  });
});
