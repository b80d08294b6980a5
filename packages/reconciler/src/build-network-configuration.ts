import { type NetworkConfiguration, type Random } from "@kvop/core";
import { buildAnnotations, buildLabels } from "./object-labels.js";
import type { PlannedNetwork } from "./resolve-network.js";
import type { StoredMachine } from "./served-machine.js";

/** Shortest and longest `spec.name` that the CRD takes. */
const SHORTEST_NAME = 2;
const LONGEST_NAME = 32;

/** The object that holds the Machine's MAC address, owned by the Machine. */
export function buildNetworkConfiguration(
  machine: StoredMachine,
  network: PlannedNetwork,
  macAddress: string,
  managedBy: string,
): NetworkConfiguration {
  const { name, namespace, uid } = machine.metadata;
  return {
    apiVersion: "vitistack.io/v1alpha1",
    kind: "NetworkConfiguration",
    metadata: {
      name,
      namespace,
      labels: buildLabels(machine, managedBy),
      annotations: buildAnnotations(machine),
      ownerReferences: [
        {
          apiVersion: "vitistack.io/v1alpha1",
          kind: "Machine",
          name,
          uid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: {
      name: shortenName(name),
      description: `Network configuration for machine ${name}`.slice(0, 256),
      networkInterfaces: [{ name: network.name, macAddress }],
      ...(network.networkNamespaceName === undefined
        ? {}
        : { networkNamespaceName: network.networkNamespaceName }),
    },
  };
}

/**
 * The name as it goes into `spec.name`: node pools of a cluster are abbreviated, so that their numbers survive the limit of
 * 32 characters, and the rest is cut. Characters that a Machine's name may have and `spec.name` may not become dashes.
 */
export function shortenName(name: string): string {
  const short = name
    .replace(/-control-plane-(?:.*-)?(\d+)$/, "-ctp$1")
    .replace(/-worker-(?:.*-)?(\d+)$/, "-wrk$1")
    .replaceAll(/[^A-Za-z0-9_-]/g, "-");
  return short.slice(0, LONGEST_NAME).padEnd(SHORTEST_NAME, "-");
}

/** A locally administered MAC address: `02`, the site's byte, four random ones. */
export function buildMacAddress(random: Random, macSet: number): string {
  return [0x02, macSet, ...random.bytes(4)]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join(":");
}
