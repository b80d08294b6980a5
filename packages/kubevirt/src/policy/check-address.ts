import { BlockList, isIP } from "node:net";

import type { KubeconfigRefusedError } from "@kvop/core";

import { embeddedAddresses } from "./embedded-addresses.js";
import { contains, parseHostList } from "./host-list.js";
import { refused } from "./kubeconfig-failure.js";
import type { KubeconfigPolicy } from "./kubeconfig-policy.js";

/** Networks in which clouds put their metadata services, and where no API server is. */
const FORBIDDEN_NETWORKS = [
  ["0.0.0.0", 8],
  ["169.254.0.0", 16],
  ["224.0.0.0", 4],
  ["255.255.255.255", 32],
  // Metadata services outside of the link-local network: Alibaba, Azure, Oracle.
  ["100.100.100.200", 32],
  ["168.63.129.16", 32],
  ["192.0.0.192", 32],
  ["::", 128],
  ["fe80::", 10],
  ["fec0::", 10],
  ["ff00::", 8],
  // Metadata services of AWS, Google and Scaleway.
  ["fd00:ec2::", 32],
  ["fd20:ce::254", 128],
  ["fd00:42::42", 128],
] as const;

const METADATA_NAMES: ReadonlySet<string> = new Set([
  "metadata",
  "metadata.google.internal",
  "metadata.goog",
  "instance-data",
  "instance-data.ec2.internal",
]);

/** The host of a URL as it is compared: lower case, without brackets and trailing dot. */
export function normalHost(url: URL): string {
  return url.hostname
    .replace(/^\[|\]$/g, "")
    .replace(/\.+$/, "")
    .toLowerCase();
}

/** Whether a host is this very machine by its address or by the reserved name. */
export function isLoopbackHost(host: string): boolean {
  if (isIP(host) === 0) return host === "localhost" || host.endsWith(".localhost");
  return embeddedAddresses(host).every((address) => contains(LOOPBACK, address));
}

/**
 * Checks the host of a kubeconfig's server: a literal address fully, a name as far as it can be told without a lookup.
 *
 * @throws KubeconfigRefusedError (rules `forbidden-address`, `allowed-hosts`); TypeError for a malformed policy.
 */
export function checkHost(host: string, policy: KubeconfigPolicy): void {
  if (isIP(host) !== 0) {
    checkAddress(host, undefined, policy);
    return;
  }
  const list = parseHostList(policy.allowedHosts ?? []);
  if (list.hasName(host)) return;
  if (METADATA_NAMES.has(host)) throw forbidden();
  // A name may lead into a listed network: the lookup of the dial tells.
  if (policy.allowedHosts !== undefined && !list.hasNetworks) throw notListed();
}

/**
 * Checks an address before it is dialled, by every reading of it.
 *
 * @param host The name it was looked up for; undefined for a literal address.
 * @throws KubeconfigRefusedError (rules `forbidden-address`, `allowed-hosts`); TypeError for a malformed policy.
 */
export function checkAddress(
  address: string,
  host: string | undefined,
  policy: KubeconfigPolicy,
): void {
  const list = parseHostList(policy.allowedHosts ?? []);
  const unlisted = embeddedAddresses(address).filter((reading) => !list.hasAddress(reading));
  if (unlisted.length === 0) return;
  if (unlisted.some((reading) => contains(FORBIDDEN, reading))) throw forbidden();
  if (policy.allowedHosts === undefined) return;
  if (host === undefined || !list.hasName(host)) throw notListed();
}

function blockList(networks: ReadonlyArray<readonly [network: string, bits: number]>): BlockList {
  const list = new BlockList();
  for (const [network, bits] of networks)
    list.addSubnet(network, bits, isIP(network) === 6 ? "ipv6" : "ipv4");
  return list;
}

const FORBIDDEN = blockList(FORBIDDEN_NETWORKS);
const LOOPBACK = blockList([
  ["127.0.0.0", 8],
  ["::1", 128],
]);

function forbidden(): KubeconfigRefusedError {
  return refused(
    "forbidden-address",
    "its server is at a link-local, metadata, multicast or unspecified address. Use the API server's own address, or list the network in allowedHosts.",
  );
}

function notListed(): KubeconfigRefusedError {
  return refused(
    "allowed-hosts",
    "its server is not among the hosts that kubeconfigs may lead to. Add its host or network to allowedHosts, or correct the server.",
  );
}
