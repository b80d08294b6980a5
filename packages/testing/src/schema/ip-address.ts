/** Whether a text is an IPv4 address in dotted decimals without leading zeros, as Go's net/netip reads it. */
export function isIpv4(text: string): boolean {
  return parseIpv4(text) !== undefined;
}

/** Whether a text is an IPv6 address; a zone is refused. */
export function isIpv6(text: string): boolean {
  return parseIpv6(text) !== undefined;
}

/** The four bytes of an IPv4 address; undefined when it is none. */
export function parseIpv4(text: string): number[] | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  const bytes: number[] = [];
  for (const part of parts) {
    if (!/^(?:0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    bytes.push(Number(part));
  }
  return bytes;
}

/** The sixteen bytes of an IPv6 address; undefined when it is none. */
export function parseIpv6(text: string): number[] | undefined {
  if (!/^[0-9a-fA-F:.]+$/.test(text) || !text.includes(":")) return undefined;
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0] as string, halves.length === 1);
  if (head === undefined) return undefined;
  if (halves.length === 1) return head.length === 16 ? head : undefined;
  const tail = parseGroups(halves[1] as string, true);
  if (tail === undefined || head.length + tail.length > 14) return undefined;
  const zeros = Array.from({ length: 16 - head.length - tail.length }, () => 0);
  return [...head, ...zeros, ...tail];
}

function parseGroups(text: string, mayEndInIpv4: boolean): number[] | undefined {
  if (text === "") return [];
  const bytes: number[] = [];
  const groups = text.split(":");
  for (const [index, group] of groups.entries()) {
    if (group.includes(".")) {
      const ipv4 = parseIpv4(group);
      if (ipv4 === undefined || !mayEndInIpv4 || index !== groups.length - 1) return undefined;
      bytes.push(...ipv4);
      continue;
    }
    if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return undefined;
    const value = Number.parseInt(group, 16);
    bytes.push(value >> 8, value & 255);
  }
  return bytes;
}
