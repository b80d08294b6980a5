import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

import {
  Namespace,
  type OwnedClient,
  type SupervisorClient,
  systemClock,
  systemRandom,
} from "@kvop/core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { ManualClock } from "../../../core/test/manual-clock.js";
import { createCertificateAuthority } from "../../../testing/src/authentication/certificate-authority.js";
import { type ClusterServer, startClusterServer } from "../../test/cluster-server.js";
import { createSupervisorClient } from "./create-supervisor-client.js";
import { readInClusterConnection } from "./read-in-cluster-connection.js";
import { readTrustedKubeconfig } from "./read-trusted-kubeconfig.js";

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
  const options = { host: "fd00::1", port: "443", folder, clock: systemClock };
  const { connection } = await readInClusterConnection(options);
  expect(connection).toMatchObject({ server: "https://[fd00::1]:443", token: server.token });
});

it("takes part inline and part from files", async () => {
  const pair = createCertificateAuthority({ clock: systemClock, random: systemRandom }).issueClient(
    { user: "admin" },
  );
  const certificate = Buffer.from(pair.certPem).toString("base64");
  const lines = `client-certificate-data: ${certificate}\n      client-key: key.pem`;
  await write("key.pem", pair.keyPem);
  const path = await write("config", server.kubeconfig().replace(/token: .*/, lines));
  const { connection } = await readTrustedKubeconfig([path], { clock: systemClock });
  expect(connection).toMatchObject({
    clientCertificatePem: pair.certPem,
    clientKeyPem: pair.keyPem,
    caPem: server.caPem,
  });
});

it("merges several files as kubectl does, each with its own folder", async () => {
  await mkdir(join(folder, "a"));
  await write("a/token", "of-a");
  const first = await write("a/config", "users: [{ name: admin, user: { tokenFile: token } }]");
  const second = await write("config", server.kubeconfig());
  const { connection } = await readTrustedKubeconfig([first, second], { clock: systemClock });
  expect(connection).toMatchObject({ token: "of-a", server: server.url });
});

describe("in a Pod", () => {
  let clock: ManualClock;
  let client: OwnedClient<SupervisorClient>;

  beforeEach(async () => {
    vi.stubEnv("KUBECONFIG", "");
    vi.stubEnv("KUBERNETES_SERVICE_HOST", "127.0.0.1");
    vi.stubEnv("KUBERNETES_SERVICE_PORT", new URL(server.url).port);
    clock = new ManualClock();
    await write("ca.crt", server.caPem);
    await write("token", server.token);
    client = await createSupervisorClient({ serviceAccountFolder: folder, clock });
  });
  afterEach(async () => {
    await client[Symbol.asyncDispose]();
    await vi.waitFor(() => expect(server.sockets.size).toBe(0));
    vi.unstubAllEnvs();
  });
  const get = async (): Promise<number> =>
    (await client.request({ method: "GET", path: "/api" })).status;

  it("reads the token again as it rotates, at most once a minute", async () => {
    expect(await get()).toBe(200);
    server.token = "the-next-token";
    await write("token", server.token);
    await clock.advance(59_000);
    await expect(get()).rejects.toMatchObject({ httpStatus: 401 });
    await clock.advance(1000);
    expect(await get()).toBe(200);
    // The connection is the one that it was.
    expect(server.connections).toBe(1);
  });

  it.each(["", "two words", undefined])("keeps the token while its file holds %j", async (text) => {
    if (text === undefined) await rm(join(folder, "token"));
    else await write("token", text);
    await clock.advance(60_000);
    expect(await get()).toBe(200);
    server.token = "the-next-token";
    await write("token", server.token);
    await clock.advance(5000);
    expect(await get()).toBe(200);
  });

  it("trusts another CA once that has rotated, while what is open goes on", async () => {
    server.intercept = (request, response) => {
      if (request.url?.includes("watch=true") !== true) return false;
      response.writeHead(200, { "content-type": "application/json" });
      response.write('{"type":"ADDED","object":{"metadata":{"name":"a"}}}\n');
      watches.push(response);
      return true;
    };
    const watches: ServerResponse[] = [];
    const seen: unknown[] = [];
    const watching = (async () => {
      for await (const event of client.watch(Namespace)) seen.push(event.type);
    })();
    expect(await get()).toBe(200);
    await vi.waitFor(() => expect(seen).toHaveLength(1));
    await write("ca.crt", server.rotateAuthority());
    await clock.advance(60_000);
    expect(await get()).toBe(200);
    expect(server.connections).toBe(3);
    watches[0]?.write('{"type":"MODIFIED","object":{"metadata":{"name":"a"}}}\n');
    await vi.waitFor(() => expect(seen).toHaveLength(2));
    // The pooled connection of the old CA is closed; its watch is the last, and then the new pool's is left.
    watches[0]?.end();
    await watching;
    await vi.waitFor(() => expect(server.sockets.size).toBe(1));
  });
});
