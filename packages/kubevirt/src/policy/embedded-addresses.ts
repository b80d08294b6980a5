import { isIP } from "node:net";

/**
 * The addresses that a packet to an address may end at: the IPv4 ones that an IPv6 address stands for, or else the address
 * itself. An address whose form leaves several readings open gives all of them.
 *
 * @param address A literal that `net.isIP` takes; a zone (`%eth0`) is left out.
 */
export function embeddedAddresses(address: string): readonly string[] {
  const plain = address.split("%")[0] ?? "";
  if (isIP(plain) !== 6) return [plain];
  const groups = ipv6Groups(plain);
  const embedded = FORMS.find(({ matches }) => matches(groups))?.read(groups) ?? [];
  return embedded.length === 0 ? [plain] : embedded;
}

type Groups = readonly number[];

interface Form {
  readonly matches: (groups: Groups) => boolean;
  readonly read: (groups: Groups) => readonly string[];
}

const lowest = (groups: Groups): string => dotted(groups[6], groups[7]);
const startsWith =
  (...prefix: readonly number[]) =>
  (groups: Groups): boolean =>
    prefix.every((value, index) => groups[index] === value);

const FORMS: readonly Form[] = [
  // Mapped, `::ffff:0:0/96` (RFC 4291 2.5.5.2), and translated, `::ffff:0:0:0/96` (RFC 2765).
  { matches: startsWith(0, 0, 0, 0, 0, 0xffff), read: (groups) => [lowest(groups)] },
  { matches: startsWith(0, 0, 0, 0, 0xffff, 0), read: (groups) => [lowest(groups)] },
  // Compatible, `::/96` (RFC 4291 2.5.5.1); `::` and `::1` are addresses of their own.
  {
    matches: (groups) => startsWith(0, 0, 0, 0, 0, 0)(groups) && groups[6] !== 0,
    read: (groups) => [lowest(groups)],
  },
  // NAT64, `64:ff9b::/96` (RFC 6052).
  { matches: startsWith(0x64, 0xff9b, 0, 0, 0, 0), read: (groups) => [lowest(groups)] },
  // NAT64 of a site's own, `64:ff9b:1::/48` (RFC 8215): prefixes of 48, 56, 64 and 96 bits put the IPv4 address in other places.
  {
    matches: startsWith(0x64, 0xff9b, 1),
    read: (groups) => {
      const octets = groups.flatMap((group) => [group >> 8, group & 0xff]);
      const at = (...places: readonly number[]): string =>
        places.map((place) => octets[place] ?? 0).join(".");
      return [at(6, 7, 9, 10), at(7, 9, 10, 11), at(9, 10, 11, 12), at(12, 13, 14, 15)];
    },
  },
  // 6to4, `2002::/16` (RFC 3056).
  { matches: startsWith(0x2002), read: (groups) => [dotted(groups[1], groups[2])] },
  // Teredo, `2001::/32` (RFC 4380): the server, and the client with its bits turned over.
  {
    matches: startsWith(0x2001, 0),
    read: (groups) => [
      dotted(groups[2], groups[3]),
      dotted((groups[6] ?? 0) ^ 0xffff, (groups[7] ?? 0) ^ 0xffff),
    ],
  },
];

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

function dotted(high = 0, low = 0): string {
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join(".");
}
