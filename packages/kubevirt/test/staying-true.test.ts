import {
  ApiError,
  ClusterIdentityChangedError,
  DataVolume,
  isUnauthorized,
  KubevirtConfig,
  Namespace,
  Secret,
  systemRandom,
  type TransportRequest,
  VirtualMachine,
} from "@kvop/core";
import { kubeconfigText } from "@kvop/testing";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { createCertificateAuthority } from "../../testing/src/authentication/certificate-authority.js";
import { type ClusterState, KubevirtClientManager } from "../src/index.js";
import { VirtualFleet } from "./virtual-fleet.js";

// Virtual minutes take real seconds on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

let fleet: VirtualFleet;
let manager: KubevirtClientManager;

beforeEach(() => {
  fleet = new VirtualFleet();
  manager = new KubevirtClientManager(fleet.supervisorClient, fleet.options);
});
afterEach(async () => {
  await manager[Symbol.asyncDispose]();
  for (const { open } of fleet.clusters.values()) expect(open).toBe(0);
});

const connect = (name = "east") => manager.getClientForConfig(name);
const stateOf = (name = "east") => manager.getClusterState(name);
const forbidden = () =>
  new ApiError({ code: 403, reason: "Forbidden", message: "not allowed" }, { httpStatus: 403 });

/** Gathers states until the function that is given is called. */
function follow(): { readonly states: ClusterState[]; readonly stop: () => Promise<void> } {
  const states: ClusterState[] = [];
  const abort = new AbortController();
  const reading = (async () => {
    for await (const state of manager.watchClusterStates({ signal: abort.signal }))
      states.push(state);
  })();
  return {
    states,
    stop: async () => {
      abort.abort();
      await reading;
    },
  };
}

