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
