import { parseIpv4, parseIpv6 } from "../ip-address.js";
import { compareQuantity } from "../quantity.js";
import type { Quantity } from "../quantity.js";
import { CelError, CelOpaque } from "./cel-value.js";

export const QUANTITY = "kubernetes.Quantity";
export const IP = "net.IP";
export const CIDR = "net.CIDR";
export const URL_TYPE = "kubernetes.URL";
export const SEMVER = "kubernetes.Semver";
export const NAMED_FORMAT = "kubernetes.NamedFormat";

/** An IP address: 4 or 16 bytes. */
export interface IpAddress {
  readonly bytes: readonly number[];
}

export interface Cidr {
  readonly bytes: readonly number[];
  readonly bits: number;
}

export interface SemanticVersion {
  readonly major: bigint;
  readonly minor: bigint;
  readonly patch: bigint;
  readonly pre: readonly string[];
}

/** Reads an IP address; zones and IPv4 in IPv6 with dots are refused, as the Kubernetes library does. */
export function parseIp(text: string): IpAddress | undefined {
  if (text.includes(":") && text.includes(".")) return undefined;
  const bytes = parseIpv4(text) ?? parseIpv6(text);
  return bytes === undefined ? undefined : { bytes };
}

export function parseCidr(text: string): Cidr | undefined {
  const match = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(text);
  const address = match === null ? undefined : parseIp(match[1] as string);
  const bits = Number(match?.[2]);
  if (address === undefined || bits > address.bytes.length * 8) return undefined;
  return { bytes: address.bytes, bits };
}

/** The shortest text of an address (RFC 5952). */
export function formatIp(bytes: readonly number[]): string {
  if (bytes.length === 4) return bytes.join(".");
  const groups: number[] = [];
  for (let index = 0; index < 16; index += 2) {
    groups.push(((bytes[index] as number) << 8) | (bytes[index + 1] as number));
  }
  let best = { start: -1, length: 1 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  const hex = (part: readonly number[]) => part.map((group) => group.toString(16)).join(":");
  if (best.start < 0) return hex(groups);
  return `${hex(groups.slice(0, best.start))}::${hex(groups.slice(best.start + best.length))}`;
}

/** Whether the first bits of an address are those of a network. */
export function isWithin(bytes: readonly number[], network: Cidr): boolean {
  if (bytes.length !== network.bytes.length) return false;
  const masked = maskBytes(bytes, network.bits);
  return maskBytes(network.bytes, network.bits).every((byte, index) => byte === masked[index]);
}

export function maskBytes(bytes: readonly number[], bits: number): number[] {
  return bytes.map((byte, index) => {
    const kept = Math.min(8, Math.max(0, bits - index * 8));
    return byte & (0xff << (8 - kept)) & 0xff;
  });
}

const VERSION =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/;

/** Reads a semantic version; normalising takes off a leading `v` and leading zeros and adds missing parts. */
export function parseSemver(text: string, normalizes: boolean): SemanticVersion | undefined {
  const match = VERSION.exec(normalizes ? normalizeVersion(text) : text);
  if (match === null) return undefined;
  const pre = match[4] === undefined ? [] : match[4].split(".");
  if (pre.some((part) => /^0\d+$/.test(part))) return undefined;
  return {
    major: BigInt(match[1] as string),
    minor: BigInt(match[2] as string),
    patch: BigInt(match[3] as string),
    pre,
  };
}

function normalizeVersion(text: string): string {
  const bare = text.replace(/^v/, "");
  const parts = bare.split(/(?=[-+])/);
  const numbers = (parts[0] as string).split(".").map((part) => part.replace(/^0+(?=\d)/, ""));
  while (numbers.length < 3) numbers.push("0");
  return numbers.join(".") + parts.slice(1).join("");
}

function compareVersions(left: SemanticVersion, right: SemanticVersion): number {
  for (const part of ["major", "minor", "patch"] as const) {
    if (left[part] !== right[part]) return left[part] < right[part] ? -1 : 1;
  }
  if (left.pre.length === 0 || right.pre.length === 0) return right.pre.length - left.pre.length;
  for (let index = 0; index < Math.max(left.pre.length, right.pre.length); index++) {
    const order = comparePrerelease(left.pre[index], right.pre[index]);
    if (order !== 0) return order;
  }
  return 0;
}

function comparePrerelease(left: string | undefined, right: string | undefined): number {
  if (left === right) return 0;
  if (left === undefined) return -1;
  if (right === undefined) return 1;
  const leftIsNumber = /^\d+$/.test(left);
  const rightIsNumber = /^\d+$/.test(right);
  if (leftIsNumber && rightIsNumber) return BigInt(left) < BigInt(right) ? -1 : 1;
  if (leftIsNumber !== rightIsNumber) return leftIsNumber ? -1 : 1;
  return left < right ? -1 : 1;
}

/** Negative, zero or positive. @throws CelError for types without an order. */
export function compareOpaque(left: CelOpaque, right: CelOpaque): number {
  if (left.type === QUANTITY && right.type === QUANTITY) {
    return compareQuantity(left.content as Quantity, right.content as Quantity);
  }
  if (left.type === SEMVER && right.type === SEMVER) {
    return Math.sign(
      compareVersions(left.content as SemanticVersion, right.content as SemanticVersion),
    );
  }
  throw new CelError("no such overload");
}

export function opaqueEqual(left: CelOpaque, right: CelOpaque): boolean {
  if (left.type !== right.type) return false;
  if (left.type === QUANTITY || left.type === SEMVER) return compareOpaque(left, right) === 0;
  return JSON.stringify(left.content) === JSON.stringify(right.content);
}

/** A URL in the parts that Go's net/url gives. */
export interface ParsedUrl {
  readonly scheme: string;
  readonly host: string;
  readonly path: string;
  readonly query: string;
}

/** Reads an absolute URL or an absolute path, as Go's ParseRequestURI does. */
export function parseUrl(text: string): ParsedUrl | undefined {
  // eslint-disable-next-line no-control-regex -- control characters make a URL invalid
  if (text === "" || /[\u0000-\u0020\u007f]/.test(text.split("/").slice(0, 3).join("/"))) {
    return undefined;
  }
  const match =
    /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(?:\/\/(?:[^/?@]*@)?([^/?]*))?([^?]*)(?:\?(.*))?$/.exec(text);
  if (match === null) return undefined;
  const [, scheme = "", host = "", path = "", query = ""] = match;
  if (scheme === "" && !text.startsWith("/")) return undefined;
  if (/%(?![0-9a-fA-F]{2})/.test(path) || !/^(?:\[[0-9a-fA-F:.%]+\]|[^:]*)(?::\d*)?$/.test(host)) {
    return undefined;
  }
  return { scheme: scheme.toLowerCase(), host, path, query };
}