describe("a Secret that changes", () => {
  it("is in use within a second, over the same client object, and the old connection is closed", async () => {
    const east = await fleet.add("east");
    const client = await connect();
    await fleet.clock.advance(5000);
    const old = east.kubeconfig();
    east.token = "token-2-of-the-fixture";
    await fleet.setKubeconfig("east", east.kubeconfig());
    await fleet.clock.advance(1000);
    expect([east.dials, east.open]).toEqual([2, 1]);
    expect(old).not.toBe(east.kubeconfig());
    const unauthorized = east.server.requests.filter(({ status }) => status === 401);
    expect(unauthorized).toEqual([]);
    expect((await client.get(Namespace, { name: "default" })).metadata?.name).toBe("default");
    expect(await connect()).toBe(client);
    expect(stateOf().type).toBe("ready");
  });

  it("lets running requests end on the old connection, up to a bound", async () => {
    const east = await fleet.add("east");
    const client = await connect();
    let release = (): void => undefined;
    const isSlow = ({ path }: TransportRequest) => path.endsWith("/slow");
    east.before = (request) =>
      isSlow(request) ? new Promise<void>((resolve) => (release = resolve)) : undefined;
    const slow = client.find(Namespace, { name: "slow" });
    await fleet.clock.advance(0);
    await fleet.setKubeconfig("east", `# newer\n${east.kubeconfig()}`);
    await fleet.clock.advance(1000);
    expect(east.open).toBe(2);
    release();
    expect(await slow).toBeUndefined();
    await fleet.clock.advance(0);
    expect(east.open).toBe(1);

    const endless = client.find(Namespace, { name: "slow" }).catch((error: unknown) => error);
    await fleet.clock.advance(0);
    await fleet.setKubeconfig("east", `# newest\n${east.kubeconfig()}`);
    await fleet.clock.advance(1000);
    expect(east.open).toBe(2);
    await fleet.clock.advance(60_000);
    expect(east.open).toBe(1);
    release();
    await endless;
  });

  it("only in its metadata or its line breaks changes nothing", async () => {
    const east = await fleet.add("east");
    await connect();
    await fleet.clock.advance(0);
    await fleet.supervisor
      .client()
      .patch(
        Secret,
        { namespace: "kubevirt-configs", name: "east" },
        { type: "merge", patch: { metadata: { annotations: { touched: "yes" } } } },
      );
    await fleet.clock.advance(10_000);
    expect(east.dials).toBe(1);
  });

  it("to bad credentials leaves the old client in use while it works, and says so", async () => {
    const east = await fleet.add("east");
    const client = await connect();
    await fleet.clock.advance(0);
    const good = east.kubeconfig();
    await fleet.setKubeconfig("east", east.kubeconfig("wrong-token-of-the-fixture"));
    await fleet.clock.advance(1000);
    const state = stateOf();
    expect([state.type, state.reason]).toEqual(["degraded", "NewCredentialsRefused"]);
    expect("error" in state && isUnauthorized(state.error)).toBe(true);
    expect((await client.get(Namespace, { name: "default" })).metadata?.name).toBe("default");
    expect(await connect()).toBe(client);
    expect(east.open).toBe(1);
    await fleet.clock.advance(120_000);
    expect(stateOf().type).toBe("degraded");

    await fleet.setKubeconfig("east", good);
    await fleet.clock.advance(1000);
    expect(stateOf().type).toBe("ready");
    expect(fleet.logText).not.toContain("wrong-token-of-the-fixture");
  });

  it("to bad credentials that become good later is taken without another change", async () => {
    const east = await fleet.add("east");
    await connect();
    await fleet.clock.advance(0);
    await fleet.setKubeconfig("east", east.kubeconfig("token-2-of-the-fixture"));
    await fleet.clock.advance(1000);
    expect(stateOf().type).toBe("degraded");
    east.token = "token-2-of-the-fixture";
    await fleet.clock.runUntil(() => stateOf().type === "ready", { timeoutMs: 120_000 });
    expect(east.open).toBe(1);
  });

  it("to credentials that the cluster cannot check at the moment is taken once it can, while the old ones work", async () => {
    const east = await fleet.add("east");
    const client = await connect();
    await fleet.clock.advance(0);
    let isSick = true;
    east.before = ({ path }) => {
      if (isSick && path.endsWith("/kube-system"))
        throw new ApiError({ code: 500, message: "etcd failed" }, { httpStatus: 500 });
    };
    await fleet.setKubeconfig("east", `# newer\n${east.kubeconfig()}`);
    await fleet.clock.advance(20_000);
    expect(stateOf()).toMatchObject({ type: "degraded", reason: "NewCredentialsRefused" });
    await client.get(Namespace, { name: "default" });
    isSick = false;
    const { dials } = east;
    await fleet.clock.runUntil(() => stateOf().type === "ready", { timeoutMs: 120_000 });
    expect([east.dials, east.open]).toEqual([dials + 1, 1]);
  });

  it("that cannot be read, as the supervisor is away, is no word against the credentials", async () => {
    const east = await fleet.add("east");
    const client = await connect();
    await fleet.clock.advance(1000);
    fleet.supervisorBehaviour = "down";
    east.before = ({ path }) => {
      if (path.endsWith("/default")) throw new ApiError({ code: 401 }, { httpStatus: 401 });
    };
    const error: unknown = await client
      .get(Namespace, { name: "default" })
      .catch((reason: unknown) => reason);
    expect(isUnauthorized(error)).toBe(true);
    expect(stateOf().type).toBe("ready");
  });

  it("to another cluster is refused", async () => {
    const east = await fleet.add("east");
    const west = fleet.addServer("west");
    const client = await connect();
    await fleet.clock.advance(0);
    await fleet.setKubeconfig("east", west.kubeconfig());
    await fleet.clock.advance(1000);
    const state = stateOf();
    expect(state).toMatchObject({ type: "degraded", reason: "NewCredentialsRefused" });
    expect("error" in state && ClusterIdentityChangedError.isInstance(state.error)).toBe(true);
    expect(west.open).toBe(0);
    await client.get(Namespace, { name: "default" });
    expect(east.requests.at(-1)).toBe("get /api/v1/namespaces/default");

    // Not even after everything was dropped.
    manager.invalidateAll();
    const error = await connect().catch((reason: unknown) => reason);
    expect(ClusterIdentityChangedError.isInstance(error)).toBe(true);
    expect(stateOf()).toMatchObject({ type: "refused", reason: "ClusterIdentityChanged" });
  });

  it("that is deleted leaves the client in use, and says so", async () => {
    await fleet.add("east");
    const client = await connect();
    await fleet.clock.advance(0);
    await fleet.supervisor.client().delete(Secret, { namespace: "kubevirt-configs", name: "east" });
    await fleet.clock.advance(1000);
    expect(stateOf()).toMatchObject({ type: "degraded", reason: "NewCredentialsRefused" });
    await client.get(Namespace, { name: "default" });
  });

  it("again and again fails no call, whenever it comes", async () => {
    const east = await fleet.add("east");
    const client = await connect();
    let calls = 0;
    for (let round = 0; round < 20; round += 1) {
      await fleet.setKubeconfig("east", `# ${round}\n${east.kubeconfig()}`);
      for (let step = 0; step < 20; step += 1) {
        const [one, other] = await Promise.all([
          client.get(Namespace, { name: "default" }),
          connect(),
        ]);
        expect([one.metadata?.name, other]).toEqual(["default", client]);
        calls += 1;
        if (step % 5 === 0) await fleet.clock.advance(1);
      }
    }
    expect(calls).toBe(400);
    await fleet.clock.advance(1000);
    expect([east.dials, east.open]).toEqual([21, 1]);
  });

  it("a hundred times a second costs a few dials, and the last one counts", async () => {
    const east = await fleet.add("east");
    await connect();
    await fleet.clock.advance(0);
    for (let index = 0; index < 100; index += 1) {
      await fleet.setKubeconfig("east", `# ${index}\n${east.kubeconfig()}`);
      await fleet.clock.advance(10);
    }
    east.token = "token-2-of-the-fixture";
    await fleet.setKubeconfig("east", east.kubeconfig());
    await fleet.clock.advance(2000);
    expect(east.open).toBe(1);
    expect(stateOf().type).toBe("ready");
    await (await connect()).get(Namespace, { name: "default" });
  });
});

