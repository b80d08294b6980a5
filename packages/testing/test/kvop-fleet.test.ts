import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";

const program = fileURLToPath(new URL("../bin/kvop-fleet.js", import.meta.url));
const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

test("a fleet runs until SIGTERM, and writes an audit log when told to", async () => {
  const folder = mkdtempSync(join(tmpdir(), "kvop-"));
  folders.push(folder);
  const log = join(folder, "audit.log");
  const args = ["up", "--clusters", "1", "--dir", folder, "--audit-log", log];
  const fleet = spawn(process.execPath, [program, ...args, "--authorization", "AlwaysAllow"]);
  const exited = once(fleet, "exit");
  const lines: string[] = [];
  for await (const line of createInterface({ input: fleet.stdout })) {
    lines.push(line);
    if (line.startsWith("ready")) fleet.kill("SIGTERM");
  }
  expect((await exited)[0]).toBe(0);
  expect(lines.map((line) => line.split(" ")[0])).toEqual([
    "supervisor",
    "cluster-1",
    "ready:",
    "stopped",
  ]);
  expect(readFileSync(log, "utf8")).toContain('"kvop.dev/server":"supervisor"');
}, 60_000);

test.each([
  { what: "a wrong port", args: ["up", "--dir", "x", "--port", "0"], code: 2, says: "1 to 65535" },
  { what: "an unknown flag", args: ["up", "--dir", "x", "--nope"], code: 2, says: "--nope" },
  { what: "a folder in /proc", args: ["up", "--dir", "/proc/nope/x"], code: 1, says: "/proc/nope" },
])("$what is said, with exit code $code", async ({ args, code, says }) => {
  const fleet = spawn(process.execPath, [program, ...args]);
  const exited = once(fleet, "exit");
  const chunks: Buffer[] = [];
  for await (const chunk of fleet.stderr) chunks.push(chunk as Buffer);
  expect((await exited)[0]).toBe(code);
  expect(Buffer.concat(chunks).toString()).toContain(says);
});

test("the version is the package's", async () => {
  const fleet = spawn(process.execPath, [program, "--version"]);
  const [line] = (await once(fleet.stdout, "data")) as [Buffer];
  expect(line.toString()).toMatch(/^\d+\.\d+\.\d+\n$/);
});
