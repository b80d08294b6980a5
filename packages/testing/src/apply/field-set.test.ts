import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FieldSet } from "./field-set.js";
import {
  compareElements,
  fieldElement,
  formatPath,
  keyElement,
  parseElement,
  valueElement,
} from "./path-element.js";

const element = fc.oneof(
  fc.constantFrom("a", "b", "__proto__", "constructor", "x/y").map(fieldElement),
  fc.constantFrom(1, 9, 10).map((port) =>
    keyElement([
      ["port", port],
      ["protocol", "TCP"],
    ]),
  ),
  fc.constantFrom("x", "y", true).map(valueElement),
);
const path = fc.array(element, { minLength: 1, maxLength: 4 });
const set = fc.array(path, { maxLength: 8 }).map((paths) => FieldSet.of(...paths));

const keysOf = (fields: FieldSet): string[] =>
  [...fields.paths()].map((parts) => JSON.stringify(parts)).toSorted();

describe("FieldSet", () => {
  it("reads what it writes", () => {
    fc.assert(
      fc.property(set, (fields) => {
        const read = FieldSet.parse(JSON.parse(JSON.stringify(fields.toJson())));
        expect(read.equals(fields)).toBe(true);
        expect(JSON.stringify(read.toJson())).toBe(JSON.stringify(fields.toJson()));
      }),
    );
  });

  it("is a set of paths", () => {
    fc.assert(
      fc.property(set, set, (left, right) => {
        const [inLeft, inRight] = [keysOf(left), keysOf(right)];
        expect(keysOf(left.union(right))).toEqual([...new Set([...inLeft, ...inRight])].toSorted());
        expect(keysOf(left.intersection(right))).toEqual(
          inLeft.filter((key) => inRight.includes(key)),
        );
        expect(keysOf(left.difference(right))).toEqual(
          inLeft.filter((key) => !inRight.includes(key)),
        );
        expect(left.equals(right)).toBe(JSON.stringify(inLeft) === JSON.stringify(inRight));
        expect(keysOf(left)).toEqual(inLeft);
      }),
    );
  });

  it("takes away what is below, when asked to", () => {
    fc.assert(
      fc.property(set, set, (left, right) => {
        const rest = left.recursiveDifference(right);
        const kept = [...left.paths()].filter(
          (parts) => !parts.some((_part, end) => right.has(parts.slice(0, end + 1))),
        );
        expect(keysOf(rest)).toEqual(kept.map((parts) => JSON.stringify(parts)).toSorted());
      }),
    );
  });

  it("writes elements in the order of the real server", () => {
    const fields = FieldSet.of(
      ["v:2"],
      ["v:10"],
      ['k:{"port":443}'],
      ['k:{"port":80}'],
      ["i:10"],
      ["i:9"],
      ["f:b"],
      ["f:a"],
      ["f:b", "f:c"],
    );
    expect(JSON.stringify(fields.toJson())).toBe(
      '{"f:a":{},"f:b":{".":{},"f:c":{}},"k:{\\"port\\":80}":{},"k:{\\"port\\":443}":{},"v:2":{},"v:10":{},"i:9":{},"i:10":{}}',
    );
  });

  it("puts the keys of an element in order, and skips elements of unknown types", () => {
    expect(
      JSON.stringify(FieldSet.parse({ 'k:{"b": 1,"a":"x"}': {}, "q:later": {} }).toJson()),
    ).toBe('{"k:{\\"a\\":\\"x\\",\\"b\\":1}":{}}');
  });

  it.each(["x", "f", "ab", "k:{", "v:", "i:x", "k:1"])("refuses %j", (key) => {
    expect(() => FieldSet.parse({ [key]: {} })).toThrow(SyntaxError);
  });

  it("shows a path as conflicts do", () => {
    expect(
      formatPath(["f:spec", "f:ports", 'k:{"port":80,"protocol":"TCP"}', "f:name", 'v:"x"', "i:0"]),
    ).toBe('.spec.ports[port=80,protocol="TCP"].name[="x"][0]');
  });

  it("orders elements without contradiction", () => {
    fc.assert(
      fc.property(fc.uniqueArray(element, { minLength: 3, maxLength: 3 }), (elements) => {
        const sorted = elements.toSorted(compareElements);
        expect(elements.toReversed().toSorted(compareElements)).toEqual(sorted);
        expect(sorted.map(parseElement)).toEqual(sorted);
      }),
    );
  });
});