it("a token that is revoked before its Secret is replaced fails callers until then, and no longer", async () => {
  const east = await fleet.add("east");
  const client = await connect();
  await fleet.clock.advance(1000);
  const call = () =>
    client.get(Namespace, { name: "default" }).then(
      () => "well",
      (error: unknown) => (isUnauthorized(error) ? "refused" : error),
    );
  east.token = "token-2-of-the-fixture";
  expect(await Promise.all([call(), call(), call()])).toEqual(["refused", "refused", "refused"]);
  const reads = fleet.reads;
  expect(await call()).toBe("refused");
  expect(fleet.reads).toBe(reads);
  await fleet.setKubeconfig("east", east.kubeconfig());
  await fleet.clock.advance(0);
  expect(await call()).toBe("well");
  expect(await connect()).toBe(client);
});

describe("a KubevirtConfig", () => {
  it("that names another Secret is followed there", async () => {
    const east = await fleet.add("east");
    await connect();
    await fleet.clock.advance(0);
    fleet.supervisor.load({
      apiVersion: "v1",
      kind: "Secret",
      type: "Opaque",
      metadata: { namespace: "kubevirt-configs", name: "other" },
      data: { kubeconfig: Buffer.from(`# other\n${east.kubeconfig()}`).toString("base64") },
    });
    const patch = { spec: { kubeconfigSecretRef: "other" } };
    await fleet.supervisor
      .client()
      .patch(KubevirtConfig, { name: "east" }, { type: "merge", patch });
    await fleet.clock.advance(1000);
    expect(east.dials).toBe(2);
    await fleet.supervisor.client().patch(
      Secret,
      { namespace: "kubevirt-configs", name: "other" },
      {
        type: "merge",
        patch: {
          data: { kubeconfig: Buffer.from(`# 3\n${east.kubeconfig()}`).toString("base64") },
        },
      },
    );
    await fleet.clock.advance(1000);
    expect(east.dials).toBe(3);
  });

  it("whose status changes causes no read", async () => {
    await fleet.add("east");
    await connect();
    await fleet.clock.advance(5000);
    const before = fleet.reads;
    await fleet.supervisor
      .client()
      .patch(
        KubevirtConfig,
        { name: "east" },
        { type: "merge", patch: { status: { phase: "Ready" } } },
        { subresource: "status" },
      );
    await fleet.clock.advance(5000);
    expect(fleet.reads).toBe(before);
  });

  it("that is deleted closes everything, and its state ends with removed", async () => {
    const east = await fleet.add("east");
    const { states, stop } = follow();
    await fleet.clock.advance(0);
    const client = await connect();
    const watching = (async () => {
      for await (const event of client.watch(Namespace)) void event;
    })().catch((error: unknown) => error);
    await fleet.clock.advance(1000);
    await fleet.deleteConfig("east");
    await fleet.clock.advance(0);
    expect(east.open).toBe(0);
    await watching;
    await stop();
    expect(states.map(({ type }) => type)).toEqual(["unknown", "connecting", "ready", "removed"]);
    expect(stateOf()).toMatchObject({ type: "unknown", reason: "NotSeen" });
    await expect(connect()).rejects.toMatchObject({ code: "ConfigNotFound" });
  });

  it("that appears, changes and vanishes while it is used is never in a wrong state", async () => {
    const east = await fleet.add("east");
    for (let round = 0; round < 20; round += 1) {
      const calls = Array.from({ length: 10 }, () => connect().catch((error: unknown) => error));
      if (round % 2 === 0) await fleet.deleteConfig("east");
      else
        await fleet.supervisor.client().create(KubevirtConfig, {
          metadata: { name: "east" },
          spec: { name: "east", kubeconfigSecretRef: "east", secretNamespace: "" },
        });
      await fleet.clock.advance(round % 3);
      await Promise.all(calls);
    }
    await fleet.clock.advance(60_000);
    expect(east.open).toBeLessThanOrEqual(1);
    expect(await connect()).toBeDefined();
    expect(stateOf().type).toBe("ready");
  });
});

