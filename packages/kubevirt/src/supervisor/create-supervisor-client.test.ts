import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { systemClock } from "@kvop/core";
import { afterEach, beforeEach, expect, it } from "vitest";

import { type ClusterServer, startClusterServer } from "../../test/cluster-server.js";
import { createSupervisorClient } from "./create-supervisor-client.js";
import { readInClusterConnection } from "./read-in-cluster-connection.js";

let server: ClusterServer;
let folder: string;

beforeEach(async () => {
  server = await startClusterServer();
  folder = await mkdtemp(join(tmpdir(), "kvop-supervisor-"));
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

async function write(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

const filesText = (): string =>
  server
    .kubeconfig()
    .replace(/certificate-authority-data: .*/, "certificate-authority: ca.crt")
    .replace(/token: .*/, "tokenFile: token");

it("connects by inline credentials", async () => {
  const kubeconfigPath = await write("config", server.kubeconfig());
  const client = await createSupervisorClient({ kubeconfigPath });
  try {
    expect(client.role).toBe("supervisor");
    expect((await client.request({ method: "GET", path: "/api" })).status).toBe(200);
  } finally {
    await client[Symbol.asyncDispose]();
  }
});

it("follows file paths, from the kubeconfig's folder", async () => {
  const kubeconfigPath = await write("config", filesText());
  await write("ca.crt", server.caPem);
  await write("token", `${server.token}\n`);
  const client = await createSupervisorClient({ kubeconfigPath });
  try {
    expect((await client.request({ method: "GET", path: "/api" })).status).toBe(200);
  } finally {
    await client[Symbol.asyncDispose]();
  }
});

it("names the file that is missing", async () => {
  const kubeconfigPath = await write("config", filesText());
  await expect(createSupervisorClient({ kubeconfigPath })).rejects.toMatchObject({
    code: "KubeconfigInvalid",
    message: expect.stringContaining("ca.crt") as string,
  });
});

it("runs no program", async () => {
  const text = server.kubeconfig().replace(/token: .*/, "exec: { command: touch, args: [x] }");
  const kubeconfigPath = await write("config", text);
  await expect(createSupervisorClient({ kubeconfigPath })).rejects.toMatchObject({ rule: "exec" });
});

it("reads the service account of a Pod", async () => {
  await write("ca.crt", server.caPem);
  await write("token", `${server.token}\n`);
  const { connection } = await readInClusterConnection({
    host: "fd00::1",
    port: "443",
    folder,
    nowMs: systemClock.now(),
  });
  expect(connection).toMatchObject({ server: "https://[fd00::1]:443", token: server.token });
});
