/** The only source of chance in kvop: names, jitter, MAC addresses. A seeded one replays a run exactly. */
export interface Random {
  /** A number in [0, 1). */
  next(): number;
  /** `length` random bytes. */
  bytes(length: number): Uint8Array;
  /** A random UUID, version 4 (RFC 9562). */
  uuid(): string;
}

/** Randomness of the machine. Bytes and UUIDs are cryptographically strong; `next` is not. */
export const systemRandom: Random = {
  next: () => Math.random(),
  bytes: (length) => globalThis.crypto.getRandomValues(new Uint8Array(length)),
  uuid: () => globalThis.crypto.randomUUID(),
};

/**
 * The same sequence for the same seed, for tests and replays. Not for secrets.
 *
 * @param seed any whole number.
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    // mulberry32: 32 bits of state, passes the usual statistical tests, four lines.
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const bytes = (length: number): Uint8Array =>
    Uint8Array.from({ length }, () => Math.floor(next() * 256));
  return { next, bytes, uuid: () => formatUuid(bytes(16)) };
}

/**
 * A duration spread over [delayMs, delayMs * (1 + factor)], so that many waiters do not wake at once.
 *
 * @param factor share of the delay that is added at most. Default: 0.1.
 */
export function jitter(random: Random, delayMs: number, factor = 0.1): number {
  return delayMs * (1 + random.next() * factor);
}

function formatUuid(bytes: Uint8Array): string {
  const copy = Uint8Array.from(bytes);
  copy[6] = ((copy[6] ?? 0) & 0x0f) | 0x40;
  copy[8] = ((copy[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...copy].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join("-");
}
