const FIRST_CAPACITY = 1024;
const TWO_TO_32 = 2 ** 32;

/**
 * Writes protobuf from the last byte to the first: the length of a nested message is then known when its turn comes.
 * Whoever uses it writes fields in falling order, and a field's value before its tag.
 */
export class WireWriter {
  #buffer = Buffer.allocUnsafe(FIRST_CAPACITY);
  #position = FIRST_CAPACITY;

  /** Count of the bytes written so far. */
  get length(): number {
    return this.#buffer.length - this.#position;
  }

  tag(number: number, wireType: number): void {
    this.varint(number * 8 + wireType);
  }

  /** A whole number; negative ones take ten bytes, as in every protobuf of int32 and int64. */
  varint(value: number | bigint): void {
    const bytes: number[] = [];
    if (typeof value === "number" && value >= 0 && value < TWO_TO_32) {
      let rest = value;
      for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
      bytes.push(rest);
    } else {
      let rest = BigInt.asUintN(64, BigInt(value));
      for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
      bytes.push(Number(rest));
    }
    const start = this.#reserve(bytes.length);
    for (const [index, byte] of bytes.entries()) this.#buffer[start + index] = byte;
  }

  double(value: number): void {
    const start = this.#reserve(8);
    this.#buffer.writeDoubleLE(value, start);
  }

  /** The bytes with their length. */
  bytes(value: Uint8Array): void {
    this.raw(value);
    this.varint(value.length);
  }

  string(value: string): void {
    const length = Buffer.byteLength(value);
    const start = this.#reserve(length);
    this.#buffer.write(value, start);
    this.varint(length);
  }

  raw(value: Uint8Array): void {
    const start = this.#reserve(value.length);
    this.#buffer.set(value, start);
  }

  finish(): Uint8Array {
    return Uint8Array.from(this.#buffer.subarray(this.#position));
  }

  #reserve(count: number): number {
    if (count > this.#position) {
      const used = this.length;
      const larger = Buffer.allocUnsafe(
        Math.max(this.#buffer.length * 2, used + count + FIRST_CAPACITY),
      );
      this.#buffer.copy(larger, larger.length - used, this.#position);
      this.#position = larger.length - used;
      this.#buffer = larger;
    }
    this.#position -= count;
    return this.#position;
  }
}
