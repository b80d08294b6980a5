import { formatIp, parseCidr } from "../schema/cel/cel-opaque.js";
import { parseIpv6 } from "../schema/ip-address.js";

/** What the real server says of an IPv6 address that is written longer than it need be. */
export function warningsOfAddress(text: string, path: string): string[] {
  const bytes = parseIpv6(text);
  const canonical = bytes === undefined ? text : formatIp(bytes);
  return canonical === text
    ? []
    : [
        `${path}: IPv6 address ${JSON.stringify(text)} should be in RFC 5952 canonical format (${JSON.stringify(canonical)})`,
      ];
}

/** The same of a network. */
export function warningsOfNetwork(text: string, path: string): string[] {
  const network = parseCidr(text.trim());
  if (network === undefined || network.bytes.length === 4) return [];
  const canonical = `${formatIp(network.bytes)}/${network.bits}`;
  return canonical === text
    ? []
    : [
        `${path}: IPv6 CIDR value ${JSON.stringify(text)} should be in RFC 5952 canonical format (${JSON.stringify(canonical)})`,
      ];
}
