import { FORMAT_CHECKS } from "../formats.js";
import {
  checkDns1035Label,
  checkDns1123Label,
  checkDns1123Subdomain,
  checkLabelValue,
  checkQualifiedName,
} from "../name-rules.js";
import type { NameRule } from "../name-rules.js";
import { parseQuantity } from "../quantity.js";
import type { Quantity } from "../quantity.js";
import {
  CIDR,
  IP,
  NAMED_FORMAT,
  QUANTITY,
  SEMVER,
  URL_TYPE,
  compareOpaque,
  formatIp,
  isWithin,
  maskBytes,
  parseCidr,
  parseIp,
  parseSemver,
  parseUrl,
} from "./cel-opaque.js";
import type { Cidr, IpAddress, ParsedUrl, SemanticVersion } from "./cel-opaque.js";
import type { CelFunction, CelLibrary } from "./cel-function.js";
import { noOverload } from "./cel-operators.js";
import { CelError, CelMap, CelOpaque, CelOptional } from "./cel-value.js";
import type { CelValue } from "./cel-value.js";

function text(value: CelValue | undefined): string {
  if (typeof value !== "string") throw noOverload();
  return value;
}

function content<T>(value: CelValue | undefined, type: string): T {
  if (!(value instanceof CelOpaque) || value.type !== type) throw noOverload();
  return value.content as T;
}

const NANOS = 1_000_000_000n;

function quantity(value: CelValue | undefined): CelOpaque {
  const parsed = parseQuantity(text(value));
  if (parsed === undefined) {
    throw new CelError(
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    );
  }
  return new CelOpaque(QUANTITY, parsed);
}

function addQuantities(left: CelValue | undefined, right: CelValue | undefined, sign: bigint) {
  const first = content<Quantity>(left, QUANTITY);
  const nanos =
    typeof right === "bigint" ? right * NANOS : content<Quantity>(right, QUANTITY).nanos;
  return new CelOpaque(QUANTITY, { nanos: first.nanos + sign * nanos, format: first.format });
}

/** Comparisons that quantities and versions share. */
function compared(test: (order: number) => boolean): CelFunction {
  return ([left, right]) => {
    if (!(left instanceof CelOpaque) || !(right instanceof CelOpaque)) throw noOverload();
    return test(compareOpaque(left, right));
  };
}

function ip(value: CelValue | undefined): IpAddress {
  const address = parseIp(text(value));
  if (address === undefined) {
    throw new CelError(
      `IP Address "${text(value)}" parse error during conversion from string: ParseAddr("${text(value)}"): unable to parse IP`,
    );
  }
  return address;
}

function cidr(value: CelValue | undefined): Cidr {
  const network = parseCidr(text(value));
  if (network === undefined) {
    throw new CelError(
      `network address parse error during conversion from string: netip.ParsePrefix("${text(value)}"): no '/'`,
    );
  }
  return network;
}

function url(value: CelValue | undefined): ParsedUrl {
  const parsed = parseUrl(text(value));
  if (parsed === undefined) {
    throw new CelError(
      `URL parse error during conversion from string: parse "${text(value)}": invalid URI for request`,
    );
  }
  return parsed;
}

const urlPart =
  (part: (parsed: ParsedUrl) => string): CelFunction =>
  ([value]) =>
    part(content<ParsedUrl>(value, URL_TYPE));

const ipTest =
  (test: (bytes: readonly number[]) => boolean): CelFunction =>
  ([value]) =>
    test(content<IpAddress>(value, IP).bytes);

function startsWith(bytes: readonly number[], v4: Cidr, v6: Cidr): boolean {
  return isWithin(bytes, bytes.length === 4 ? v4 : v6);
}

const network = (notation: string): Cidr => parseCidr(notation) ?? { bytes: [], bits: 0 };
const LOOPBACK = [network("127.0.0.0/8"), network("::1/128")] as const;
const LINK_LOCAL = [network("169.254.0.0/16"), network("fe80::/10")] as const;
const LINK_LOCAL_MULTICAST = [network("224.0.0.0/24"), network("ff02::/16")] as const;
const MULTICAST = [network("224.0.0.0/4"), network("ff00::/8")] as const;

