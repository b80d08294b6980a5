import { KubevirtConfig, Secret } from "@kvop/core";
import { createSupervisorClient, KubevirtClientManager } from "@kvop/kubevirt";
import { kubeconfigSecret, kubevirtConfig } from "@kvop/testing";
import { pooled, readConnection } from "./connection.mjs";

/** Where the configs' Secrets are. */
export const CONFIG_NAMESPACE = "kubevirt-configs";

/** No rate limit: it would be what is measured. */
const QUICK = { requestsPerSecond: 1e6, burst: 1e6 };

/** A client of the supervisor of the kubeconfig. */
export function newSupervisor(kubeconfigPath) {
  return createSupervisorClient({ kubeconfigPath, ...QUICK });
}

/** A manager of the supervisor's configs. */
export function newManager(supervisor, options) {
  return new KubevirtClientManager(supervisor, { writeStatus: false, ...QUICK, ...options });
}

/** The supervisor of a fleet of so many servers, and how to make and remove any number of configs that lead to them. */
export async function prepareConfigs(fleet, servers) {
  const supervisor = await newSupervisor(fleet.kubeconfigPath("supervisor"));
  const connections = await Promise.all(
    Array.from({ length: servers }, (_, index) =>
      readConnection(fleet.kubeconfigPath(`cluster-${index + 1}`)),
    ),
  );
  const make = async (prefix, count, { hole, isDead = () => false } = {}) => {
    const names = Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
    await pooled(count, 8, async (index) => {
      const { text, server } = connections[index % servers];
      const kubeconfig = isDead(index) ? text.replaceAll(server, hole.url) : text;
      const metadata = { name: names[index], namespace: CONFIG_NAMESPACE };
      await supervisor.create(Secret, kubeconfigSecret(kubeconfig, { metadata }));
      const { status: _, ...config } = kubevirtConfig({ metadata: { name: names[index] } });
      await supervisor.create(KubevirtConfig, config);
    });
    return names;
  };
  const remove = (names) =>
    pooled(names.length, 8, async (index) => {
      const key = { name: names[index] };
      await supervisor.delete(KubevirtConfig, key);
      await supervisor.delete(Secret, { ...key, namespace: CONFIG_NAMESPACE });
    });
  return { supervisor, connections, make, remove };
}