describe("without the right to watch", () => {
  it("everything is read again from time to time, and that is said", async () => {
    fleet.beforeSupervisor = ({ verb, resource }) => {
      if (verb === "watch" || (verb === "list" && resource === "secrets")) throw forbidden();
    };
    const east = await fleet.add("east");
    await connect();
    const { states, stop } = follow();
    await fleet.clock.advance(1000);
    await stop();
    expect(states.at(-1)?.secretMode).toBe("polling");
    expect(stateOf().secretMode).toBe("polling");
    const warnings = fleet.log
      .filter(({ level }) => level === "warn")
      .map(({ message }) => message);
    expect(warnings.toSorted()).toEqual([
      "KubevirtConfigs may not be watched and are read from time to time",
      "the kubeconfig Secret may not be watched and is read from time to time",
    ]);
    east.token = "token-2-of-the-fixture";
    await fleet.setKubeconfig("east", east.kubeconfig());
    // The probe is refused first; whatever comes first, it is put right by itself.
    await fleet.clock.runUntil(() => east.dials === 2, { timeoutMs: 46_000 });
    await fleet.clock.advance(2000);
    expect(stateOf().type).toBe("ready");
    await fleet.deleteConfig("east");
    await fleet.clock.runUntil(() => east.open === 0, { timeoutMs: 46_000 });
  });

  it("a config that may not be listed with the others is followed by its name", async () => {
    fleet.beforeSupervisor = ({ resource, verb, query = [] }) => {
      const { fieldSelector } = Object.fromEntries(query) as Record<string, string>;
      const isOfAll = verb !== "get" && verb !== "patch" && fieldSelector === undefined;
      if (resource === "kubevirtconfigs" && isOfAll) throw forbidden();
    };
    const east = await fleet.add("east");
    const west = await fleet.add("west");
    await connect();
    await fleet.clock.advance(30_000);
    await connect("west");
    await fleet.clock.advance(1000);
    const warnings = fleet.log.filter(({ message }) => message.includes("may not be listed"));
    expect(warnings).toHaveLength(1);
    await fleet.deleteConfig("east");
    await fleet.deleteConfig("west");
    await fleet.clock.advance(1000);
    expect([east.open, west.open]).toEqual([0, 0]);
    expect(stateOf().reason).toBe("NotSeen");
  });

  it("a Secret that changes is noticed although the old credentials work", async () => {
    fleet.beforeSupervisor = ({ verb, resource }) => {
      if (resource === "secrets" && verb !== "get") throw forbidden();
    };
    const east = await fleet.add("east");
    await connect();
    await fleet.setKubeconfig("east", `# newer\n${east.kubeconfig()}`);
    await fleet.clock.runUntil(() => east.dials === 2, { timeoutMs: 46_000 });
  });

  it("Secrets are asked for by name alone, and never all of them", async () => {
    const asked: string[] = [];
    fleet.beforeSupervisor = ({ verb, resource, path, query = [] }) => {
      const { fieldSelector = "" } = Object.fromEntries(query) as Record<string, string>;
      if (resource === "secrets") asked.push(`${verb} ${path} ${fieldSelector}`.trim());
    };
    await fleet.add("east");
    await connect();
    await fleet.clock.advance(20 * 60_000);
    const secrets = "/api/v1/namespaces/kubevirt-configs/secrets";
    expect([...new Set(asked)]).toEqual([
      `get ${secrets}/east`,
      `watch ${secrets} metadata.name=east`,
    ]);
  });
});

