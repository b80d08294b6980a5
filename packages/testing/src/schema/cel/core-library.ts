import { goNumber } from "../go-format.js";
import { fieldValue } from "./from-json.js";
import {
  NANOS_PER_SECOND,
  civilTime,
  formatDuration,
  formatTimestamp,
  parseDuration,
  parseTimestamp,
} from "./cel-time.js";
import type { CivilTime } from "./cel-time.js";
import { CIDR, IP, formatIp } from "./cel-opaque.js";
import type { Cidr, IpAddress } from "./cel-opaque.js";
import { checkInt, checkUint, noOverload, typeName } from "./cel-operators.js";
import {
  CelDuration,
  CelError,
  CelMap,
  CelObject,
  CelOpaque,
  CelTimestamp,
  CelType,
  CelUint,
} from "./cel-value.js";
import type { CelValue } from "./cel-value.js";
import type { CelLibrary } from "./cel-function.js";

function conversionError(value: CelValue, to: string): CelError {
  return new CelError(`type conversion error from '${typeName(value)}' to '${to}'`);
}

function toInt(value: CelValue): CelValue {
  if (typeof value === "bigint") return value;
  if (value instanceof CelUint) return checkInt(value.value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new CelError("integer overflow");
    return checkInt(BigInt(Math.trunc(value)));
  }
  if (typeof value === "string" && /^[-+]?\d+$/.test(value)) return checkInt(BigInt(value));
  if (value instanceof CelTimestamp) {
    const seconds = value.nanos / NANOS_PER_SECOND;
    return value.nanos % NANOS_PER_SECOND < 0n ? seconds - 1n : seconds;
  }
  if (value instanceof CelDuration) return value.nanos;
  throw conversionError(value, "int");
}

function toUint(value: CelValue): CelValue {
  if (value instanceof CelUint) return value;
  if (typeof value === "bigint") return checkUint(value);
  if (typeof value === "number" && Number.isFinite(value)) {
    return checkUint(BigInt(Math.trunc(value)));
  }
  if (typeof value === "string" && /^\d+$/.test(value)) return checkUint(BigInt(value));
  throw conversionError(value, "uint");
}

function toDouble(value: CelValue): CelValue {
  if (typeof value === "number") return value;
  if (typeof value === "bigint") return Number(value);
  if (value instanceof CelUint) return Number(value.value);
  if (typeof value === "string" && /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/.test(value)) {
    return Number(value);
  }
  throw conversionError(value, "double");
}

function toText(value: CelValue): CelValue {
  if (typeof value === "string") return value;
  if (typeof value === "bigint" || typeof value === "boolean") return String(value);
  if (typeof value === "number") return goNumber(value);
  if (value instanceof CelUint) return String(value.value);
  if (value instanceof CelTimestamp) return formatTimestamp(value);
  if (value instanceof CelDuration) return formatDuration(value);
  if (value instanceof Uint8Array) {
    try {
      return new TextDecoder("utf-8", { fatal: true }).decode(value);
    } catch {
      throw new CelError("invalid UTF-8 in bytes, cannot convert to string");
    }
  }
  if (value instanceof CelOpaque && value.type === IP) {
    return formatIp((value.content as IpAddress).bytes);
  }
  if (value instanceof CelOpaque && value.type === CIDR) {
    const { bytes, bits } = value.content as Cidr;
    return `${formatIp(bytes)}/${bits}`;
  }
  throw conversionError(value, "string");
}

const TRUE = new Set(["1", "t", "T", "true", "TRUE", "True"]);
const FALSE = new Set(["0", "f", "F", "false", "FALSE", "False"]);

function toBool(value: CelValue): CelValue {
  if (typeof value === "boolean") return value;
  if (typeof value === "string" && TRUE.has(value)) return true;
  if (typeof value === "string" && FALSE.has(value)) return false;
  throw conversionError(value, "bool");
}

function size(value: CelValue): bigint {
  if (typeof value === "string") return BigInt(Array.from(value).length);
  if (Array.isArray(value) || value instanceof Uint8Array) return BigInt(value.length);
  if (value instanceof CelMap) return BigInt(value.size);
  if (value instanceof CelObject) {
    return BigInt(Object.keys(value.json).filter((key) => fieldValue(value, key)).length);
  }
  throw noOverload();
}

function one(args: readonly CelValue[]): CelValue {
  const [value] = args;
  if (value === undefined || args.length !== 1) throw noOverload();
  return value;
}

type TimePart = (time: CivilTime) => number;

function timePart(part: TimePart, ofDuration?: (duration: CelDuration) => bigint) {
  return ([value, zone]: readonly CelValue[]): CelValue => {
    if (value instanceof CelDuration && ofDuration !== undefined) return ofDuration(value);
    if (!(value instanceof CelTimestamp)) throw noOverload();
    return BigInt(part(civilTime(value, typeof zone === "string" ? zone : "UTC")));
  };
}

const inUnits = (nanos: bigint) => (duration: CelDuration) => duration.nanos / nanos;

/** Conversions, sizes, types and time. */
export const CORE_LIBRARY: CelLibrary = {
  size: (args) => size(one(args)),
  ".size": (args) => size(one(args)),
  int: (args) => toInt(one(args)),
  uint: (args) => toUint(one(args)),
  double: (args) => toDouble(one(args)),
  string: (args) => toText(one(args)),
  bool: (args) => toBool(one(args)),
  bytes: (args) => {
    const value = one(args);
    if (value instanceof Uint8Array) return value;
    if (typeof value !== "string") throw conversionError(value, "bytes");
    return new Uint8Array(Buffer.from(value));
  },
  dyn: (args) => one(args),
  type: (args) => new CelType(typeName(one(args))),
  duration: (args) => {
    const value = one(args);
    if (value instanceof CelDuration) return value;
    const parsed = typeof value === "string" ? parseDuration(value) : undefined;
    if (parsed === undefined) throw conversionError(value, "google.protobuf.Duration");
    return parsed;
  },
  timestamp: (args) => {
    const value = one(args);
    if (value instanceof CelTimestamp) return value;
    if (typeof value === "bigint") return new CelTimestamp(value * NANOS_PER_SECOND);
    const parsed =
      typeof value === "string" && value.includes("T") ? parseTimestamp(value) : undefined;
    if (parsed === undefined) throw conversionError(value, "google.protobuf.Timestamp");
    return parsed;
  },
  ".getFullYear": timePart((time) => time.year),
  ".getMonth": timePart((time) => time.month - 1),
  ".getDate": timePart((time) => time.day),
  ".getDayOfMonth": timePart((time) => time.day - 1),
  ".getDayOfWeek": timePart((time) => time.dayOfWeek),
  ".getDayOfYear": timePart((time) => time.dayOfYear),
  ".getHours": timePart((time) => time.hour, inUnits(3600n * NANOS_PER_SECOND)),
  ".getMinutes": timePart((time) => time.minute, inUnits(60n * NANOS_PER_SECOND)),
  ".getSeconds": timePart((time) => time.second, inUnits(NANOS_PER_SECOND)),
  ".getMilliseconds": timePart((time) => time.millisecond, inUnits(1_000_000n)),
};
