/** Builders of DER (X.690): just what an X.509 certificate is made of. */

const UNIVERSAL = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** One tag, length and value. */
export function derElement(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag, ...lengthBytes(body.length)]), body]);
}

export function derSequence(...contents: readonly Uint8Array[]): Buffer {
  return derElement(UNIVERSAL.sequence, ...contents);
}

export function derSet(...contents: readonly Uint8Array[]): Buffer {
  return derElement(UNIVERSAL.set, ...contents);
}

export function derBoolean(value: boolean): Buffer {
  return derElement(UNIVERSAL.boolean, Buffer.from([value ? 0xff : 0]));
}

/** A non-negative integer from its big-endian bytes. */
export function derInteger(magnitude: Uint8Array): Buffer {
  let start = 0;
  while (start < magnitude.length - 1 && magnitude[start] === 0) start += 1;
  const digits = magnitude.subarray(start);
  // The first bit is the sign in DER, so a magnitude that has it set takes a zero byte in front.
  const padding = (digits[0] ?? 0x80) >= 0x80 ? [0] : [];
  return derElement(UNIVERSAL.integer, Buffer.from(padding), digits);
}

export function derOctetString(content: Uint8Array): Buffer {
  return derElement(UNIVERSAL.octetString, content);
}

/** @param unusedBits how many bits at the end of the last byte carry nothing. Default: 0. */
export function derBitString(content: Uint8Array, unusedBits = 0): Buffer {
  return derElement(UNIVERSAL.bitString, Buffer.from([unusedBits]), content);
}

export function derUtf8String(text: string): Buffer {
  return derElement(UNIVERSAL.utf8String, Buffer.from(text, "utf8"));
}

/** @param dotted `2.5.29.17`. */
export function derObjectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return derElement(
    UNIVERSAL.objectIdentifier,
    Buffer.from([first * 40 + second, ...rest.flatMap((arc) => base128(arc))]),
  );
}

/**
 * A certificate's point in time. RFC 5280 4.1.2.5: UTCTime through 2049, GeneralizedTime from 2050.
 *
 * @param rfc3339 `2026-01-02T03:04:05Z`.
 */
export function derTime(rfc3339: string): Buffer {
  const digits = `${rfc3339.replaceAll(/\D/g, "").slice(0, 14)}Z`;
  return rfc3339 >= "1950" && rfc3339 < "2050"
    ? derElement(UNIVERSAL.utcTime, Buffer.from(digits.slice(2)))
    : derElement(UNIVERSAL.generalizedTime, Buffer.from(digits));
}

/** An element with a context-specific tag. */
export function derContext(number: number, content: Uint8Array, constructed: boolean): Buffer {
  return derElement((constructed ? 0xa0 : 0x80) | number, content);
}

/** The elements inside one constructed element, each with its header. */
export function derChildren(element: Uint8Array): Uint8Array[] {
  const children: Uint8Array[] = [];
  let { start, end } = derContent(element, 0);
  while (start < end) {
    const child = derContent(element, start);
    children.push(element.subarray(start, child.end));
    start = child.end;
  }
  return children;
}

function derContent(bytes: Uint8Array, offset: number): { start: number; end: number } {
  const first = bytes[offset + 1] ?? 0;
  if (first < 0x80) return { start: offset + 2, end: offset + 2 + first };
  const count = first & 0x7f;
  let length = 0;
  for (let index = 0; index < count; index += 1)
    length = length * 256 + (bytes[offset + 2 + index] ?? 0);
  return { start: offset + 2 + count, end: offset + 2 + count + length };
}

function lengthBytes(length: number): number[] {
  if (length < 0x80) return [length];
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return [0x80 | bytes.length, ...bytes];
}

function base128(value: number): number[] {
  const bytes = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) {
    bytes.unshift((rest % 128) | 0x80);
  }
  return bytes;
}
