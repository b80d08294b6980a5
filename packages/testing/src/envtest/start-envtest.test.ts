import { systemClock } from "@kvop/core";
import { load } from "js-yaml";
import { describe, expect, it } from "vitest";

import { findEnvtestBinary, hasEnvtestBinaries, resolveEnvtestBinary } from "./envtest-binaries.js";
import { EnvtestBinaryMissingError } from "./envtest-binary-missing-error.js";
import { sendEnvtestRequest } from "./envtest-request.js";
import type { EnvtestServer } from "./envtest-server.js";
import { EnvtestStartFailedError } from "./envtest-start-failed-error.js";
import { startManagedProcess } from "./managed-process.js";
import { startEnvtest } from "./start-envtest.js";

const widgetCrd = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "widgets.example.com" },
  spec: {
    group: "example.com",
    scope: "Namespaced",
    names: { plural: "widgets", singular: "widget", kind: "Widget", listKind: "WidgetList" },
    versions: [
      { name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } },
    ],
  },
};

function send(server: EnvtestServer, path: string) {
  const token = server.adminToken ?? "";
  return sendEnvtestRequest({
    url: server.url,
    caPem: server.caData,
    token,
    path,
    timeoutMs: 20_000,
  });
}

describe("without binaries", () => {
  it("says what to set", async () => {
    const starting = startEnvtest({ assetsDirectory: "/does/not/exist" });
    await expect(starting).rejects.toThrow(EnvtestBinaryMissingError);
    await expect(starting).rejects.toThrow(/KUBEBUILDER_ASSETS.*TEST_ASSET_ETCD/);
  });

  it("prefers TEST_ASSET_* over KUBEBUILDER_ASSETS", () => {
    const environment = {
      TEST_ASSET_ETCD: process.execPath,
      KUBEBUILDER_ASSETS: "/does/not/exist",
    };
    expect(resolveEnvtestBinary("etcd", { environment })).toBe(process.execPath);
    expect(() => resolveEnvtestBinary("kubectl", { environment })).toThrow(
      /\/does\/not\/exist\/kubectl/,
    );
  });
});

describe("a managed process", () => {
  const options = { clock: systemClock, secrets: ["hunter2"] };

  it("keeps the last lines without credentials and notices the end", async () => {
    const managed = startManagedProcess(
      "echo",
      "/bin/sh",
      ["-c", "echo token hunter2; exit 3"],
      options,
    );
    await expect.poll(() => managed.exit).toEqual({ reason: "exit code 3" });
    await expect.poll(() => managed.lastLogLines()).toEqual(["echo: token [redacted]"]);
    await managed.stop(1000);
  });

  it("is killed when it ignores SIGTERM", async () => {
    const script = "trap '' TERM; echo up; while :; do sleep 1; done";
    const managed = startManagedProcess("stubborn", "/bin/sh", ["-c", script], options);
    await expect.poll(() => managed.lastLogLines()).toEqual(["stubborn: up"]);
    await managed.stop(50);
    expect(managed.exit).toEqual({ reason: "signal SIGKILL" });
  });
});

describe.skipIf(!hasEnvtestBinaries())("with binaries", { timeout: 120_000 }, () => {
  it("serves verified TLS, installs CRDs and leaves nothing behind", async () => {
    const server = await startEnvtest({
      crds: [widgetCrd],
      startTimeoutMs: 60_000,
      withControllerManager: findEnvtestBinary("kube-controller-manager") !== undefined,
    });
    try {
      expect((await send(server, "/apis/example.com/v1/widgets")).status).toBe(200);
      const config = load(server.kubeconfig) as { users: [{ user: { token: string } }] };
      expect(config.users[0].user.token).toBe(server.adminToken);
    } finally {
      await server.stop();
    }
    await expect(send(server, "/readyz")).rejects.toThrow(/ECONNREFUSED/);
    await server[Symbol.asyncDispose]();
  });

  it("gives up in time and shows the last output", async () => {
    const starting = startEnvtest({
      apiServerArguments: ["--no-such-flag"],
      startTimeoutMs: 30_000,
    });
    await expect(starting).rejects.toThrow(EnvtestStartFailedError);
    await expect(starting).rejects.toThrow(/no-such-flag/);
  });

  it("stops a start that is aborted", async () => {
    const controller = new AbortController();
    const starting = startEnvtest({ signal: controller.signal });
    controller.abort(new Error("changed my mind"));
    await expect(starting).rejects.toThrow("changed my mind");
  });
});
