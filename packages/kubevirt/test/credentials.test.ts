import { inspect } from "node:util";

import {
  ApiError,
  ConfigMap,
  ConnectionFailedError,
  Namespace,
  seededRandom,
  systemRandom,
} from "@kvop/core";
import { kubeconfigText } from "@kvop/testing";
import * as prometheus from "prom-client";
import { afterEach, beforeEach, expect, it } from "vitest";

import { createCertificateAuthority } from "../../testing/src/authentication/certificate-authority.js";
import { createPrometheusMetrics, KubevirtClientManager } from "../src/index.js";
import { recordOutput, recordSecret, searchOutputs } from "./outputs.js";
import { VirtualFleet } from "./virtual-fleet.js";

let fleet: VirtualFleet;
let manager: KubevirtClientManager;
let registry: prometheus.Registry;
const secret = "a-very-secret-token-7d1f";

beforeEach(() => {
  fleet = new VirtualFleet();
  registry = new prometheus.Registry();
  manager = new KubevirtClientManager(fleet.supervisorClient, {
    ...fleet.options,
    metrics: createPrometheusMetrics(prometheus, registry),
  });
});
afterEach(() => manager[Symbol.asyncDispose]());

/** Notes everything that the manager gives out, at this moment. */
async function recordAll(): Promise<void> {
  recordOutput(await registry.metrics());
  for (const name of fleet.clusters.keys()) recordOutput(manager.getClusterState(name));
  recordOutput(await manager.healthCheck().catch((error: unknown) => error));
  recordOutput(manager);
  recordOutput(JSON.stringify(manager));
  const client = await manager.getClientForConfig("east").catch((error: unknown) => error);
  recordOutput(client);
  recordOutput(JSON.stringify(client));
  recordOutput(manager.watchResource("east", ConfigMap));
}

it("no failure of any kind puts a credential out", async () => {
  const east = await fleet.add("east");
  const random = seededRandom(3);
  const { certPem, keyPem } = createCertificateAuthority({
    clock: fleet.clock,
    random: systemRandom,
  }).issueClient({ user: "kvop" });
  recordSecret(secret);
  for (const line of keyPem.split("\n")) if (!line.startsWith("-----")) recordSecret(line);
  const good = east.kubeconfig();
  const kubeconfigs = [
    good,
    east.kubeconfig(secret),
    `token: "${secret}\n  : [`,
    good.replace("token:", `tokenFile: /etc/${secret} #`),
    good.replace(/https:[^\n]*/, `https://admin:${secret}@10.0.0.1:6443`),
    good.replace(/token:[^\n]*/, `token: "${secret} with spaces"`),
    good.replace(/token:[^\n]*/, `exec: { command: ${secret} }`),
    kubeconfigText({ server: east.url, clientCertificate: { certPem, keyPem } }),
    kubeconfigText({
      server: east.url,
      clientCertificate: { certPem, keyPem: keyPem.replaceAll("A", "B") },
    }),
    secret,
  ];
  const failures = [
    undefined,
    new ConnectionFailedError({ cluster: "east", address: "10.0.0.1:6443" }),
    new ApiError({ code: 401, reason: "Unauthorized" }, { httpStatus: 401 }),
    new ApiError({ code: 500, reason: "InternalError" }, { httpStatus: 500 }),
  ];
  for (const kubeconfig of kubeconfigs) {
    for (const failure of failures) {
      east.before = () => {
        if (failure !== undefined) throw failure;
      };
      if (random.next() < 0.3) manager.invalidateAll();
      await fleet.setKubeconfig("east", kubeconfig);
      const calls = [
        manager.getClientForConfig("east"),
        manager.validateConnection("east"),
        manager.getRESTConfigForConfig("east").then((config) => config.getCurrentCluster()),
        manager
          .getClientForConfig("east")
          .then((client) => client.get(Namespace, { name: "default" })),
      ];
      for (const call of calls) recordOutput(await call.catch((error: unknown) => error));
      await fleet.clock.advance(3000);
      await recordAll();
    }
  }
  const { leaks, searched } = searchOutputs();
  expect(leaks).toEqual([]);
  expect(searched).toBeGreaterThan(100);
});

it("the search itself would find one", () => {
  recordSecret(secret);
  recordOutput({ deep: { inside: new Error(`it was ${secret}`) } });
  recordOutput(`in base64: ${Buffer.from(secret).toString("base64")}`);
  const hidden = Object.defineProperty({}, "hidden", { value: secret, enumerable: false });
  recordOutput(hidden);
  expect(inspect(hidden)).not.toContain(secret);
  expect(searchOutputs().leaks).toHaveLength(3);
});
