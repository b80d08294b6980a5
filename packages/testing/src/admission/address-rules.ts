import { isIpv4, parseIpv4 } from "../schema/ip-address.js";

/** Why a text is none. */
export const NOT_AN_ADDRESS = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";

/** Why an address cannot be that of somebody else: it is of the machine itself, or of its neighbours. */
export function reservedRange(address: string): string[] {
  const [a = 0, b = 0, c = 0, d = 0] = parseIpv4(address) ?? [];
  const isV4 = isIpv4(address);
  if (isV4 && a + b + c + d === 0) return ["may not be unspecified (0.0.0.0)"];
  if (address === "::") return ["may not be unspecified (::)"];
  if ((isV4 && a === 127) || address === "::1")
    return ["may not be in the loopback range (127.0.0.0/8, ::1/128)"];
  if ((isV4 && a === 169 && b === 254) || /^fe[89ab]/i.test(address))
    return ["may not be in the link-local range (169.254.0.0/16, fe80::/10)"];
  if (isV4 && a === 224 && b === 0 && c === 0)
    return ["may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"];
  return /^ff02/i.test(address)
    ? ["may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"]
    : [];
}
