import { describe, expect, it } from "vitest";
import { compilePrinterColumns, printerColumnCells } from "./table-cells.js";

const OBJECT = {
  metadata: { annotations: { "a.b/c": "ann" }, creationTimestamp: "2026-11-24T02:20:09Z" },
  spec: {
    s: "text",
    l: [{ n: "x" }, { n: "y" }],
    conds: [
      { type: "Ready", status: "True", n: 1 },
      { type: "Other", status: "False", n: 2 },
    ],
    i: 5,
    f: 1.5,
    b: true,
    o: { k: "v", a: [1] },
    nul: null,
    e: "",
    big: 1e15,
    old: "2020-01-01T00:00:00Z",
  },
};

const NOW = Date.parse("2026-11-24T02:23:11Z");

describe("printerColumnCells", () => {
  // Type, path and the cell that kube-apiserver 1.37 showed.
  it.each([
    ["string", ".spec.s", "text"],
    ["string", ".spec.l[*].n", "x"],
    ["string", ".spec.conds[?(@.type=='Ready')].status", "True"],
    ["integer", ".spec.i", 5],
    ["number", ".spec.f", 1.5],
    ["integer", ".spec.f", 1],
    ["boolean", ".spec.b", true],
    ["date", ".metadata.creationTimestamp", "3m2s"],
    ["date", ".spec.s", "<invalid>"],
    ["date", ".spec.old", "6y329d"],
    ["string", ".spec.o", '{"a":[1],"k":"v"}'],
    ["string", ".spec.l", '[{"n":"x"},{"n":"y"}]'],
    ["string", ".spec.b", "true"],
    ["string", ".spec.f", "1.5"],
    ["string", ".spec.zz", null],
    ["integer", ".spec.s", null],
    ["string", ".metadata.annotations.a\\.b/c", "ann"],
    ["string", ".metadata.annotations['a\\.b/c']", "ann"],
    ["string", ".spec.nul", "<no value>"],
    ["string", ".spec.l[0].n", "x"],
    ["string", ".spec.l[-1].n", "y"],
    ["string", ".spec.l[9].n", null],
    ["string", ".spec.e", ""],
    ["string", "..n", "1"],
    ["string", ".spec.o.*", "[1]"],
    ["string", ".spec.l.count()", null],
    ["string", ".spec.conds[?(@.n>1)].type", "Other"],
    ["string", ".spec.conds[?(@.n)].type", "Ready"],
    ["integer", ".spec.big", 1_000_000_000_000_000],
  ])("%s %s", (type, jsonPath, cell) => {
    const columns = compilePrinterColumns([{ name: "C", type, jsonPath }]);
    expect(printerColumnCells(columns, OBJECT, NOW)).toEqual([cell]);
  });
});
