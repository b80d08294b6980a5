import fc from "fast-check";
import { expect, test } from "vitest";
import { ObjectStore, type StoreState } from "./object-store.js";
import { SortedObjects } from "./sorted-objects.js";

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

test("very many objects in any order are sorted, through saves and restores, and pages of then stay", () => {
  const step = fc.oneof(
    { weight: 8, arbitrary: fc.record({ type: fc.constant("put"), from: fc.nat(3000) }) },
    { weight: 4, arbitrary: fc.record({ type: fc.constant("delete"), from: fc.nat(3000) }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant("save"), from: fc.nat() }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant("restore"), from: fc.nat() }) },
  );
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 25 }), (steps) => {
      const store = new ObjectStore();
      let model = new Map<string, string>();
      let saved: { state: StoreState; model: Map<string, string> } | undefined;
      let then: { version: number; text: string } | undefined;
      const sorted = () => [...model].toSorted(([a], [b]) => (a < b ? -1 : 1));
      const textOf = (objects: readonly object[] | undefined) => JSON.stringify(objects);
      for (const { type, from } of steps) {
        // Each step is of 300 objects, so that runs are halved and emptied.
        for (let index = 0; index < 300; index += 1) {
          const name = `o-${(from + index * 7) % 3000}`;
          if (type === "put")
            model.set(name, textVersion(store.put("things", { metadata: { name } })));
          if (type !== "delete" || !model.has(name)) continue;
          store.delete("things", { metadata: { name } });
          model.delete(name);
        }
        if (type === "save") saved = { state: store.save(), model: new Map(model) };
        if (type === "restore" && saved !== undefined) {
          store.restore(saved.state);
          model = new Map(saved.model);
          then = undefined;
        }
        const { version, objects } = store.list("things");
        expect(objects.map((each) => [nameOf(each), textVersion(each)])).toEqual(sorted());
        if (then !== undefined)
          expect(textOf(store.listAt("things", then.version)?.objects)).toBe(then.text);
        then ??= { version, text: textOf(objects) };
      }
    }),
    { numRuns: 20 },
  );
});

test("a copy goes its own way", () => {
  const first = new SortedObjects(new Map([["a", { value: 1 }]]));
  const copy = first.copy();
  copy.set("b", { value: 2 });
  first.delete("a");
  first.delete("a");
  expect([first.list(), copy.list()]).toEqual([[], [{ value: 1 }, { value: 2 }]]);
});

function nameOf({ metadata }: Record<string, unknown>): string {
  return (metadata as { name: string }).name;
}

function textVersion({ metadata }: Record<string, unknown>): string {
  return (metadata as { resourceVersion: string }).resourceVersion;
}
