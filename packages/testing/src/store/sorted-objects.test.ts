import fc from "fast-check";
import { expect, test } from "vitest";
import { ObjectStore } from "./object-store.js";

const key = fc.constantFrom("a", "b", "c", "d", "e");
const change = fc.record({ name: key, isDelete: fc.boolean(), lists: fc.boolean() });

test("a list is sorted whatever came before, and stays as it was when it was given", () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
      const store = new ObjectStore();
      const model = new Map<string, number>();
      const given: { objects: readonly object[]; copy: string }[] = [];
      for (const [index, { name, isDelete, lists }] of changes.entries()) {
        const object = { metadata: { name }, value: index };
        if (isDelete && model.has(name)) {
          store.delete("things", object);
          model.delete(name);
        } else if (!isDelete) {
          store.put("things", object);
          model.set(name, index);
        }
        if (!lists) continue;
        const { objects } = store.list("things");
        given.push({ objects, copy: JSON.stringify(objects) });
        expect(objects.map(({ value }) => value)).toEqual(
          [...model.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value),
        );
      }
      for (const { objects, copy } of given) expect(JSON.stringify(objects)).toBe(copy);
    }),
  );
});

test("a list at an earlier version is what a list then was", () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
      const store = new ObjectStore();
      const then: { version: number; text: string }[] = [];
      for (const [index, { name, isDelete }] of changes.entries()) {
        const object = { metadata: { name }, value: index };
        if (isDelete && store.get("things", `/${name}`) !== undefined)
          store.delete("things", object);
        else store.put("things", object);
        then.push({ version: store.version, text: JSON.stringify(store.list("things").objects) });
      }
      for (const { version, text } of then)
        expect(JSON.stringify(store.listAt("things", version)?.objects)).toBe(text);
    }),
  );
});
