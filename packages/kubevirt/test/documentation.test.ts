import { readFileSync } from "node:fs";

import { expect, it } from "vitest";

import { KUBECONFIG_RULES } from "../src/index.js";

it("lists every rule of the kubeconfig policy, and no other", () => {
  const text = readFileSync(new URL("../../../docs/connecting.md", import.meta.url), "utf8");
  const rows = [...text.matchAll(/^\| `([a-z0-9-]+)` +\| (.*?) +\|$/gm)];
  const listed = Object.fromEntries(rows.map(([, rule = "", words = ""]) => [rule, words]));
  expect(listed).toEqual(KUBECONFIG_RULES);
});