function isUnspecified(bytes: readonly number[]): boolean {
  return bytes.every((byte) => byte === 0);
}

function isGlobalUnicast(bytes: readonly number[]): boolean {
  const isBroadcast = bytes.length === 4 && bytes.every((byte) => byte === 255);
  return !(
    isBroadcast ||
    isUnspecified(bytes) ||
    startsWith(bytes, ...LOOPBACK) ||
    startsWith(bytes, ...MULTICAST) ||
    startsWith(bytes, ...LINK_LOCAL)
  );
}

function containsCidr(outer: Cidr, inner: Cidr): boolean {
  return inner.bits >= outer.bits && isWithin(inner.bytes, outer);
}

function queryMap(query: string): CelMap {
  const map = new CelMap();
  for (const part of query === "" ? [] : query.split("&")) {
    const [key = "", value = ""] = part.split(/=(.*)/s);
    const name = decode(key);
    const values = map.get(name);
    map.set(name, [...(Array.isArray(values) ? values : []), decode(value)]);
  }
  return map;
}

function decode(encoded: string): string {
  try {
    return decodeURIComponent(encoded.replaceAll("+", " "));
  } catch {
    return encoded;
  }
}

function isFormat(name: string, message: string): NameRule {
  return (value) => (FORMAT_CHECKS.get(name)?.(value) === true ? [] : [message]);
}

const asPrefix =
  (rule: NameRule): NameRule =>
  (value) =>
    rule(value.endsWith("-") ? `${value.slice(0, -1)}a` : value);

const FORMATS: ReadonlyMap<string, NameRule> = new Map([
  ["dns1123Label", checkDns1123Label],
  ["dns1123Subdomain", checkDns1123Subdomain],
  ["dns1035Label", checkDns1035Label],
  ["qualifiedName", checkQualifiedName],
  ["dns1123LabelPrefix", asPrefix(checkDns1123Label)],
  ["dns1123SubdomainPrefix", asPrefix(checkDns1123Subdomain)],
  ["dns1035LabelPrefix", asPrefix(checkDns1035Label)],
  ["labelValue", checkLabelValue],
  ["uri", isFormat("uri", "must be a valid URI")],
  ["uuid", isFormat("uuid", "does not match the UUID format")],
  ["byte", isFormat("byte", "invalid base64")],
  ["date", isFormat("date", "invalid date")],
  ["datetime", isFormat("datetime", "invalid datetime")],
]);

function namedFormat(name: string): CelOpaque {
  return new CelOpaque(NAMED_FORMAT, name);
}

const namedFormats: CelLibrary = Object.fromEntries(
  [...FORMATS.keys()].map((name): [string, CelFunction] => [
    `format.${name}`,
    () => namedFormat(name),
  ]),
);

