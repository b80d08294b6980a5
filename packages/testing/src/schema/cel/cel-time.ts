import { CelDuration, CelError, CelTimestamp } from "./cel-value.js";

export const NANOS_PER_SECOND = 1_000_000_000n;
const SECONDS_PER_DAY = 86_400n;

const UNITS: ReadonlyMap<string, bigint> = new Map([
  ["ns", 1n],
  ["us", 1000n],
  ["µs", 1000n],
  ["μs", 1000n],
  ["ms", 1_000_000n],
  ["s", NANOS_PER_SECOND],
  ["m", 60n * NANOS_PER_SECOND],
  ["h", 3600n * NANOS_PER_SECOND],
]);

/** Reads a duration as Go writes it, e.g. `1h30m`; undefined when the text is none. */
export function parseDuration(text: string): CelDuration | undefined {
  const match = /^([-+]?)((?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+|0)$/.exec(text);
  if (match === null) return undefined;
  let nanos = 0n;
  for (const part of (match[2] as string).matchAll(/(\d*)\.?(\d*)(ns|us|µs|μs|ms|s|m|h)/g)) {
    const unit = UNITS.get(part[3] as string) as bigint;
    const fraction = part[2] as string;
    nanos += BigInt(part[1] === "" ? "0" : (part[1] as string)) * unit;
    if (fraction !== "") nanos += (BigInt(fraction) * unit) / 10n ** BigInt(fraction.length);
  }
  return new CelDuration(match[1] === "-" ? -nanos : nanos);
}

const TIMESTAMP =
  /^(\d{4})-(\d{2})-(\d{2})(?:[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9})\d*)?([Zz]|[+-]\d{2}:\d{2}))?$/;

/** Reads a time of RFC 3339, or a date alone; undefined when the text is neither. */
export function parseTimestamp(text: string): CelTimestamp | undefined {
  const match = TIMESTAMP.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour = "0", minute = "0", second = "0", fraction = "", zone = "Z"] =
    match;
  const days = daysFromCivil(Number(year), Number(month), Number(day));
  const inDay = BigInt(Number(hour) * 3600 + Number(minute) * 60 + Number(second));
  const seconds = BigInt(days) * SECONDS_PER_DAY + inDay - BigInt(offsetSeconds(zone) ?? 0);
  return new CelTimestamp(seconds * NANOS_PER_SECOND + BigInt(fraction.padEnd(9, "0")));
}

function daysFromCivil(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra =
    yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

function offsetSeconds(zone: string): number | undefined {
  if (zone === "Z" || zone === "z" || zone === "UTC" || zone === "") return 0;
  const match = /^([+-]?)(\d{2}):(\d{2})$/.exec(zone);
  if (match === null) return undefined;
  const seconds = Number(match[2]) * 3600 + Number(match[3]) * 60;
  return match[1] === "-" ? -seconds : seconds;
}

/** The parts of a time in a time zone. */
export interface CivilTime {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly millisecond: number;
  /** 0 is Sunday. */
  readonly dayOfWeek: number;
  /** 0 is January 1st. */
  readonly dayOfYear: number;
}

/** @throws CelError when the time zone is not known. */
export function civilTime(timestamp: CelTimestamp, zone = "UTC"): CivilTime {
  const offset = offsetSeconds(zone) ?? namedOffsetSeconds(timestamp, zone);
  const nanos = timestamp.nanos + BigInt(offset) * NANOS_PER_SECOND;
  const seconds = floorDivide(nanos, NANOS_PER_SECOND);
  const days = Number(floorDivide(seconds, SECONDS_PER_DAY));
  const inDay = Number(seconds - BigInt(days) * SECONDS_PER_DAY);
  const { year, month, day } = civilFromDays(days);
  return {
    year,
    month,
    day,
    hour: Math.floor(inDay / 3600),
    minute: Math.floor(inDay / 60) % 60,
    second: inDay % 60,
    millisecond: Number((nanos - seconds * NANOS_PER_SECOND) / 1_000_000n),
    dayOfWeek: (((days + 4) % 7) + 7) % 7,
    dayOfYear: days - daysFromCivil(year, 1, 1),
  };
}

function namedOffsetSeconds(timestamp: CelTimestamp, zone: string): number {
  const seconds = floorDivide(timestamp.nanos, NANOS_PER_SECOND);
  try {
    const parts = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      timeZoneName: "longOffset",
    }).formatToParts(Number(seconds) * 1000);
    const name = parts.find((part) => part.type === "timeZoneName")?.value ?? "GMT";
    return offsetSeconds(name.replace(/^GMT/, "")) ?? 0;
  } catch {
    throw new CelError(`unknown time zone ${zone}`);
  }
}

function floorDivide(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  return value % divisor < 0n ? quotient - 1n : quotient;
}

function civilFromDays(days: number): { year: number; month: number; day: number } {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthIndex = Math.floor((5 * dayOfYear + 2) / 153);
  const month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * monthIndex + 2) / 5) + 1,
  };
}

/** A time as RFC 3339 in UTC, without trailing zeros. */
export function formatTimestamp(timestamp: CelTimestamp): string {
  const time = civilTime(timestamp);
  const two = (value: number) => String(value).padStart(2, "0");
  const nanos = timestamp.nanos - floorDivide(timestamp.nanos, NANOS_PER_SECOND) * NANOS_PER_SECOND;
  const fraction = nanos === 0n ? "" : `.${String(nanos).padStart(9, "0").replace(/0+$/, "")}`;
  return `${String(time.year).padStart(4, "0")}-${two(time.month)}-${two(time.day)}T${two(time.hour)}:${two(time.minute)}:${two(time.second)}${fraction}Z`;
}

/** A duration in seconds, e.g. `5400s`. */
export function formatDuration(duration: CelDuration): string {
  const magnitude = duration.nanos < 0n ? -duration.nanos : duration.nanos;
  const fraction = magnitude % NANOS_PER_SECOND;
  const text = fraction === 0n ? "" : `.${String(fraction).padStart(9, "0").replace(/0+$/, "")}`;
  return `${duration.nanos < 0n ? "-" : ""}${magnitude / NANOS_PER_SECOND}${text}s`;
}
