import { execFile } from "node:child_process";
import { request } from "node:https";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ConfigMap, KubevirtConfig, Machine, VirtualMachine } from "@kvop/core";
import { describe, test as plainTest } from "vitest";
import {
  createTestCluster,
  machine,
  persistentVolumeClaim,
  storageClass,
  virtualMachine,
} from "../src/index.js";
import { expect, test } from "../src/vitest.js";

const key = { namespace: "default", name: "a" };

describe("fixtures are ready", () => {
  test("a cluster, its client and its clock", async ({ client, cluster, clock }) => {
    const startMs = clock.now();
    await client.create(Machine, machine({ metadata: key }));
    await clock.advance(3_600_000);
    expect(clock.now() - startMs).toBe(3_600_000);
    expect(cluster).toHaveReceived({ verb: "create", resource: "machines", times: 1 });
    expect(cluster).not.toHaveReceived({ verb: "delete" });
  });

  test("another test sees nothing of it", async ({ client, cluster }) => {
    expect(await client.find(Machine, key)).toBeUndefined();
    expect(cluster.requests).toHaveLength(1);
  });

  test("the simulator, in virtual time", async ({ client, cluster, clock, simulator }) => {
    cluster.load(storageClass() as never);
    cluster.load(persistentVolumeClaim() as never);
    await client.create(VirtualMachine, virtualMachine({ metadata: key }));
    using _held = simulator.hold(key, "boot");
    await clock.advance(60_000);
    const vm = await client.get(VirtualMachine, key);
    expect(vm.status?.printableStatus).toBe("Starting");
  });

  test("a server on HTTPS with a kubeconfig", async ({ listening, kubeconfig }) => {
    expect(kubeconfig).toContain(listening.url);
    const status = await new Promise((resolve, reject) => {
      request(`${listening.url}/readyz`, { ca: listening.caPem, agent: false })
        .on("response", (response) => resolve(response.resume().statusCode))
        .on("error", reject)
        .end();
    });
    expect(status).toBe(401);
    expect(listening).toHaveReceived({ resource: "/readyz", status: 401, door: "https" });
  });

  test("a fleet", async ({ fleet }) => {
    expect(fleet.clusters.map(({ name }) => name)).toEqual(["cluster-1", "cluster-2"]);
    expect((await fleet.supervisor.client.list(KubevirtConfig)).items).toHaveLength(2);
  });
});

describe("fixtures are made as a suite says", () => {
  test.override({
    clusterOptions: {
      name: "east",
      crds: [],
      manifests: "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a, namespace: default }",
    },
    leakCheck: { graceMs: 100 },
  });

  test("name, definitions, objects", async ({ client, cluster, listening }) => {
    expect([cluster.name, listening.server.name]).toEqual(["east", "east"]);
    expect(await client.find(ConfigMap, key)).toBeDefined();
    await expect(client.list(Machine)).rejects.toMatchObject({ httpStatus: 404 });
    const behind = listening.server.client();
    expect(await behind.find(ConfigMap, key)).toBeDefined();
  });
});

describe("tests at once do not meet", () => {
  for (const round of [1, 2, 3, 4]) {
    test.concurrent(`round ${round}`, async ({ client, clock, expect: own }) => {
      await client.create(ConfigMap, { metadata: key, data: { round: String(round) } });
      await clock.advance(round * 1000);
      own((await client.get(ConfigMap, key)).data).toEqual({ round: String(round) });
      own((await client.list(ConfigMap, { namespace: "default" })).items).toHaveLength(1);
    });
  }
});

describe("matchers", () => {
  const caught = (work: () => void): string => {
    try {
      work();
      return "";
    } catch (error) {
      return (error as Error).message;
    }
  };

  test("say what came close", async ({ client, cluster }) => {
    await client.create(ConfigMap, { metadata: key });
    const failure = caught(() =>
      expect(cluster).toHaveReceived({ verb: "create", resource: "configmaps", status: 409 }),
    );
    expect(failure).toContain("received 0 requests: create configmaps, answered 409");
    expect(failure).toContain("status is 201, not 409");
    const unwanted = caught(() => expect(cluster).not.toHaveReceived({ verb: "create" }));
    expect(unwanted).toContain("expected: not at least 1 request");
    expect(unwanted).toContain('#1 create configmaps "a" in "default"');
  });

  test("know the order", async ({ client, cluster }) => {
    await client.create(ConfigMap, { metadata: key });
    await client.get(ConfigMap, key);
    await client.delete(ConfigMap, key);
    expect(cluster).toHaveReceivedInOrder([{ verb: "create" }, { verb: "delete" }]);
    expect(cluster).not.toHaveReceivedInOrder([{ verb: "delete" }, { verb: "create" }]);
  });

  test("refuse what has received nothing ever", ({ client }) => {
    expect(caught(() => expect(client).toHaveReceived())).toContain("Only a server has received");
  });
});

plainTest(
  "a test that leaks fails, and is told what leaked",
  async () => {
    const folder = join(dirname(fileURLToPath(import.meta.url)), "leaky");
    const vitest = fileURLToPath(import.meta.resolve("vitest/package.json"));
    const cli = join(dirname(vitest), "vitest.mjs");
    const output = await new Promise<string>((resolve) => {
      const { VITEST: _, VITEST_WORKER_ID: __, ...env } = process.env;
      execFile(process.execPath, [cli, "run", "--root", folder], { env }, (_error, stdout) =>
        resolve(stdout),
      );
    });
    const report = JSON.parse(output.slice(output.indexOf("{"))) as {
      testResults: [{ assertionResults: { title: string; failureMessages: string[] }[] }];
    };
    const messages = Object.fromEntries(
      report.testResults[0].assertionResults.map(({ title, failureMessages }) => [
        title,
        failureMessages.join("\n"),
      ]),
    );
    const leak = (what: string) =>
      expect.stringContaining(
        `left one thing behind; stop, close or dispose of what it started:\n  ${what}`,
      );
    expect(messages).toEqual({
      "leaves a watch": leak(
        'cluster: open watch of configmaps by "in-process" as "kubernetes-admin"',
      ),
      "leaves a timer of the clock": expect.stringMatching(
        /virtual timer: due in 60000 ms at .*leaky\.cases\.ts/,
      ),
      "leaves a server": leak("server: listening on 127.0.0.1:"),
      "leaves an interval and a listener": expect.stringMatching(
        /2 things behind[^]*interval: setInterval\(poll, 60000\) at .*leaky\.cases\.ts[^]*process listener: SIGUSR2: stop/,
      ),
      "leaves nothing, beside one that does": "",
      "leaves a timer, beside one that does not": leak("timer: setTimeout(later, 60000)"),
      "fails for another reason alone": expect.not.stringContaining("behind"),
      "leaves nothing": "",
    });
  },
  60_000,
);

plainTest("the same as plain functions, for any runner", async () => {
  const leaky = createTestCluster({ seed: 7 });
  leaky.server.onRequest(() => undefined);
  const failure = await leaky[Symbol.asyncDispose]().then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(failure).toMatchObject({ code: "Leak", leaks: [{ what: "request listener" }] });
  const uids = async (seed: number) => {
    await using cluster = createTestCluster({ seed });
    return (await cluster.client.create(ConfigMap, { metadata: key })).metadata?.uid;
  };
  expect(await uids(7)).toBe(await uids(7));
  expect(await uids(7)).not.toBe(await uids(8));
});
