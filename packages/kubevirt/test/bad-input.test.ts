import { createServer, type Server, type Socket } from "node:net";
import type { AddressInfo } from "node:net";

import {
  ConfigNotFoundError,
  ConnectionFailedError,
  DeadlineExceededError,
  InvalidNameError,
  isUnauthorized,
  KubeconfigInvalidError,
  KubeconfigRefusedError,
  KvopError,
  ResponseTooLargeError,
  SecretKeyMissingError,
  SecretNamespaceForbiddenError,
  SecretNotFoundError,
  systemClock,
  systemRandom,
  TlsFailedError,
  UnexpectedResponseError,
} from "@kvop/core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { createCertificateAuthority } from "../../testing/src/authentication/certificate-authority.js";
import { KubevirtClientManager } from "../src/index.js";
import { type ClusterServer, startClusterServer } from "./cluster-server.js";
import { MemorySupervisor } from "./memory-supervisor.js";

const TOKEN = "good-token-5f2c";
let server: ClusterServer;
let supervisor: MemorySupervisor;
let manager: KubevirtClientManager;

beforeEach(async () => {
  server = await startClusterServer();
  supervisor = new MemorySupervisor();
  manager = new KubevirtClientManager(supervisor.client, {
    probeTimeoutMs: 3000,
    maxResponseBytes: 1024 * 1024,
  });
});
afterEach(async () => {
  await manager[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

/** The error of a first use; nothing may be kept of it, and nothing may leak. */
async function failureOf(name: string): Promise<Error> {
  const error = await manager.getClientForConfig(name).then(
    () => undefined,
    (reason: unknown) => reason as Error,
  );
  if (error === undefined) throw new Error("it should have failed");
  await vi.waitFor(() => expect(server.sockets.size).toBe(0));
  const shown = `${error.message} ${JSON.stringify(error)} ${String(error.cause)}`;
  expect(shown).not.toContain(TOKEN);
  expect(shown).not.toContain("admin@east");
  const again = () => manager.getClientForConfig(name).catch((reason: unknown) => reason as Error);
  const before = supervisor.requests.length;
  if (!InvalidNameError.isInstance(error)) {
    // It is remembered for a moment, and tried again after an invalidation.
    expect(await again()).toBe(error);
    expect(supervisor.requests).toHaveLength(before);
    manager.invalidateClient(name);
  }
  expect(((await again()) as Error).name).toBe(error.name);
  if (!InvalidNameError.isInstance(error))
    expect(supervisor.requests.length).toBeGreaterThan(before);
  await vi.waitFor(() => expect(server.sockets.size).toBe(0));
  return error;
}

describe("the supervisor's objects", () => {
  it("are missing: the config", async () => {
    const error = await failureOf("east");
    expect(error).toBeInstanceOf(ConfigNotFoundError);
    expect(error.message).toMatch(/Create it/);
  });

  it("are missing: the Secret", async () => {
    supervisor.addCluster("east", server.kubeconfig());
    supervisor.secrets.clear();
    const error = await failureOf("east");
    expect(error).toBeInstanceOf(SecretNotFoundError);
    expect(error.message).toMatch(/Create it/);
  });

  it("are missing: the key", async () => {
    supervisor.addCluster("east", server.kubeconfig());
    supervisor.secrets.set("kubevirt-configs/east-kubeconfig", {
      data: { config: Buffer.from(server.kubeconfig()).toString("base64") },
    });
    const error = await failureOf("east");
    expect(error).toBeInstanceOf(SecretKeyMissingError);
    expect(error.message).toMatch(/Put the cluster's kubeconfig there/);
  });

  it("name a Secret in a namespace that is not allowed", async () => {
    supervisor.addCluster("east", server.kubeconfig());
    supervisor.configs.set("east", {
      metadata: { name: "east" },
      spec: { name: "east", kubeconfigSecretRef: "x", secretNamespace: "kube-system" },
    });
    const error = await failureOf("east");
    expect(error).toBeInstanceOf(SecretNamespaceForbiddenError);
    expect(supervisor.requests.some((path) => path.includes("/secrets/"))).toBe(false);
  });

  it.each(["", "East", "a/b", "../x", "a".repeat(254), "-a"])(
    "cannot be named %j, and no request is sent",
    async (name) => {
      expect(await failureOf(name)).toBeInstanceOf(InvalidNameError);
      expect(supervisor.requests).toEqual([]);
    },
  );
});

describe("the kubeconfig", () => {
  it("is malformed", async () => {
    supervisor.addCluster("east", `token: "${TOKEN}\n  : [`);
    const error = await failureOf("east");
    expect(error).toBeInstanceOf(KubeconfigInvalidError);
    expect(error.message).toMatch(/Replace it/);
  });

  it.each([
    ["exec", "exec: { command: /bin/true, apiVersion: client.authentication.k8s.io/v1 }"],
    ["client-certificate", "client-certificate: /etc/hostname"],
    ["token-file", "tokenFile: /etc/hostname"],
  ])("is refused by rule %s", async (rule, line) => {
    supervisor.addCluster("east", server.kubeconfig().replace(`token: ${TOKEN}`, line));
    const error = await failureOf("east");
    expect(error).toBeInstanceOf(KubeconfigRefusedError);
    expect((error as KubeconfigRefusedError).rule).toBe(rule);
    expect(server.requests).toEqual([]);
  });

  it.each([
    ["proxy-url", "proxy-url: http://127.0.0.1:1"],
    ["insecure-skip-tls-verify", "insecure-skip-tls-verify: true"],
  ])("is refused by rule %s", async (rule, line) => {
    const text = server.kubeconfig().replace(/ {6}server:/, `      ${line}\n      server:`);
    supervisor.addCluster("east", text);
    expect(((await failureOf("east")) as KubeconfigRefusedError).rule).toBe(rule);
    expect(server.connections).toBe(0);
  });
});

describe("the cluster", () => {
  it("has another CA", async () => {
    const { caPem } = createCertificateAuthority({ clock: systemClock, random: systemRandom });
    supervisor.addCluster("east", server.kubeconfig({ caPem }));
    const error = await failureOf("east");
    expect(error).toBeInstanceOf(TlsFailedError);
    expect(error.message).toMatch(/certificate-authority-data/);
  });

  it("does not take the token", async () => {
    supervisor.addCluster("east", server.kubeconfig({ token: `${TOKEN}-old` }));
    const error = await failureOf("east");
    expect(isUnauthorized(error)).toBe(true);
  });

  it("is at a closed port", async () => {
    supervisor.addCluster("east", server.kubeconfig({ server: "https://127.0.0.1:1" }));
    const error = await failureOf("east");
    expect(error).toBeInstanceOf(ConnectionFailedError);
    expect((error as ConnectionFailedError).systemCode).toBe("ECONNREFUSED");
  });

  it("is silent", async () => {
    const silent = await startSilentServer();
    try {
      await manager[Symbol.asyncDispose]();
      manager = new KubevirtClientManager(supervisor.client, { probeTimeoutMs: 200 });
      supervisor.addCluster("east", server.kubeconfig({ server: silent.url }));
      const error = await failureOf("east");
      expect(error).toBeInstanceOf(DeadlineExceededError);
      // It is dialled again by itself as long as the manager lives.
      await manager[Symbol.asyncDispose]();
      await vi.waitFor(() => expect(silent.sockets.size).toBe(0), 10_000);
    } finally {
      silent.close();
    }
  });

  it("answers HTML", async () => {
    server.intercept = (_request, response) => {
      response.writeHead(200, { "content-type": "text/html" });
      response.end("<html>Log in</html>");
      return true;
    };
    supervisor.addCluster("east", server.kubeconfig());
    const error = await failureOf("east");
    expect(error).toBeInstanceOf(UnexpectedResponseError);
    expect(error.message).toMatch(/login page/);
  });

  it("redirects", async () => {
    server.intercept = (_request, response) => {
      response.writeHead(302, { location: "https://127.0.0.1:1/", "content-type": "text/plain" });
      response.end("elsewhere");
      return true;
    };
    supervisor.addCluster("east", server.kubeconfig());
    expect(await failureOf("east")).toBeInstanceOf(UnexpectedResponseError);
  });

  it.each(["with its length", "without its length"])("answers 10 GB, %s", async (kind) => {
    server.intercept = (_request, response) => {
      const length = kind === "with its length" ? { "content-length": "10000000000" } : {};
      response.writeHead(200, { "content-type": "application/json", ...length });
      const chunk = Buffer.alloc(256 * 1024, " ");
      const pump = (): void => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on("drain", pump);
      pump();
      return true;
    };
    supervisor.addCluster("east", server.kubeconfig());
    const error = await failureOf("east");
    expect(error).toBeInstanceOf(ResponseTooLargeError);
    expect(KvopError.isInstance(error) && error.isRetryable).toBe(false);
  });
});

async function startSilentServer(): Promise<{
  url: string;
  sockets: Set<Socket>;
  close: () => void;
}> {
  const sockets = new Set<Socket>();
  const listener: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    // Read and drop: a socket that is not read does not notice the other side's end.
    socket.resume();
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => {
    listener.listen(0, "127.0.0.1", resolve);
  });
  return {
    url: `https://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    sockets,
    close: () => listener.close(),
  };
}
