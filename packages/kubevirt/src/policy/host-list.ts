import { BlockList, isIP } from "node:net";

/** Host names, addresses and networks, as a policy lists them. */
export interface HostList {
  /** Whether it names no network: only names can then match. */
  readonly hasNetworks: boolean;
  hasName(host: string): boolean;
  hasAddress(address: string): boolean;
}

/**
 * Reads entries such as `api.example.com`, `*.example.com`, `10.1.2.3`, `10.0.0.0/8`, `fd00::/8`.
 *
 * @throws TypeError for one that is none of these: a list with a mistake in it must not be taken for a stricter or wider one.
 */
export function parseHostList(entries: readonly string[]): HostList {
  const networks = new BlockList();
  const names: string[] = [];
  for (const entry of entries) {
    const [network = "", ...rest] = entry.split("/");
    if (isIP(network) !== 0) addNetwork(networks, entry, network, rest);
    else if (HOST_NAME.test(entry)) names.push(entry.toLowerCase().replace(/\.$/, ""));
    else throw malformed(entry);
  }
  return {
    hasNetworks: names.length < entries.length,
    hasName: (host) =>
      names.some((name) => (name.startsWith("*.") ? host.endsWith(name.slice(1)) : name === host)),
    hasAddress: (address) => contains(networks, address),
  };
}

/** Whether a list of networks holds an address. */
export function contains(list: BlockList, address: string): boolean {
  return list.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}

const HOST_NAME = /^(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?$/i;

function addNetwork(
  list: BlockList,
  entry: string,
  network: string,
  rest: readonly string[],
): void {
  const [bits, ...more] = rest;
  const family = isIP(network) === 6 ? "ipv6" : "ipv4";
  if (bits === undefined) {
    list.addAddress(network, family);
    return;
  }
  const longest = family === "ipv6" ? 128 : 32;
  if (more.length > 0 || !/^\d{1,3}$/.test(bits) || Number(bits) > longest) throw malformed(entry);
  list.addSubnet(network, Number(bits), family);
}

function malformed(entry: string): TypeError {
  return new TypeError(
    `allowedHosts has an entry that is no host name, address or network: "${entry}". Write it as api.example.com, *.example.com, 10.1.2.3 or 10.0.0.0/8.`,
  );
}
