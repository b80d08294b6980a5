import { expect, test } from "vitest";
import { builtInResources } from "../built-in/built-in-resources.js";
import { cellsOf } from "./built-in-cells.js";

const EVERY_KIND = new Set(["Name", "Age", "Created At"]);

test("every column of every built-in kind has a cell", () => {
  const missing = builtInResources().flatMap(({ group, plural, columns }) => {
    const cells = cellsOf(group === "events.k8s.io" ? `/${plural}` : `${group}/${plural}`);
    return columns
      .filter(({ name }) => !EVERY_KIND.has(name) && cells?.[name] === undefined)
      .map(({ name }) => `${group}/${plural}: ${name}`);
  });
  expect(missing).toEqual([]);
});

test("cells bear objects that hold nothing but a name", () => {
  const object = { metadata: { name: "a" } };
  for (const { group, plural, columns } of builtInResources()) {
    const cells = cellsOf(group === "events.k8s.io" ? `/${plural}` : `${group}/${plural}`) ?? {};
    for (const { name } of columns)
      expect(cells[name]?.(object, 0), `${group}/${plural}: ${name}`).not.toBe(null);
  }
});
