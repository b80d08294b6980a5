import { goTimeQuote } from "../schema/go-format.js";
import { ProtobufError } from "./protobuf-error.js";

const NANOSECONDS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

const PART = /([\d.]+)([^\d.]+)/g;
const MAX_NANOSECONDS = 2 ** 63;

/** As Go's `time.Duration` prints itself: `1h0m0s`, `1.5s`, `20ms`. */
export function formatGoDuration(nanoseconds: bigint): string {
  if (nanoseconds === 0n) return "0s";
  const sign = nanoseconds < 0n ? "-" : "";
  const size = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  if (size < 1_000n) return `${sign}${size}ns`;
  if (size < 1_000_000n) return `${sign}${decimal(size, 1_000n)}µs`;
  if (size < 1_000_000_000n) return `${sign}${decimal(size, 1_000_000n)}ms`;
  const hours = size / 3_600_000_000_000n;
  const minutes = (size / 60_000_000_000n) % 60n;
  const seconds = `${decimal(size % 60_000_000_000n, 1_000_000_000n)}s`;
  if (hours > 0n) return `${sign}${hours}h${minutes}m${seconds}`;
  return minutes > 0n ? `${sign}${minutes}m${seconds}` : `${sign}${seconds}`;
}

/** @throws ProtobufError when the text is no Go duration. */
export function parseGoDuration(text: string): bigint {
  const problem = goDurationProblem(text);
  if (problem !== undefined) throw new ProtobufError({ problem });
  const [, sign, rest = ""] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  let total = 0n;
  for (const [, amount = "", unit = ""] of rest.matchAll(PART)) {
    const [whole = "", fraction = ""] = amount.split(".");
    const scale = NANOSECONDS[unit] ?? 1;
    total +=
      BigInt(whole === "" ? 0 : whole) * BigInt(scale) +
      BigInt(Math.trunc(Number(`0.${fraction}0`) * scale));
  }
  return sign === "-" ? -total : total;
}

/** Why a text is no Go duration, in Go's words; undefined when it is one. */
export function goDurationProblem(text: string): string | undefined {
  const invalid = `time: invalid duration ${goTimeQuote(text)}`;
  let rest = text.replace(/^[+-]/, "");
  if (rest === "0") return undefined;
  if (rest === "") return invalid;
  while (rest !== "") {
    const [part = "", amount = "", unit = ""] = /^(\d*\.?\d*)([^\d.]*)/.exec(rest) ?? [];
    if (!/\d/.test(amount)) return invalid;
    if (unit === "") return `time: missing unit in duration ${goTimeQuote(text)}`;
    const scale = Object.hasOwn(NANOSECONDS, unit) ? NANOSECONDS[unit] : undefined;
    if (scale === undefined)
      return `time: unknown unit ${goTimeQuote(unit)} in duration ${goTimeQuote(text)}`;
    if (Number(amount) * scale >= MAX_NANOSECONDS) return invalid;
    rest = rest.slice(part.length);
  }
  return undefined;
}

function decimal(value: bigint, unit: bigint): string {
  const fraction = (value % unit)
    .toString()
    .padStart(unit.toString().length - 1, "0")
    .replace(/0+$/, "");
  return fraction === "" ? `${value / unit}` : `${value / unit}.${fraction}`;
}
