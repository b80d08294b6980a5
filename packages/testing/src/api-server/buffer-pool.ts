/** How many bytes are kept for later, at most. */
const KEPT_BYTES = 8 * 1024 * 1024;

/** Bytes that are written once and then given back. */
export interface PooledBytes {
  readonly bytes: Buffer;
  /** Says that nobody looks at the bytes any more: they will change. Who never says it costs no more than the memory. */
  readonly release: () => void;
}

/**
 * Buffers for what is sent and forgotten. Made and dropped by the hundred, they would have V8 collect the garbage of all its
 * memory, and the system hand out fresh pages each time.
 */
export class BufferPool {
  /** By size, which is a power of two. */
  readonly #free = new Map<number, Buffer[]>();
  #kept = 0;

  /** @param length How many bytes there are; what they are at first is left open. */
  take(length: number): PooledBytes {
    const size = 2 ** Math.ceil(Math.log2(Math.max(length, 1)));
    const kept = this.#free.get(size)?.pop();
    if (kept !== undefined) this.#kept -= size;
    const whole = kept ?? Buffer.allocUnsafeSlow(size);
    let isReleased = false;
    const release = (): void => {
      if (isReleased || this.#kept + size > KEPT_BYTES) return;
      isReleased = true;
      this.#kept += size;
      const free = this.#free.get(size);
      if (free === undefined) this.#free.set(size, [whole]);
      else free.push(whole);
    };
    return { bytes: whole.subarray(0, length), release };
  }
}
