import { spawnSync } from "node:child_process";
import { cp, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { afterEach, beforeEach, expect, it } from "vitest";

// The sources as a user has them installed, with another client-node beside them or none.
const own = resolve(import.meta.dirname, "..");
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "kvop-client-node-"));
  const modules = join(folder, "node_modules");
  await mkdir(join(modules, "@kvop/kubevirt"), { recursive: true });
  await mkdir(join(modules, "@kubernetes"));
  for (const file of ["package.json", "dist"])
    await cp(join(own, file), join(modules, "@kvop/kubevirt", file), { recursive: true });
  for (const name of ["undici", "js-yaml", "@kvop/core"])
    await symlink(await realpath(join(own, "node_modules", name)), join(modules, name));
});
afterEach(() => rm(folder, { recursive: true }));

/** What getRESTConfigForConfig of the built package says. */
async function outcome(): Promise<string> {
  const program = join(folder, "program.mjs");
  await writeFile(
    program,
    `import { createClusterClient } from "@kvop/core";
import { KubevirtClientManager } from "@kvop/kubevirt";
const objects = (path) => path.includes("/secrets/")
  ? { data: { kubeconfig: Buffer.from(process.argv[2]).toString("base64") } }
  : path.endsWith("/v1alpha1") ? { resources: [{ name: "kubevirtconfigs", namespaced: false }] }
  : path.endsWith("/kubevirtconfigs") ? { metadata: {}, items: [] }
  : { kind: "APIVersions", metadata: { name: "east" }, spec: { name: "east", kubeconfigSecretRef: "a" } };
const transport = {
  request: async ({ path }) => ({ status: 200, headers: {}, body: objects(path) }),
  stream: async () => ({ status: 404, headers: {}, body: {}, events: [] }),
  [Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose")]: async () => undefined,
};
const clientOf = (role) => createClusterClient(transport, { role, name: role });
const manager = new KubevirtClientManager(clientOf("supervisor"), { connect: async () => clientOf("cluster") });
try {
  const config = await manager.getRESTConfigForConfig("east");
  console.log("loaded", config.getCurrentCluster().server);
} catch (error) {
  console.log(error.code, error.message);
}
process.exit();
`,
  );
  const kubeconfig = JSON.stringify({
    clusters: [{ name: "a", cluster: { server: "https://api.example.com" } }],
    users: [{ name: "a", user: { token: "t" } }],
    contexts: [{ name: "a", context: { cluster: "a", user: "a" } }],
    "current-context": "a",
  });
  const { stdout, stderr } = spawnSync(process.execPath, [program, kubeconfig], {
    cwd: folder,
    encoding: "utf8",
  });
  return stdout + stderr;
}

async function install(name: string): Promise<void> {
  const target = join(folder, "node_modules/@kubernetes/client-node");
  await symlink(await realpath(join(own, "node_modules", name)), target);
}

it("without client-node says what to install", async () => {
  expect(await outcome()).toMatch(/^ClientNodeUnusable .*npm i @kubernetes\/client-node@1/);
});

it("with client-node 1 loads it", async () => {
  await install("@kubernetes/client-node");
  expect(await outcome()).toMatch(/^loaded https:\/\/api\.example\.com/);
});

it("with client-node 2 loads it, or says what to install on an older Node", async () => {
  await install("client-node-2");
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const isNew = major > 22 || (major === 22 && minor >= 19);
  expect(await outcome()).toMatch(
    isNew ? /^loaded/ : /^ClientNodeUnusable .*npm i @kubernetes\/client-node@1/,
  );
});

it("is imported without the HTTP library, YAML and client-node, which come when they are needed", async () => {
  for (const name of ["undici", "js-yaml"]) await rm(join(folder, "node_modules", name));
  const program = join(folder, "imports.mjs");
  await writeFile(
    program,
    `import { parseKubeconfig } from "@kvop/kubevirt";
try { parseKubeconfig("a: b"); } catch (error) { console.log(error.code); }
`,
  );
  const { stdout, stderr } = spawnSync(process.execPath, [program], {
    cwd: folder,
    encoding: "utf8",
  });
  expect([stdout.trim(), stderr]).toEqual(["MODULE_NOT_FOUND", ""]);
});
