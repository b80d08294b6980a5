import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

import { findEnvtestBinary } from "../src/envtest/envtest-binaries.js";
import { startEnvtest } from "../src/envtest/start-envtest.js";
import type { Answer } from "./case.js";
import { topics } from "./cases/index.js";
import { differences } from "./difference.js";
import { expectEqual } from "./expect-equal.js";
import { knownReason } from "./known-differences.js";
import { realServers, type RealServer } from "./real-servers.js";
import { readRecording, writeRecording } from "./recording.js";
import { runCase } from "./run-case.js";
import { connectTarget, sendToTarget, type Target } from "./target.js";
import { startWebhookServer } from "./webhook-server.js";
import { version134Differences } from "./version-134-differences.js";

/** Writes what the real server answers instead of comparing it. */
const isRecording = process.env["CONFORMANCE_RECORD"] === "1";
const servers = realServers();
/** A real server refuses by caches of its own that trail the writes: on a busy machine, a case can be ahead of them. */
const REPETITIONS = 3;

async function startRealTarget(
  { assetsDirectory }: RealServer,
  withControllerManager = false,
): Promise<Target> {
  const server = await startEnvtest({
    startTimeoutMs: 90_000,
    assetsDirectory,
    withControllerManager,
  });
  const webhook = await startWebhookServer();
  const target = connectTarget(server.kubeconfig, async () => {
    await server.stop();
    await webhook.stop();
  });
  return { ...target, variables: webhook.variables };
}

/** What users have from setup-envtest comes without one. */
function hasControllerManager({ assetsDirectory }: RealServer): boolean {
  return findEnvtestBinary("kube-controller-manager", { assetsDirectory }) !== undefined;
}

async function readMinorVersion(target: Target): Promise<string> {
  const headers = { authorization: target.authorization ?? "" };
  const answer = await sendToTarget(target, {
    method: "GET",
    path: "/version",
    headers,
    body: undefined,
  });
  return (JSON.parse(answer.body.toString("utf8")) as { minor: string }).minor;
}

async function statusOf(target: Target, path: string): Promise<number> {
  const headers = { authorization: target.authorization ?? "" };
  return (await sendToTarget(target, { method: "GET", path, headers, body: undefined })).status;
}

it.skipIf(servers.length > 0)(
  "real kube-apiserver: no binaries here, see CONFORMANCE_ASSETS and KUBEBUILDER_ASSETS",
  () => undefined,
);

// Each case has a namespace and names of its own: they do not meet on one server.
describe.each(servers)("$label", (server) => {
  let target: Target;
  let controlled: Target | undefined;
  let minor = "";
  beforeAll(async () => {
    target = await startRealTarget(server);
    if (hasControllerManager(server)) controlled = await startRealTarget(server, true);
    minor = await readMinorVersion(target);
    // The server makes a service of itself a moment after it is ready.
    await vi.waitFor(
      async () =>
        expect(await statusOf(target, "/api/v1/namespaces/default/services/kubernetes")).toBe(200),
      { timeout: 30_000, interval: 100 },
    );
  }, 120_000);
  afterAll(async () => {
    await target?.stop();
    await controlled?.stop();
  }, 60_000);

  describe.concurrent.each(topics)("$name", (topic) => {
    const recording = readRecording("v1.37", topic.name);
    const recorded: Record<string, readonly Answer[]> = {};
    afterAll(() => {
      if (!isRecording) return;
      const all = { ...recording, ...recorded };
      const kept = topic.cases.flatMap(({ name }) =>
        all[name] === undefined ? [] : [[name, all[name]] as const],
      );
      writeRecording("v1.37", topic.name, Object.fromEntries(kept));
    });

    const isServed = topic.hasControllers !== true || hasControllerManager(server);
    if (!isServed) {
      it.skip("there is no kube-controller-manager beside it", () => undefined);
      return;
    }
    it.each(topic.cases)("$name", { timeout: 60_000 }, async (conformanceCase) => {
      const { name } = conformanceCase;
      const used = topic.hasControllers === true ? (controlled ?? target) : target;
      const answers = await runCase(used, topic, conformanceCase);
      if (isRecording) {
        expect(minor, "the recording is that of 1.37").toBe("37");
        recorded[name] = answers;
        return;
      }
      const expected = recording[name] ?? [];
      const found = differences(expected, answers);
      const reason =
        minor === "34" ? knownReason(version134Differences, topic.name, name) : undefined;
      if (reason === undefined) {
        let isEqual = found.length === 0;
        for (let count = 1; !isEqual && count <= REPETITIONS; count++) {
          const repeated = await runCase(used, topic, conformanceCase, count);
          isEqual = differences(expected, repeated).length === 0;
        }
        if (!isEqual) expectEqual(found);
      } else {
        expect(found, "equal by now: remove it from version-134-differences.ts").not.toEqual([]);
      }
    });
  });
});
