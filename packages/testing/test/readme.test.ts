import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";

/** A block of code of the README; it is named by the comment in its first line. */
interface Block {
  readonly language: string;
  readonly name: string;
  readonly text: string;
}

const project = fileURLToPath(new URL("..", import.meta.url));
const readme = readFileSync(join(project, "README.md"), "utf8");
const blocks: readonly Block[] = [...readme.matchAll(/^```(ts|js|yaml)\n([^]*?)^```/gm)].map(
  ([, language = "", text = ""]) => ({
    language,
    name: /^(?:\/\/|#) (\S+\.\w+)\n/.exec(text)?.[1] ?? "script.ts",
    text,
  }),
);

// Inside the package, so that its own name leads to what was built, and what it depends on is found.
let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(project, ".readme-"));
  for (const { name, text } of blocks) writeFileSync(join(folder, name), text);
  const scope = join(folder, "node_modules", "@kubernetes");
  mkdirSync(scope, { recursive: true });
  const clientNode = join(project, "../kubevirt/node_modules/@kubernetes/client-node");
  symlinkSync(clientNode, join(scope, "client-node"));
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({ extends: "../../../tsconfig.base.json", include: ["*.ts"] }),
  );
  writeFileSync(
    join(folder, "vitest.config.mjs"),
    'export default { test: { include: ["*.test.ts"], reporters: ["json"] } };\n',
  );
});

afterAll(() => rmSync(folder, { recursive: true }));

/** Runs Node and gives its output, whatever the outcome. */
function run(args: readonly string[]): Promise<{ output: string; failed: boolean }> {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^VITEST|^NODE_TEST/.test(name)),
  );
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: folder, env }, (error, stdout, stderr) =>
      resolve({ output: `${stdout}${stderr}`, failed: error !== null }),
    );
  });
}

function binOf(name: string, path: string): string {
  return join(dirname(fileURLToPath(import.meta.resolve(`${name}/package.json`))), path);
}

it("every block has a name of its own", () => {
  const names = blocks.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names).toContain("greetings.test.ts");
});

it("every TypeScript block agrees with the types of the built package", async () => {
  expect(await run([binOf("typescript", "bin/tsc"), "--noEmit"])).toEqual({
    output: "",
    failed: false,
  });
}, 120_000);

it("every vitest block passes against the built package", async () => {
  const { output } = await run([binOf("vitest", "vitest.mjs"), "run"]);
  const report = JSON.parse(output.slice(output.indexOf("{"), output.lastIndexOf("}") + 1)) as {
    testResults: {
      name: string;
      message: string;
      assertionResults: { fullName: string; status: string; failureMessages: string[] }[];
    }[];
  };
  const failed = report.testResults.filter(
    ({ assertionResults }) =>
      assertionResults.length === 0 || assertionResults.some(({ status }) => status !== "passed"),
  );
  expect(failed).toEqual([]);
  const files = blocks.filter(({ name }) => name.endsWith(".test.ts"));
  expect(report.testResults).toHaveLength(files.length);
}, 120_000);

it("the block for node:test passes", async () => {
  const files = blocks.filter(({ language }) => language === "js").map(({ name }) => name);
  expect(files).toHaveLength(1);
  const { output, failed } = await run(["--test", ...files]);
  expect({ failed, output: failed ? output : "" }).toEqual({ failed: false, output: "" });
  expect(output).toMatch(/pass 1/);
}, 60_000);

it("the script runs and prints what it says", async () => {
  const script = blocks.find(({ name }) => name === "script.ts")?.text ?? "";
  const [, promised] = /console\.log\(.*\); \/\/ (.*)/.exec(script) ?? [];
  writeFileSync(join(folder, "script.mjs"), script);
  expect(promised).toBeDefined();
  expect(await run(["script.mjs"])).toEqual({ output: `${promised}\n`, failed: false });
}, 60_000);