/** The libraries that Kubernetes adds: quantities, IP addresses, networks, URLs, semantic versions, formats. */
export const KUBERNETES_LIBRARY: CelLibrary = {
  ...namedFormats,
  isQuantity: ([value]) => parseQuantity(text(value)) !== undefined,
  quantity: ([value]) => quantity(value),
  ".isGreaterThan": compared((order) => order > 0),
  ".isLessThan": compared((order) => order < 0),
  ".compareTo": ([left, right]) => {
    if (!(left instanceof CelOpaque) || !(right instanceof CelOpaque)) throw noOverload();
    return BigInt(compareOpaque(left, right));
  },
  ".add": ([left, right]) => addQuantities(left, right, 1n),
  ".sub": ([left, right]) => addQuantities(left, right, -1n),
  ".asInteger": ([value]) => {
    const { nanos } = content<Quantity>(value, QUANTITY);
    if (nanos % NANOS !== 0n) throw new CelError("cannot convert value to integer");
    return nanos / NANOS;
  },
  ".isInteger": ([value]) => content<Quantity>(value, QUANTITY).nanos % NANOS === 0n,
  ".asApproximateFloat": ([value]) => Number(content<Quantity>(value, QUANTITY).nanos) / 1e9,
  isURL: ([value]) => parseUrl(text(value)) !== undefined,
  url: ([value]) => new CelOpaque(URL_TYPE, url(value)),
  ".getScheme": urlPart((parsed) => parsed.scheme),
  ".getHost": urlPart((parsed) => parsed.host),
  ".getHostname": urlPart((parsed) => parsed.host.replace(/:\d*$/, "").replace(/^\[(.*)\]$/, "$1")),
  ".getPort": urlPart((parsed) => /:(\d*)$/.exec(parsed.host)?.[1] ?? ""),
  ".getEscapedPath": urlPart((parsed) =>
    parsed.path.replaceAll(/[^\u0021-\u007e]|["<>\\^`{|}]/g, (character) =>
      encodeURIComponent(character),
    ),
  ),
  ".getQuery": ([value]) => queryMap(content<ParsedUrl>(value, URL_TYPE).query),
  isIP: ([value]) => parseIp(text(value)) !== undefined,
  ip: ([value]) => new CelOpaque(IP, ip(value)),
  "ip.isCanonical": ([value]) => formatIp(ip(value).bytes) === text(value),
  ".family": ipTestNumber((bytes) => (bytes.length === 4 ? 4 : 6)),
  ".isUnspecified": ipTest(isUnspecified),
  ".isLoopback": ipTest((bytes) => startsWith(bytes, ...LOOPBACK)),
  ".isLinkLocalMulticast": ipTest((bytes) => startsWith(bytes, ...LINK_LOCAL_MULTICAST)),
  ".isLinkLocalUnicast": ipTest((bytes) => startsWith(bytes, ...LINK_LOCAL)),
  ".isGlobalUnicast": ipTest(isGlobalUnicast),
  isCIDR: ([value]) => parseCidr(text(value)) !== undefined,
  cidr: ([value]) => new CelOpaque(CIDR, cidr(value)),
  ".containsIP": ([outer, inner]) => {
    const address = typeof inner === "string" ? ip(inner) : content<IpAddress>(inner, IP);
    return isWithin(address.bytes, content<Cidr>(outer, CIDR));
  },
  ".containsCIDR": ([outer, inner]) =>
    containsCidr(
      content<Cidr>(outer, CIDR),
      typeof inner === "string" ? cidr(inner) : content<Cidr>(inner, CIDR),
    ),
  ".ip": ([value]) => new CelOpaque(IP, { bytes: content<Cidr>(value, CIDR).bytes }),
  ".masked": ([value]) => {
    const { bytes, bits } = content<Cidr>(value, CIDR);
    return new CelOpaque(CIDR, { bytes: maskBytes(bytes, bits), bits });
  },
  ".prefixLength": ([value]) => BigInt(content<Cidr>(value, CIDR).bits),
  isSemver: ([value, normalizes]) => parseSemver(text(value), normalizes === true) !== undefined,
  semver: ([value, normalizes]) => {
    const version = parseSemver(text(value), normalizes === true);
    if (version === undefined) throw new CelError("No Major.Minor.Patch elements found");
    return new CelOpaque(SEMVER, version);
  },
  ".major": ([value]) => content<SemanticVersion>(value, SEMVER).major,
  ".minor": ([value]) => content<SemanticVersion>(value, SEMVER).minor,
  ".patch": ([value]) => content<SemanticVersion>(value, SEMVER).patch,
  "format.named": ([name]) =>
    new CelOptional(FORMATS.has(text(name)) ? namedFormat(text(name)) : undefined),
  ".validate": ([format, value]) => {
    const rule = FORMATS.get(content<string>(format, NAMED_FORMAT));
    const wrong = rule?.(text(value)) ?? [];
    return new CelOptional(wrong.length === 0 ? undefined : wrong);
  },
};

function ipTestNumber(of: (bytes: readonly number[]) => number): CelFunction {
  return ([value]) => BigInt(of(content<IpAddress>(value, IP).bytes));
}
