import fc from "fast-check";
import { expect, test } from "vitest";
import type { JsonObject } from "../schema/json.js";
import { JsonBytes } from "./json-bytes.js";

const bytes = new JsonBytes();
const itemsOf = (objects: readonly JsonObject[], hasTypes: boolean): unknown =>
  JSON.parse(bytes.list({ kind: "List" }, objects, { hasTypes }).bytes.toString()).items;

test("an object is written once", () => {
  let written = 0;
  const object = {
    get value() {
      written += 1;
      return "a";
    },
  };
  expect(bytes.of(object).toString()).toBe('{"value":"a"}\n');
  expect(bytes.of(object)).toBe(bytes.of(object));
  expect(written).toBe(1);
});

test("an item is the object without its type, wherever that stands", () => {
  fc.assert(
    fc.property(
      fc.record({ before: fc.boolean(), swapped: fc.boolean(), kind: fc.string() }),
      fc.dictionary(fc.string(), fc.jsonValue()),
      ({ before, swapped, kind }, rest) => {
        const type = swapped ? { apiVersion: "v1", kind } : { kind, apiVersion: "v1" };
        const object = (before ? { ...type, ...rest } : { ...rest, ...type }) as JsonObject;
        const { kind: _kind, apiVersion: _apiVersion, ...item } = object;
        const asWritten = (value: JsonObject): unknown => JSON.parse(JSON.stringify(value));
        expect(itemsOf([object], false)).toEqual([asWritten(item)]);
        expect(itemsOf([object, object], true)).toEqual([asWritten(object), asWritten(object)]);
      },
    ),
  );
});

test("a list says what it is, with any number of items", () => {
  const list = { apiVersion: "v1", kind: "ThingList", metadata: { resourceVersion: "7" } };
  for (const count of [0, 1, 2, 3]) {
    const objects = Array.from({ length: count }, (_, id) => ({ kind: "Ä", apiVersion: "v1", id }));
    const text = bytes.list(list, objects, { hasTypes: false }).bytes.toString();
    expect(text.endsWith("}\n")).toBe(true);
    expect(JSON.parse(text)).toEqual({ ...list, items: objects.map(({ id }) => ({ id })) });
  }
});

test("bytes that were let go come again", () => {
  const few = new JsonBytes();
  const objects = [1, 2, 3, 4].map((id) => ({ id, text: "x".repeat(3 * 1024 * 1024) }));
  for (const object of [...objects, ...objects])
    expect(few.of(object).toString()).toBe(`${JSON.stringify(object)}\n`);
});
