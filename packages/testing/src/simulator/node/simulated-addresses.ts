/** An IPv4 and an IPv6 address that depend on the interface's full name alone, so that runs can be compared. */
export function simulatedAddresses(fullName: string): string[] {
  // FNV-1a: 32 bits, the same everywhere.
  let hash = 0x811c9dc5;
  for (const character of fullName)
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  const byte = (shift: number): number => (hash >>> shift) & 0xff;
  const hex = (number: number): string => number.toString(16);
  return [
    `10.${byte(0)}.${byte(8)}.${1 + (byte(16) % 254)}`,
    `fd00::${hex(hash & 0xffff)}:${hex(hash >>> 16 || 1)}`,
  ];
}
