import { maskBytes, parseCidr } from "../schema/cel/cel-opaque.js";
import { type FieldError, invalid } from "../schema/field-error.js";

/** An address range, whose address is its first. */
export function validateNetwork(text: string, field: string): FieldError[] {
  const network = parseCidr(text);
  if (network === undefined) {
    const detail = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";
    return [invalid(field, text, detail)];
  }
  const first = maskBytes(network.bytes, network.bits);
  return network.bytes.every((byte, index) => byte === first[index])
    ? []
    : [invalid(field, text, "must not have bits set beyond the prefix length")];
}
