import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";

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
import { until } from "../../test/until.js";

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

it.each([
  [undefined, "supervisor"],
  ["reconciler", "reconciler"],
])("says who it is: component %s", async (component, expected) => {
  let agent: string | undefined;
  server.intercept = (request) => {
    agent = request.headers["user-agent"];
    return false;
  };
  const kubeconfigPath = await write("config", server.kubeconfig());
  await using client = await createSupervisorClient({ kubeconfigPath, component });
  await client.request({ method: "GET", path: "/api" });
  expect(agent).toMatch(new RegExp(`^kvop/\\S+ \\(${expected}\\)$`));
});

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

it("reads the service account of a Pod", async () => {
  await write("ca.crt", server.caPem);
  await write("token", `${server.token}\n`);
  const options = { host: "fd00::1", port: "443", folder, clock: systemClock };
  const { connection } = await readInClusterConnection(options)();
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
  const read = await readTrustedKubeconfig([path], { clock: systemClock });
  const { connection } = await read();
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
  const read = await readTrustedKubeconfig([first, second], { clock: systemClock });
  const { connection } = await read();
  expect(connection).toMatchObject({ token: "of-a", server: server.url });
});

describe("a program that gives credentials", () => {
  const apiVersion = "client.authentication.k8s.io/v1";
  /** A kubeconfig whose program is Node, running what is given. */
  async function withProgram(program: string, more = ""): Promise<string> {
    await write("program.cjs", program);
    const exec = `exec: { apiVersion: ${apiVersion}, command: ${process.execPath}, args: [${join(folder, "program.cjs")}, a]${more} }`;
    return write("config", server.kubeconfig().replace(/token: .*/, exec));
  }
  /** Counts its runs in a file, and gives the server's token of now. */
  const giving = (status: object, version = apiVersion): string => `
    require("node:fs").appendFileSync(${JSON.stringify(join(folder, "runs"))}, "x");
    console.log(JSON.stringify({ apiVersion: "${version}", kind: "ExecCredential", status: ${JSON.stringify(status)} }));`;
  const runs = async (): Promise<number> => (await readFile(join(folder, "runs"), "utf8")).length;

  it("is run, and again before its token expires", async () => {
    const clock = new ManualClock();
    const expires = (ms: number) => new Date(clock.now() + ms).toISOString();
    const first = { token: server.token, expirationTimestamp: expires(600_000) };
    const kubeconfigPath = await withProgram(giving(first));
    const client = await createSupervisorClient({ kubeconfigPath, clock });
    const get = async () => (await client.request({ method: "GET", path: "/api" })).status;
    try {
      expect([await get(), await get(), await runs()]).toEqual([200, 200, 1]);
      server.token = "the-next-token";
      await withProgram(giving({ token: server.token }));
      await clock.advance(539_000);
      await expect(get()).rejects.toMatchObject({ httpStatus: 401 });
      await clock.advance(1000);
      expect([await get(), await runs()]).toEqual([200, 2]);
      // A program that fails changes nothing, and is tried again.
      await withProgram("process.exit(1)");
      await clock.advance(600_000);
      expect(await get()).toBe(200);
    } finally {
      await client[Symbol.asyncDispose]();
    }
  });

  it("is told of the cluster where it asks, and gets its own environment", async () => {
    const out = join(folder, "seen");
    const kubeconfigPath = await withProgram(
      `require("node:fs").writeFileSync(${JSON.stringify(out)}, JSON.stringify([process.env.OWN, process.argv.slice(2), JSON.parse(process.env.KUBERNETES_EXEC_INFO)]));${giving({ token: "t" })}`,
      ", env: [{ name: OWN, value: '1' }], provideClusterInfo: true",
    );
    await (await createSupervisorClient({ kubeconfigPath }))[Symbol.asyncDispose]();
    expect(JSON.parse(await readFile(out, "utf8"))).toEqual([
      "1",
      ["a"],
      {
        apiVersion,
        kind: "ExecCredential",
        spec: {
          interactive: false,
          cluster: {
            server: server.url,
            "certificate-authority-data": Buffer.from(server.caPem).toString("base64"),
          },
        },
      },
    ]);
  });

  it("may give a client certificate", async () => {
    const issued = createCertificateAuthority({ clock: systemClock, random: systemRandom });
    const { certPem, keyPem } = issued.issueClient({ user: "admin" });
    const status = { clientCertificateData: certPem, clientKeyData: keyPem };
    const path = await withProgram(giving(status));
    const read = await readTrustedKubeconfig([path], { clock: systemClock });
    expect((await read()).connection).toMatchObject({
      clientCertificatePem: certPem,
      clientKeyPem: keyPem,
    });
  });

  it("is ended after a minute", async () => {
    const clock = new ManualClock();
    const kubeconfigPath = await withProgram("setInterval(() => undefined, 1000)");
    let outcome: unknown;
    createSupervisorClient({ kubeconfigPath, clock }).then(
      () => (outcome = "connected"),
      (error: unknown) => (outcome = error),
    );
    await until(async () => {
      await clock.advance(60_000);
      expect(outcome).toMatchObject({ code: "KubeconfigInvalid", rule: "exec" });
    });
  });

  it("is not run when there are other credentials, or by another context", async () => {
    const path = await withProgram(giving({ token: "of-program" }));
    const text = (await readFile(path, "utf8")).replace("exec:", "token: inline\n      exec:");
    await write("config", text);
    const read = await readTrustedKubeconfig([path], { clock: systemClock });
    expect((await read()).connection.token).toBe("inline");
    await expect(runs()).rejects.toThrow("ENOENT");
  });

  it.each([
    ["fails", () => "console.error('the-secret'); process.exit(3)", /ended with status 3/],
    ["says nothing", () => "", /no ExecCredential/],
    ["says no JSON", () => "console.log('the-secret')", /no ExecCredential/],
    ["gives nothing", () => giving({}), /neither a token/],
    ["gives half a pair", () => giving({ clientCertificateData: "x" }), /neither a token/],
    ["speaks another version", () => giving({ token: "the-secret" }, "v9"), /apiVersion/],
    ["gives a token that is none", () => giving({ token: "the secret\n" }), /token/],
    ["says too much", () => "process.stdout.write('the-secret'.repeat(1e6))", /in order/],
  ])("is named in the error when it %s", async (_what, program, message) => {
    const kubeconfigPath = await withProgram(program());
    const error: unknown = await createSupervisorClient({ kubeconfigPath }).catch(
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({
      code: "KubeconfigInvalid",
      message: expect.stringMatching(message) as string,
    });
    expect(inspect(error, { depth: 10 })).not.toMatch(/the.secret/);
  });

  it.each([
    [
      "is not there",
      "exec: { apiVersion: client.authentication.k8s.io/v1, command: ./none }",
      "exec",
    ],
    ["is not named", "exec: { apiVersion: client.authentication.k8s.io/v1 }", "structure"],
    ["has no version", "exec: { command: ./none }", "structure"],
    [
      "needs a terminal",
      "exec: { apiVersion: client.authentication.k8s.io/v1, command: x, interactiveMode: Always }",
      "exec",
    ],
    ["is no mapping", "exec: [x]", "structure"],
  ])("is refused when it %s", async (_what, line, rule) => {
    const kubeconfigPath = await write("config", server.kubeconfig().replace(/token: .*/, line));
    await expect(createSupervisorClient({ kubeconfigPath })).rejects.toMatchObject({ rule });
  });
});

it.each([
  ["auth-provider", "auth-provider: { name: gcp }"],
  ["basic-auth", "username: admin"],
  ["impersonation", "as: root"],
])("does not take %s from the owner either", async (rule, line) => {
  const kubeconfigPath = await write("config", server.kubeconfig().replace(/token: .*/, line));
  await expect(createSupervisorClient({ kubeconfigPath })).rejects.toMatchObject({ rule });
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
    await until(() => expect(server.sockets.size).toBe(0));
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
    await until(() => expect(seen).toHaveLength(1));
    await write("ca.crt", server.rotateAuthority());
    await clock.advance(60_000);
    expect(await get()).toBe(200);
    expect(server.connections).toBe(3);
    watches[0]?.write('{"type":"MODIFIED","object":{"metadata":{"name":"a"}}}\n');
    await until(() => expect(seen).toHaveLength(2));
    // The pooled connection of the old CA is closed; its watch is the last, and then the new pool's is left.
    watches[0]?.end();
    await watching;
    await until(() => expect(server.sockets.size).toBe(1));
  });
});
