import { NetworkConfiguration } from "@kvop/core";
import { MachineBlockedError } from "./machine-blocked-error.js";
import type { ReconcileContext } from "./reconcile-context.js";
import type { PlannedNetwork } from "./resolve-network.js";
import type { CloudInit } from "./resolve-cloud-init.js";
import type { StoredMachine } from "./served-machine.js";

/** How addresses of a network are set where no DHCP gives them out. */
export interface StaticAddressing {
  readonly cidr: string;
  readonly gateway: string;
  readonly dns: readonly string[];
}

/** Adds the allocated address to the cloud-init data of a Machine on a network with static addresses; its own network data counts more. */
export async function withStaticAddress(
  context: ReconcileContext,
  machine: StoredMachine,
  network: PlannedNetwork,
  macAddress: string,
  cloudInit: CloudInit | undefined,
): Promise<CloudInit | undefined> {
  const { staticAddressing } = network;
  if (cloudInit === undefined || cloudInit.networkData !== undefined) return cloudInit;
  if (staticAddressing === undefined) return cloudInit;
  const { namespace, name } = machine.metadata;
  const configuration = await context.supervisor.find(
    NetworkConfiguration,
    { namespace, name },
    { signal: context.signal },
  );
  const allocated = configuration?.status?.networkInterfaces?.find(
    (entry) => entry.macAddress?.toLowerCase() === macAddress.toLowerCase(),
  );
  const address = allocated?.ipv4Addresses?.[0];
  if (address === undefined || address === "") {
    throw new MachineBlockedError({
      condition: "NetworkReady",
      reason: "AddressPending",
      message: `No address is allocated for ${macAddress} in NetworkConfiguration "${name}" yet. The operator of the addresses has to write one into its status.`,
      isWait: true,
    });
  }
  const networkData = buildNetworkData(network.name, macAddress, address, staticAddressing);
  return { ...cloudInit, networkData };
}

/** Network configuration of cloud-init, version 1, with one static IPv4 address. */
export function buildNetworkData(
  interfaceName: string,
  macAddress: string,
  address: string,
  { cidr, gateway, dns }: StaticAddressing,
): string {
  const lines = [
    "version: 1",
    "config:",
    "  - type: physical",
    `    name: ${interfaceName}`,
    `    mac_address: "${macAddress}"`,
    "    subnets:",
    "      - type: static",
    `        address: ${address.split("/")[0]}`,
    `        netmask: ${netmaskOf(cidr)}`,
    `        gateway: ${gateway}`,
  ];
  if (dns.length > 0)
    lines.push("        dns_nameservers:", ...dns.map((server) => `          - ${server}`));
  return `${lines.join("\n")}\n`;
}

/** The netmask of `address/bits`. */
export function netmaskOf(cidr: string): string {
  const bits = Number(cidr.split("/")[1] ?? "32");
  return [0, 8, 16, 24]
    .map((start) => 256 - 2 ** (8 - Math.min(8, Math.max(0, bits - start))))
    .join(".");
}
