import { expect, it } from "vitest";
import { withoutObjectLiterals } from "./object-literals.js";

const rewritten = (source: string): string => withoutObjectLiterals(source).source;

it("writes object literals as calls, wherever they stand", () => {
  expect(rewritten("Object{}")).toBe('__object("Object",{})');
  expect(rewritten("[JSONPatch{op: 'add', value: Object.a.b {c: 1}}]")).toBe(
    '[__object("JSONPatch",{"op": \'add\', "value": __object("Object.a.b",{"c": 1})})]',
  );
});

it("leaves maps, conditions and texts alone", () => {
  for (const source of [
    "{'a': b, c: d}",
    "a ? b : c",
    "'Object{a: 1}' + \"JSONPatch{\"",
    "object.Object == MyObject",
    "[1, 2].map(x, {x: x})",
  ])
    expect(rewritten(source)).toBe(source);
  expect(rewritten("Object{a: b ? c : d, e: {f: g}}")).toBe(
    '__object("Object",{"a": b ? c : d, "e": {f: g}})',
  );
});

it("knows where everything was", () => {
  const source = "Object{metadata: nope}";
  const { source: text, offsets } = withoutObjectLiterals(source);
  expect(offsets).toHaveLength(text.length);
  expect(offsets[text.indexOf("nope")]).toBe(source.indexOf("nope"));
});

it("leaves what is not closed to the parser", () => {
  expect(rewritten("Object{a: 1")).toBe('__object("Object",{"a": 1');
  expect(rewritten("'open")).toBe("'open");
});