describe("the supervisor", () => {
  it("goes away for an hour: cached clients go on, and what changed meanwhile is taken over after", async () => {
    const east = await fleet.add("east");
    const client = await connect();
    await fleet.clock.advance(1000);
    fleet.supervisorBehaviour = "down";
    for (let minute = 0; minute < 60; minute += 1) {
      await fleet.clock.advance(60_000);
      await client.get(Namespace, { name: "default" });
      expect(await connect()).toBe(client);
    }
    expect(stateOf().type).toBe("ready");
    east.token = "token-2-of-the-fixture";
    await fleet.setKubeconfig("east", east.kubeconfig());
    fleet.supervisorBehaviour = "well";
    await fleet.clock.runUntil(() => east.dials === 2, { timeoutMs: 60_000 });
    await fleet.clock.advance(2000);
    expect(stateOf().type).toBe("ready");
  });

  it("that is away at the start leaves the state unknown, and says why", async () => {
    await fleet.add("east");
    fleet.supervisorBehaviour = "down";
    await expect(connect()).rejects.toMatchObject({ code: "ConnectionFailed" });
    expect(stateOf()).toMatchObject({ type: "unknown", reason: "SupervisorUnavailable" });
    expect(stateOf().message).toContain('"supervisor"');
    fleet.supervisorBehaviour = "well";
    await fleet.clock.advance(1000);
    await connect();
    expect(stateOf().type).toBe("ready");
    // The same for a config that is known, and was not used yet; a name that leads nowhere is another matter.
    await fleet.add("west");
    await fleet.clock.advance(10_000);
    expect(stateOf("west").reason).toBe("NotUsedYet");
    fleet.supervisorBehaviour = "down";
    await expect(connect("west")).rejects.toMatchObject({ code: "ConnectionFailed" });
    expect(stateOf("west")).toMatchObject({ type: "unknown", reason: "SupervisorUnavailable" });
    fleet.supervisorBehaviour = "well";
    await expect(connect("nowhere")).rejects.toMatchObject({ code: "ConfigNotFound" });
    expect(stateOf("nowhere").reason).toBe("NotSeen");
  });
});

describe("credentials", () => {
  it("say when they end: a client certificate, a token", async () => {
    const east = await fleet.add("east");
    const authority = createCertificateAuthority({ clock: fleet.clock, random: systemRandom });
    const notAfter = fleet.clock.now() + 3_600_000;
    const { certPem, keyPem } = authority.issueClient({ user: "kvop", notAfter });
    const clientCertificate = { certPem, keyPem };
    await fleet.setKubeconfig("east", kubeconfigText({ server: east.url, clientCertificate }));
    east.token = "";
    await connect();
    expect(stateOf().credentialExpiresAtMs).toBe(notAfter);

    const exp = Math.floor(fleet.clock.now() / 1000) + 600;
    const claims = Buffer.from(JSON.stringify({ exp })).toString("base64url");
    east.token = `e30.${claims}.c2lnbmF0dXJl`;
    await fleet.setKubeconfig("east", east.kubeconfig());
    await fleet.clock.advance(2000);
    expect(stateOf().credentialExpiresAtMs).toBe(exp * 1000);
  });
});

