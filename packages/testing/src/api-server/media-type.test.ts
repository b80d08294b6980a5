import { describe, expect, it } from "vitest";
import { parseMediaType } from "./media-type.js";

describe("parseMediaType", () => {
  it.each([
    ["application/json", "application/json"],
    [" Application/JSON ", "application/json"],
    ["application/json;", "application/json"],
    ["application/json; charset=utf-8", "application/json"],
    ["application/json;a=b;a=b", "application/json"],
    ['application/json;a="x;\\"y"; b=c', "application/json"],
    ["json", "json"],
  ])("reads %j", (header, type) => {
    expect(parseMediaType(header)).toBe(type);
  });

  it.each([
    "",
    ";a=b",
    "/json",
    "application/",
    "application/json/x",
    "application / json",
    "application/json,application/yaml",
    "application/json;;",
    "application/json;a",
    "application/json;a=",
    'application/json;a="b',
    "application/json;a=b c",
    "application/json;a=b;A=c",
  ])("refuses %j", (header) => {
    expect(parseMediaType(header)).toBeUndefined();
  });
});
