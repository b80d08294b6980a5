import { KubevirtConfig, Namespace, Secret } from "@kvop/core";
import {
  kubeconfigSecret,
  kubevirtConfig,
  startApiServer,
  vitistackCustomResourceDefinitions,
} from "@kvop/testing";

const NAMESPACE = "kubevirt-configs";

/** A supervisor and API servers over HTTPS within this process, with a config and a Secret for each. */
export async function startServers(count) {
  const supervisor = await startApiServer({
    name: "supervisor",
    crds: vitistackCustomResourceDefinitions(),
  });
  const client = supervisor.server.client({ role: "supervisor", name: "supervisor" });
  await client.create(Namespace, { metadata: { name: NAMESPACE } });
  const clusters = [];
  for (let number = 1; number <= count; number += 1) {
    const name = `cluster-${String(number).padStart(3, "0")}`;
    const listening = await startApiServer({ name });
    await client.create(Secret, kubeconfigSecret(listening.kubeconfig(), { metadata: { name } }));
    await client.create(KubevirtConfig, kubevirtConfig({ metadata: { name } }));
    clusters.push({ name, listening, rotate: () => rotate(name, listening, client) });
  }
  return {
    client,
    clusters,
    [Symbol.asyncDispose]: async () => {
      for (const { listening } of clusters) await listening[Symbol.asyncDispose]();
      await supervisor[Symbol.asyncDispose]();
    },
  };
}

/** Makes a new credential, which replaces the old one at once, and puts it into the Secret. */
async function rotate(name, listening, client) {
  listening.server.rotateAdminToken();
  const { data } = kubeconfigSecret(listening.kubeconfig());
  await client.patch(Secret, { namespace: NAMESPACE, name }, { type: "merge", patch: { data } });
}
