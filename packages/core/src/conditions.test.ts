import fc from "fast-check";
import { expect, test } from "vitest";
import { findCondition, setCondition } from "./conditions.js";
import type { Condition } from "./client/kubernetes-object.js";

const status = fc.constantFrom("True" as const, "False" as const, "Unknown" as const);
const condition = fc.record({ type: fc.constantFrom("A", "B", "C"), status, reason: fc.string() });

test("lastTransitionTime moves with the status and with nothing else", () => {
  let list = setCondition(undefined, { type: "Ready", status: "False", reason: "Starting" }, "t1");
  list = setCondition(list, { type: "Ready", status: "False", reason: "Waiting" }, "t2");
  expect(list).toEqual([
    { type: "Ready", status: "False", reason: "Waiting", lastTransitionTime: "t1" },
  ]);
  list = setCondition(list, { type: "Ready", status: "True", reason: "Up" }, "t3");
  expect(findCondition(list, "Ready")?.lastTransitionTime).toBe("t3");
});

test("sets, and never appends a second one of a type", () => {
  fc.assert(
    fc.property(fc.array(condition), (changes) => {
      let list: Condition[] = [];
      for (const [index, change] of changes.entries())
        list = setCondition(list, change, `t${index}`);
      const types = list.map(({ type }) => type);
      expect(new Set(types).size).toBe(types.length);
      for (const change of changes) {
        const last = changes.findLast(({ type }) => type === change.type);
        expect(findCondition(list, change.type)).toMatchObject({
          status: last?.status,
          reason: last?.reason,
        });
      }
    }),
  );
});

test("heals a list that another writer appended to", () => {
  const bad: Condition[] = [
    { type: "Ready", status: "False", lastTransitionTime: "t1" },
    { type: "Ready", status: "True", lastTransitionTime: "t2" },
    { type: "Other", status: "True" },
  ];
  const list = setCondition(bad, { type: "Ready", status: "True" }, "t3");
  expect(list.map(({ type }) => type)).toEqual(["Ready", "Other"]);
});
