import { expect, test } from "vitest";
import { ObjectStore } from "./object-store.js";

const object = (name: string, value: number) => ({ metadata: { name }, value });
const values = (store: ObjectStore) => store.list("things").objects.map(({ value }) => value);

test("a saved state stays as it was, and comes back whole", () => {
  const store = new ObjectStore();
  store.put("things", object("a", 1));
  store.put("others", object("b", 1));
  const saved = store.save();
  store.put("things", object("a", 2));
  store.put("things", object("c", 3));
  store.delete("others", object("b", 1));
  expect([...(saved.resources.get("things")?.values() ?? [])]).toMatchObject([{ value: 1 }]);

  store.restore(saved);
  expect(values(store)).toEqual([1]);
  expect(store.get("others", "/b")).toBeDefined();
  store.put("things", object("a", 4));
  store.restore(saved);
  expect(values(store)).toEqual([1]);
});

test("versions go on after a restore, and what is from before is too old", () => {
  const store = new ObjectStore();
  const saved = store.save();
  const { metadata } = store.put("things", object("a", 1)) as unknown as {
    metadata: { resourceVersion: string };
  };
  store.restore(saved);
  const version = Number(metadata.resourceVersion);
  expect(store.version).toBeGreaterThan(version);
  expect(store.changesAfter("things", version)).toBeUndefined();
  expect(store.listAt("things", version)).toBeUndefined();
});

test("a server that lost its data begins at the versions of then", () => {
  const store = new ObjectStore();
  const saved = store.save();
  store.put("things", object("a", 1));
  store.restore(saved, { version: "saved" });
  expect(store.version).toBe(saved.version);
});

test("who listens is told of a restore until it stops to listen", () => {
  const store = new ObjectStore();
  let calls = 0;
  const stop = store.onReset(() => {
    calls += 1;
  });
  store.restore(store.save());
  stop();
  store.restore(store.save());
  expect(calls).toBe(1);
});

test("a state is put back into another store", () => {
  const [first, second] = [new ObjectStore(), new ObjectStore()];
  first.put("things", object("a", 1));
  second.restore(first.save());
  second.put("things", object("b", 2));
  expect([values(first), values(second)]).toEqual([[1], [1, 2]]);
});

test("seeded objects are made at the first look, with the versions of the moment they were promised", () => {
  const store = new ObjectStore();
  let made = 0;
  store.seed("things", 2, () => {
    made += 1;
    return [object("a", 1), object("b", 2)];
  });
  const other = store.put("others", object("c", 3));
  expect(made).toBe(0);
  expect(store.list("things").objects.map(({ metadata }) => metadata)).toEqual([
    { name: "a", resourceVersion: "2" },
    { name: "b", resourceVersion: "3" },
  ]);
  expect(other["metadata"]).toMatchObject({ resourceVersion: "4" });
  expect(values(store)).toEqual([1, 2]);
  expect(made).toBe(1);
});

test("seeded objects can be changed, saved and restored like any other", () => {
  const store = new ObjectStore();
  store.seed("things", 1, () => [object("a", 1)]);
  const saved = store.save();
  store.put("things", object("a", 2));
  expect(values(store)).toEqual([2]);
  const fresh = new ObjectStore();
  fresh.seed("things", 1, () => [object("z", 9)]);
  fresh.restore(saved);
  expect(values(fresh)).toEqual([1]);
});

test("no change tells of seeded objects: who asks for them from before is too late", () => {
  const store = new ObjectStore();
  const { version } = store;
  store.seed("things", 1, () => [object("a", 1)]);
  expect(store.changesAfter("things", version)).toBeUndefined();
  expect(store.changesAfter("things", store.version)).toEqual([]);
});

test("who listens for one name is told of that one alone, until it stops", () => {
  const store = new ObjectStore();
  const told: [string, unknown][] = [];
  const tell =
    (who: string) =>
    ({ object: { value } }: { readonly object: { value?: unknown } }): void =>
      void told.push([who, value]);
  const stopOne = store.subscribe("things", tell("a alone"), "a");
  store.subscribe("things", tell("all"));
  store.subscribe("others", tell("others"), "a");
  store.put("things", object("a", 1));
  store.put("things", object("b", 2));
  store.delete("things", object("a", 3));
  stopOne();
  stopOne();
  store.put("things", object("a", 4));
  expect(told).toEqual([
    ["all", 1],
    ["a alone", 1],
    ["all", 2],
    ["all", 3],
    ["a alone", 3],
    ["all", 4],
  ]);
});
