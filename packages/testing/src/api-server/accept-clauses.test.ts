import { expect, it } from "vitest";
import { clausesOf } from "./accept-clauses.js";

it.each([
  ["application/json", ["application/json"]],
  ["*", ["*/*"]],
  ["application", []],
  ["application/", []],
  ["application/json/x", []],
  ["application / json", ["application/json"]],
  ["text/html;q=0.5,application/json", ["application/json", "text/html"]],
  ["*/*,application/json", ["application/json", "*/*"]],
  ["application/json;q=0,text/html", ["text/html", "application/json"]],
  ["application/json;q=x,text/html;q=0.1", ["text/html", "application/json"]],
  [",;,application/yaml;;", ["application/yaml"]],
])("%j", (accept, types) => {
  expect(clausesOf(accept).map(({ type }) => type)).toEqual(types);
});

it("reads parameters, their names as they are written", () => {
  expect([
    ...(clausesOf("application/json; as=Table;AS=x;v=;a=b=c;charset")[0]?.parameters ?? []),
  ]).toEqual([
    ["as", "Table"],
    ["AS", "x"],
  ]);
});