describe("the state", () => {
  const webhookFailure = () =>
    new ApiError(
      {
        code: 500,
        reason: "InternalError",
        message:
          'Internal error occurred: failed calling webhook "virtualmachine-validator.kubevirt.io": context deadline exceeded',
      },
      { httpStatus: 500 },
    );

  it("begins with a snapshot of all, then each change with its moment and reason", async () => {
    await fleet.add("east");
    await fleet.add("west");
    manager.start();
    await fleet.clock.advance(0);
    const { states, stop } = follow();
    await fleet.clock.advance(1000);
    expect(states.map(({ configName, type }) => [configName, type])).toEqual([
      ["east", "unknown"],
      ["west", "unknown"],
    ]);
    await connect("west");
    await fleet.clock.advance(0);
    await stop();
    expect(
      states.slice(2).map(({ configName, type, reason }) => [configName, type, reason]),
    ).toEqual([
      ["west", "connecting", "Connecting"],
      ["west", "ready", "Ready"],
    ]);
    expect(stateOf("west")).toMatchObject({ changedAtMs: fleet.clock.now() });
    expect(stateOf("west").clusterUid).toBeDefined();
    expect(stateOf("west").configUid).toBeDefined();
  });

  it("a slow reader gets the newest of each cluster alone", async () => {
    await fleet.add("east");
    const iterator = manager.watchClusterStates()[Symbol.asyncIterator]();
    await fleet.clock.advance(0);
    expect((await iterator.next()).value).toMatchObject({ type: "unknown" });
    for (let round = 0; round < 50; round += 1) {
      await connect();
      manager.invalidateAll();
    }
    await connect();
    expect((await iterator.next()).value).toMatchObject({ type: "ready" });
    await manager[Symbol.asyncDispose]();
    expect((await iterator.next()).done).toBe(true);
  });

  it("writes that fail in webhooks while reads work are a state of their own", async () => {
    const east = await fleet.add("east", { isBare: false });
    const client = await connect();
    let isDown = true;
    east.before = ({ verb }) => {
      if (isDown && verb === "create") throw webhookFailure();
    };
    const write = (name: string) =>
      client
        .create(VirtualMachine, {
          metadata: { namespace: "default", name },
          spec: { running: false, template: { spec: { domain: { devices: {} } } } },
        } as never)
        .catch((error: unknown) => error);
    await write("a");
    expect(stateOf().type).toBe("ready");
    await write("a");
    expect(stateOf()).toMatchObject({ type: "degraded", reason: "WritesFailing" });
    // Another resource whose writes work does not change that.
    await client.list(DataVolume, { namespace: "default" });
    await fleet.clock.advance(30_000);
    expect(stateOf().reason).toBe("WritesFailing");
    expect((await manager.healthCheck()).get("east")?.message).toMatch(/failed calling webhook/);
    isDown = false;
    await write("a");
    expect(stateOf().type).toBe("degraded");
    await write("b");
    expect(stateOf().type).toBe("ready");
  });

  it("a cluster that calls itself not ready is degraded, and answers all the same", async () => {
    const east = await fleet.add("east");
    const client = await connect();
    east.before = ({ path }) => {
      if (path === "/readyz")
        throw new ApiError({ code: 500, message: "etcd failed" }, { httpStatus: 500 });
    };
    await fleet.clock.advance(10_000);
    expect(stateOf()).toMatchObject({ type: "degraded", reason: "NotReady" });
    await client.get(Namespace, { name: "default" });
    east.before = undefined;
    await fleet.clock.advance(10_000);
    expect(stateOf().type).toBe("ready");
  });

  it("a cluster that refuses the credentials is refused, and its answers reach the callers", async () => {
    const east = await fleet.add("east");
    const client = await connect();
    east.token = "token-2-of-the-fixture";
    await fleet.clock.advance(15_000);
    expect(stateOf()).toMatchObject({ type: "refused", reason: "Unauthorized" });
    const error = await client
      .get(Namespace, { name: "default" })
      .catch((reason: unknown) => reason);
    expect(isUnauthorized(error)).toBe(true);
  });

  it("does not flap with a cluster that answers every other probe", async () => {
    const east = await fleet.add("east");
    await connect();
    const { states, stop } = follow();
    let count = 0;
    east.before = ({ path }) => {
      count += 1;
      if (path === "/readyz" && count % 2 === 0)
        throw new ApiError({ code: 401, reason: "Unauthorized" }, { httpStatus: 401 });
    };
    await fleet.clock.advance(5 * 60_000);
    await stop();
    expect(count).toBeGreaterThan(50);
    expect(states.map(({ type }) => type)).toEqual(["ready"]);
  });

  it("does not mind when the wall clock jumps", async () => {
    const east = await fleet.add("east");
    await connect();
    const now = fleet.clock.now.bind(fleet.clock);
    for (const jumpMs of [-86_400_000, 86_400_000]) {
      fleet.clock.now = () => now() + jumpMs;
      await fleet.clock.advance(30_000);
      expect(stateOf().type).toBe("ready");
    }
    const dials = east.requests.length;
    await fleet.clock.advance(40_000);
    expect(east.requests.length - dials).toBeLessThanOrEqual(11);
  });

  it("the phases of probes are spread over the interval", async () => {
    const probesAtMs: number[] = [];
    for (let index = 0; index < 40; index += 1) {
      const cluster = await fleet.add(`cluster-${index}`);
      cluster.before = ({ path }) => {
        if (path === "/readyz") probesAtMs.push(fleet.clock.monotonic());
      };
    }
    await Promise.all([...fleet.clusters.keys()].map((name) => connect(name)));
    await fleet.clock.advance(4000);
    const inTenths = new Set(probesAtMs.map((at) => Math.floor(at / 400)));
    expect(inTenths.size).toBeGreaterThanOrEqual(8);
  });
});
