import { BlockList, isIP } from "node:net";

import { KubeconfigRefusedError } from "@kvop/core";

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
  // Metadata services of AWS and Google.
  ["fd00:ec2::", 32],
  ["fd20:ce::254", 128],
] as const;

const METADATA_NAMES: ReadonlySet<string> = new Set([
  "metadata",
  "metadata.google.internal",
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
  return contains(LOOPBACK, effectiveAddress(host));
}

/**
 * Checks the host of a kubeconfig's server: a literal address fully, a name as far as it can be told without a lookup.
 *
 * @throws KubeconfigRefusedError
 */
export function checkHost(host: string, policy: KubeconfigPolicy): void {
  if (isIP(host) !== 0) {
    checkAddress(host, undefined, policy);
    return;
  }
  if (METADATA_NAMES.has(host) && !isListedName(host, policy)) throw forbidden();
  const { allowedHosts } = policy;
  if (allowedHosts === undefined || isListedName(host, policy)) return;
  if (!allowedHosts.some(isNetwork)) throw notListed();
}

/**
 * Checks an address before it is dialled.
 *
 * @param host The name it was looked up for; undefined for a literal address.
 * @throws KubeconfigRefusedError
 */
export function checkAddress(
  address: string,
  host: string | undefined,
  policy: KubeconfigPolicy,
): void {
  const effective = effectiveAddress(address);
  const listed = policy.allowedHosts?.some((entry) => networkContains(entry, effective)) === true;
  if (listed) return;
  if (contains(FORBIDDEN, effective)) throw forbidden();
  if (policy.allowedHosts === undefined) return;
  if (host === undefined || !isListedName(host, policy)) throw notListed();
}

function isListedName(host: string, policy: KubeconfigPolicy): boolean {
  return (policy.allowedHosts ?? []).some((entry) => {
    const name = entry.toLowerCase().replace(/\.+$/, "");
    return name.startsWith("*.") ? host.endsWith(name.slice(1)) : name === host;
  });
}

function isNetwork(entry: string): boolean {
  return isIP(entry.split("/")[0] ?? "") !== 0;
}

function networkContains(entry: string, address: string): boolean {
  const [network = "", bits] = entry.split("/");
  const family = isIP(network);
  if (family === 0) return false;
  const list = new BlockList();
  const kind = family === 4 ? "ipv4" : "ipv6";
  if (bits === undefined) list.addAddress(network, kind);
  else list.addSubnet(network, Number(bits), kind);
  return contains(list, address);
}

function contains(list: BlockList, address: string): boolean {
  return list.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}

/**
 * The IPv4 address that an IPv6 one stands for: mapped (`::ffff:0:0/96`), compatible (`::/96`), translated (`64:ff9b::/96`,
 * RFC 6052) or 6to4 (`2002::/16`, RFC 3056); any other address as it is.
 */
function effectiveAddress(address: string): string {
  const plain = address.split("%")[0] ?? "";
  if (isIP(plain) !== 6) return plain;
  const groups = ipv6Groups(plain);
  const [first = 0, second = 0, third = 0] = groups;
  if (first === 0x2002) return dotted(second, third);
  const high = groups[6] ?? 0;
  const low = groups[7] ?? 0;
  const middle = groups.slice(2, 6);
  const isZero = (values: readonly number[]): boolean => values.every((value) => value === 0);
  if (first === 0x64 && second === 0xff9b && isZero(middle)) return dotted(high, low);
  if (first !== 0 || second !== 0 || !isZero(middle.slice(0, 3))) return plain;
  if (middle[3] === 0xffff) return dotted(high, low);
  // `::` and `::1` are IPv6 addresses of their own.
  return middle[3] === 0 && high !== 0 ? dotted(high, low) : plain;
}

function ipv6Groups(address: string): number[] {
  // The URL parser writes every spelling of an address, dotted endings included, as hexadecimal groups.
  const text = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const [head = "", tail] = text.split("::");
  const parse = (part: string): number[] =>
    part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16));
  const before = parse(head);
  const after = parse(tail ?? "");
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => 0);
  return [...before, ...zeros, ...after];
}

function dotted(high: number, low: number): string {
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join(".");
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
  return new KubeconfigRefusedError({
    rule: "forbidden-address",
    reason:
      "its server is at a link-local, metadata, multicast or unspecified address. Use the API server's own address, or list the network in allowedHosts.",
  });
}

function notListed(): KubeconfigRefusedError {
  return new KubeconfigRefusedError({
    rule: "allowed-hosts",
    reason:
      "its server is not among the hosts that kubeconfigs may lead to. Add its host or network to allowedHosts, or correct the server.",
  });
}
