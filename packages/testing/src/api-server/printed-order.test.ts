import { expect, it } from "vitest";
import { inPrintedOrder, inPrintedOrderUnversioned } from "./printed-order.js";

const object = () => ({
  spec: { z: 1, a: [{ y: 1, b: 2 }] },
  metadata: { labels: {}, other: "kept", uid: "u", name: "n" },
  apiVersion: "v1",
  kind: "K",
});

it("orders the fields of a built-in object as Go has them", () => {
  expect(JSON.stringify(inPrintedOrder(object(), { isCustom: false }))).toBe(
    '{"kind":"K","apiVersion":"v1","metadata":{"name":"n","uid":"u","labels":{},"other":"kept"},"spec":{"z":1,"a":[{"y":1,"b":2}]}}',
  );
});

it("orders the fields of a custom object by name, at every depth", () => {
  expect(JSON.stringify(inPrintedOrder(object(), { isCustom: true }))).toBe(
    '{"apiVersion":"v1","kind":"K","metadata":{"labels":{},"name":"n","other":"kept","uid":"u"},"spec":{"a":[{"b":2,"y":1}],"z":1}}',
  );
});

it("keeps a place for the first version", () => {
  const { metadata } = inPrintedOrderUnversioned(object(), { isCustom: false });
  expect(Object.keys(metadata as object).slice(0, 3)).toEqual(["name", "uid", "resourceVersion"]);
});
