import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Machine, Namespace } from "@kvop/core";
import { type Fleet, machine, startFleet } from "@kvop/testing";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

const BIN = fileURLToPath(new URL("../bin/kvop.js", import.meta.url));

/** The tokens and the key lines of kubeconfigs, as they stand there and decoded. */
async function secretsOf(paths: readonly string[]): Promise<string[]> {
  const texts = await Promise.all(paths.map((path) => readFile(path, "utf8")));
  const secrets = texts.flatMap((text) =>
    [...text.matchAll(/(?:token|client-key-data): *"?([^"\s]+)/g)].flatMap(([, value = ""]) => [
      value,
      ...Buffer.from(value, "base64")
        .toString("latin1")
        .split("\n")
        .filter((line) => line.length > 30 && !line.startsWith("-----")),
    ]),
  );
  expect(secrets.length).toBeGreaterThanOrEqual(paths.length);
  return secrets;
}

/** One run of the command line, with what it has printed so far. */
class Run {
  readonly child: ChildProcess;
  output = "";

  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.child = spawn(process.execPath, [BIN, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { PATH: process.env["PATH"], ...env },
    });
    for (const stream of [this.child.stdout, this.child.stderr])
      if (stream !== null)
        createInterface({ input: stream }).on("line", (line) => (this.output += `${line}\n`));
  }

  async exitCode(): Promise<number | null> {
    if (this.child.exitCode === null) await once(this.child, "close");
    return this.child.exitCode;
  }
}

describe("kvop", () => {
  let dir: string;
  let fleet: Fleet | undefined;
  const runs: Run[] = [];

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "kvop-command-"));
  });
  afterEach(async () => {
    for (const { child } of runs.splice(0)) child.kill("SIGKILL");
    await fleet?.[Symbol.asyncDispose]();
    fleet = undefined;
    await rm(dir, { recursive: true, force: true });
  });

  function run(args: readonly string[], env?: Readonly<Record<string, string>>): Run {
    const started = new Run(args, env);
    runs.push(started);
    return started;
  }

  it("says its version and how it is used", async () => {
    const version = run(["--version"]);
    expect(await version.exitCode()).toBe(0);
    expect(version.output).toMatch(/^\d+\.\d+\.\d+\n$/);
    const help = run(["run", "--help"]);
    expect(await help.exitCode()).toBe(0);
    expect(help.output).toContain("kvop run --kubeconfig supervisor.kubeconfig");
  });

  it.each([
    { what: "an unknown flag", args: ["run", "--nope"], env: {} },
    { what: "a wrong count", args: ["run", "--concurrency", "none"], env: {} },
    { what: "a wrong level", args: ["run"], env: { LOG_LEVEL: "loud" } },
    { what: "a wrong form of lines", args: ["run"], env: { LOG_JSON: "yes" } },
  ])("$what ends with exit code 2", async ({ args, env }) => {
    expect(await run(args, env).exitCode()).toBe(2);
  });

  it("a kubeconfig that is not there ends with exit code 1 and says what to do", async () => {
    const missing = run(["run", "--kubeconfig", join(dir, "nowhere")]);
    expect(await missing.exitCode()).toBe(1);
    expect(missing.output).toContain("cannot be read");
  });

  it("a cluster without the CRDs is told from a supervisor", async () => {
    fleet = await startFleet({ clusters: 0, bare: true, dir });
    const started = run(["run", "--kubeconfig", fleet.supervisor.kubeconfigPath]);
    expect(await started.exitCode()).toBe(1);
    expect(started.output).toContain("does not serve machines.vitistack.io");
    expect(started.output).toContain("Install its CustomResourceDefinition");
  });

  it("serves Machines until SIGTERM, and stops with exit code 0", async () => {
    fleet = await startFleet({ clusters: 1, dir });
    const { client, kubeconfigPath } = fleet.supervisor;
    const started = run(["run"], { KUBECONFIG: kubeconfigPath, LOG_LEVEL: "debug" });
    await client.create(Namespace, {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: "shop" },
    });
    await client.create(Machine, machine({ metadata: { name: "web", namespace: "shop" } }));
    await vi.waitFor(
      async () => {
        const web = await client.get(Machine, { namespace: "shop", name: "web" });
        expect(web.status?.phase).toBe("Running");
      },
      { timeout: 15_000 },
    );
    started.child.kill("SIGTERM");
    expect(await started.exitCode()).toBe(0);
    expect(started.output).toContain('"message":"ready: serves Machines"');
    expect(started.output).toContain("stops: finishes what is in hand");
    for (const secret of await secretsOf([kubeconfigPath, join(dir, "cluster-1.kubeconfig")])) {
      expect(started.output.includes(secret), "a credential was printed").toBe(false);
    }
  }, 30_000);
});
