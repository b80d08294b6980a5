import { readFileSync } from "node:fs";
import * as core from "@kvop/core";
import { expect, it } from "vitest";
import * as testing from "../src/index.js";
import * as kubevirt from "../src/kubevirt.js";

/** What the example imports; the package itself from its source. */
const modules: Readonly<Record<string, () => unknown>> = {
  "@kvop/core": () => core,
  "@kvop/testing": () => testing,
  "@kvop/testing/kubevirt": () => kubevirt,
};

it("the first example of the README runs and prints what it says", async () => {
  const text = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const example = /```ts\n([^]*?)```/.exec(text)?.[1] ?? "";
  const [, promised] = /console\.log\(.*\); \/\/ (.*)/.exec(example) ?? [];
  const body = example.replaceAll(
    /^import (\{[^}]*\}) from ("[^"]+");$/gm,
    "const $1 = await load($2);",
  );
  const printed: string[] = [];
  // oxlint-disable-next-line typescript/no-implied-eval -- the README is the code under test
  const run = new Function("load", "console", `return (async () => {${body}})();`) as (
    load: (name: string) => unknown,
    console: { log: (text: unknown) => void },
  ) => Promise<void>;
  await run((name) => modules[name]?.(), { log: (line) => printed.push(String(line)) });
  expect(promised).toBeDefined();
  expect(printed).toEqual([promised]);
});
