// Installs the packed packages, one by one, into empty projects as a user would, imports every entry on this Node and on the
// Node versions given (`--node 24`), and compiles the declarations alone with skipLibCheck off. Build first.
import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const nodeVersions = process.argv.flatMap((argument, index, all) =>
  argument === "--node" ? [all[index + 1]] : [],
);
const require = createRequire(import.meta.url);
const work = mkdtempSync(join(tmpdir(), "kvop-packed-"));
const run = (command, args, cwd) =>
  execFileSync(command, args, { cwd, stdio: ["ignore", "pipe", "inherit"], encoding: "utf8" });

/** What must be installed beside a package until all are published. */
const needs = { core: [], kubevirt: ["core"], testing: ["core"], reconciler: ["core", "kubevirt"] };

try {
  for (const name of Object.keys(needs))
    run("npx", ["-y", "pnpm@10", "pack", "--pack-destination", work], join(root, "packages", name));
  const tarballs = Object.fromEntries(
    Object.keys(needs).map((name) => [
      name,
      join(
        work,
        readdirSync(work).find((file) => file.startsWith(`kvop-${name}-`)),
      ),
    ]),
  );
  for (const [name, others] of Object.entries(needs)) {
    const project = join(work, `project-${name}`);
    mkdirSync(project);
    writeFileSync(join(project, "package.json"), JSON.stringify({ private: true, type: "module" }));
    run(
      "npm",
      [
        "install",
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
        ...[...others, name].map((each) => tarballs[each]),
      ],
      project,
    );
    const manifest = JSON.parse(
      readFileSync(join(project, "node_modules/@kvop", name, "package.json"), "utf8"),
    );
    const entries = Object.keys(manifest.exports)
      .filter((entry) => entry !== "./package.json" && entry !== "./vitest")
      .map((entry) => `@kvop/${name}${entry.slice(1)}`);
    if (name === "core") {
      const installed = readdirSync(join(project, "node_modules")).filter(
        (entry) => !entry.startsWith("."),
      );
      if (installed.join() !== "@kvop")
        throw new Error(`core pulls in more than itself: ${installed.join(", ")}`);
    }
    writeFileSync(
      join(project, "smoke.mjs"),
      entries
        .map(
          (entry) =>
            `if (Object.keys(await import(${JSON.stringify(entry)})).length === 0) throw new Error("empty");`,
        )
        .join("\n"),
    );
    run(process.execPath, ["smoke.mjs"], project);
    for (const version of nodeVersions)
      run("npx", ["-y", "-p", `node@${version}`, "node", "smoke.mjs"], project);
    compile(project, entries);
    const example = join(root, "scripts", "packed-examples", `${name}.mjs`);
    if (existsSync(example)) {
      cpSync(example, join(project, "example.mjs"));
      run(process.execPath, ["example.mjs"], project);
      for (const version of nodeVersions)
        run("npx", ["-y", "-p", `node@${version}`, "node", "example.mjs"], project);
    }
    console.log(`@kvop/${name}: installs, imports and compiles (${entries.length} entries)`);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}

function compile(project, entries) {
  writeFileSync(
    join(project, "consumer.ts"),
    entries
      .map((entry, index) => `export * as e${index} from ${JSON.stringify(entry)};`)
      .join("\n"),
  );
  const typesRoot = dirname(dirname(require.resolve("@types/node/package.json")));
  writeFileSync(
    join(project, "tsconfig.json"),
    JSON.stringify({
      compilerOptions: {
        strict: true,
        exactOptionalPropertyTypes: true,
        noEmit: true,
        skipLibCheck: false,
        module: "NodeNext",
        moduleResolution: "NodeNext",
        target: "ES2022",
        lib: ["ES2023", "ESNext.Disposable"],
        types: ["node"],
        typeRoots: [typesRoot],
      },
      files: ["consumer.ts"],
    }),
  );
  run(process.execPath, [require.resolve("typescript/bin/tsc"), "-p", project], project);
}
