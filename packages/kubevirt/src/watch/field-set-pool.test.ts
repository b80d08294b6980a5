import { expect, it } from "vitest";

import { FieldSetPool } from "./field-set-pool.js";

const object = (name: string, fieldsV1: Record<string, unknown>) =>
  structuredClone({ metadata: { name, managedFields: [{ manager: name, fieldsV1 }] } });

it("gives equal field sets the same value, and leaves the rest of the object as it is", () => {
  const pool = new FieldSetPool();
  const fields = { "f:data": { ".": {}, "f:a": {} } };
  const a = pool.share(object("a", fields));
  const b = pool.share(object("b", fields));
  const c = pool.share(object("c", { "f:data": { "f:b": {} } }));
  expect(a).toEqual(object("a", fields));
  expect(b).toEqual(object("b", fields));
  const setOf = (of: typeof a) => of.metadata.managedFields[0]?.fieldsV1;
  expect(setOf(b)).toBe(setOf(a));
  expect(setOf(c)).not.toBe(setOf(a));
  expect(Object.isFrozen((setOf(a) as { "f:data": object })["f:data"])).toBe(true);
});

it.each([undefined, null, 5, "text", [], [null], [5], [{}], [{ fieldsV1: null }]])(
  "takes what a server may send instead: %j",
  (managedFields) => {
    const odd = { metadata: { name: "a", managedFields } };
    const shared = new FieldSetPool().share(structuredClone(odd) as object);
    expect(shared).toEqual(odd);
  },
);

it("does not grow with what a server sends", () => {
  const pool = new FieldSetPool();
  const first = pool.share(object("a", { first: {} }));
  for (let index = 0; index < 1024; index += 1) pool.share(object("a", { [`f:${index}`]: {} }));
  const again = pool.share(object("a", { first: {} }));
  expect(again).toEqual(first);
  expect(again.metadata.managedFields[0]?.fieldsV1).not.toBe(
    first.metadata.managedFields[0]?.fieldsV1,
  );
});
