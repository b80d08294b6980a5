// Packs the packages and uses them as a user would: installs them one by one into an empty project, runs the README's first example
// of each on this Node and on those given (`--node 24`), and compiles each one's declarations alone with skipLibCheck off, by the
// project's TypeScript and by those given (`--typescript 5.6`). Build first.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);
const { values } = parseArgs({
  options: {
    node: { type: "string", multiple: true, default: [] },
    typescript: { type: "string", multiple: true, default: [] },
  },
});

/** Packages in the order in which a user adds them. */
const names = ["core", "kubevirt", "testing", "reconciler"];
/** What comes with a package by its dependencies, as none is published yet. */
const needs = { core: [], kubevirt: ["core"], testing: ["core"], reconciler: ["core", "kubevirt"] };

const work = realpathSync(mkdtempSync(join(tmpdir(), "kvop-packed-")));
try {
  const tarballs = pack();
  const typescripts = [
    dirname(require.resolve("typescript/package.json")),
    ...installTypescripts(),
  ];
  const nodes = [process.execPath, ...values.node.map(findNode)];
  for (const name of names) {
    const project = newProject(`types-${name}`);
    install(
      project,
      [...needs[name], name].map((each) => tarballs[each]),
    );
    if (name === "core") checkInstalledAlone(project);
    for (const typescript of typescripts) compile(project, name, typescript);
    for (const node of nodes) importAll(project, name, node);
    console.log(`@kvop/${name}: installs, imports and compiles by itself`);
  }
  const project = newProject("user");
  const examples = readExamples();
  for (const name of names)
    install(project, [tarballs[name]], name === "testing" ? ["--save-dev"] : []);
  for (const typescript of typescripts) compileExamples(project, examples, typescript);
  for (const node of nodes) await runExamples(project, node, examples);
} finally {
  rmSync(work, { recursive: true, force: true });
}

function run(command, args, options) {
  return execFileSync(command, args, {
    stdio: ["ignore", "pipe", "inherit"],
    encoding: "utf8",
    ...options,
  });
}

function pack() {
  for (const name of names)
    run("npx", ["-y", "pnpm@10", "pack", "--pack-destination", work], {
      cwd: join(root, "packages", name),
    });
  const files = readdirSync(work);
  return Object.fromEntries(
    names.map((name) => [
      name,
      join(
        work,
        files.find((file) => file.startsWith(`kvop-${name}-`)),
      ),
    ]),
  );
}

function newProject(name) {
  const project = join(work, name);
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), JSON.stringify({ private: true, type: "module" }));
  return project;
}

function install(cwd, packages, options = []) {
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
  run("npm", ["install", ...quiet, ...options, ...packages], { cwd });
}

function checkInstalledAlone(project) {
  const installed = readdirSync(join(project, "node_modules")).filter((each) => each[0] !== ".");
  if (installed.join() !== "@kvop")
    throw new Error(`@kvop/core pulls in more than itself: ${installed.join(", ")}`);
}

function installTypescripts() {
  return values.typescript.map((version) => {
    const project = newProject(`typescript-${version}`);
    install(project, [`typescript@${version}`]);
    return join(project, "node_modules/typescript");
  });
}

function findNode(version) {
  return run("npx", ["-y", "-p", `node@${version}`, "node", "-p", "process.execPath"], {
    cwd: work,
  }).trim();
}

/** All entries that need nothing else to be installed. */
function entriesOf(project, name) {
  const manifest = join(project, "node_modules/@kvop", name, "package.json");
  return Object.keys(JSON.parse(readFileSync(manifest, "utf8")).exports)
    .filter((entry) => !["./package.json", "./vitest"].includes(entry))
    .map((entry) => `@kvop/${name}${entry.slice(1)}`);
}

function importAll(project, name, node) {
  const lines = entriesOf(project, name).map((entry) => `await import("${entry}");`);
  writeFileSync(join(project, "import.mjs"), lines.join("\n"));
  run(node, ["import.mjs"], { cwd: project });
}

/** All declarations of a package, as a user of it imports them. */
function compile(project, name, typescript) {
  const lines = entriesOf(project, name).map(
    (entry, index) => `export * as e${index} from "${entry}";`,
  );
  writeFileSync(join(project, "consumer.ts"), lines.join("\n"));
  runTypescript(project, ["consumer.ts"], typescript);
}

function compileExamples(project, examples, typescript) {
  const files = examples.map(({ name, code }) => {
    const file = `${name}.ts`;
    writeFileSync(join(project, file), code);
    return file;
  });
  runTypescript(project, files, typescript);
}

function runTypescript(project, files, typescript) {
  // What `tsc --init` of a user may leave at its default stays at its default.
  const compilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    skipLibCheck: false,
    module: "NodeNext",
    target: "ES2022",
  };
  writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
  try {
    run(process.execPath, [join(typescript, "bin/tsc"), "-p", project]);
  } catch (error) {
    throw new Error(`${files.join(", ")} do not compile with ${typescript}:\n${error.stdout}`, {
      cause: error,
    });
  }
}

/** The README's first example of each package. */
function readExamples() {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  return names.map((name) => {
    const [, code] =
      new RegExp(`\\*\\*${name}\\*\\*[^]*?\`\`\`ts\\n([^]*?)\`\`\``).exec(readme) ?? [];
    if (code === undefined) throw new Error(`README.md has no example of ${name}.`);
    const [, printed] = /console\.log\(.*\); \/\/ (.*)/.exec(code) ?? [];
    if (printed === undefined) throw new Error(`The README's example of ${name} prints nothing.`);
    return { name, code, printed };
  });
}

async function runExamples(project, node, examples) {
  const dir = join(project, "fleet");
  const fleet = spawn(node, ["node_modules/@kvop/testing/bin/kvop-fleet.js", "up", "--dir", dir], {
    cwd: project,
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    for await (const line of createInterface({ input: fleet.stdout }))
      if (line.startsWith("ready")) break;
    const env = { ...process.env, KUBECONFIG: join(dir, "supervisor.kubeconfig") };
    for (const { name, code, printed } of examples) {
      writeFileSync(join(project, "example.mjs"), code);
      const output = run(node, ["example.mjs"], { cwd: project, env }).trim();
      if (output !== printed)
        throw new Error(
          `The README says that ${name} prints "${printed}"; it printed "${output}".`,
        );
    }
  } finally {
    fleet.kill("SIGTERM");
    await once(fleet, "exit");
  }
  const version = run(node, ["--version"]).trim();
  console.log(`the README's examples run on Node ${version}`);
}
