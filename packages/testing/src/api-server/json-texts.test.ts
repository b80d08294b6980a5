import fc from "fast-check";
import { expect, test } from "vitest";
import type { JsonObject } from "../schema/json.js";
import { JsonTexts } from "./json-texts.js";

const texts = new JsonTexts();

test("an object's text is written once", () => {
  let written = 0;
  const object = {
    get value() {
      written += 1;
      return "a";
    },
  };
  expect([texts.of(object), texts.of(object)]).toEqual(['{"value":"a"}', '{"value":"a"}']);
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
        expect(JSON.parse(texts.ofItem(object))).toEqual(JSON.parse(JSON.stringify(item)));
      },
    ),
  );
});

test("texts that were let go come again", () => {
  const few = new JsonTexts();
  const objects = [1, 2, 3, 4].map((id) => ({ id, text: "x".repeat(3 * 1024 * 1024) }));
  for (const object of [...objects, ...objects])
    expect(few.of(object)).toBe(JSON.stringify(object));
});
