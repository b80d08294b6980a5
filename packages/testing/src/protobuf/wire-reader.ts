import { ProtobufError } from "./protobuf-error.js";

/** Types on the wire (https://protobuf.dev/programming-guides/encoding). */
export const WIRE = {
  varint: 0,
  fixed64: 1,
  bytes: 2,
  startGroup: 3,
  endGroup: 4,
  fixed32: 5,
} as const;

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
const LARGEST_VARINT_BYTES = 10;
const LARGEST_INT64 = 2n ** 63n;

/** Reads protobuf's primitive values from a stretch of bytes; never past its end. */
export class WireReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #position: number;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#position = start;
    this.#end = end;
  }

  get isAtEnd(): boolean {
    return this.#position >= this.#end;
  }

  /** A field's number and wire type. */
  tag(messageName: string): { readonly number: number; readonly wireType: number } {
    const tag = this.varint();
    const wireType = Number(tag & 7n);
    // The generated readers of the real server hold the number in 32 signed bits.
    const number = Number(BigInt.asIntN(32, tag >> 3n));
    if (wireType === WIRE.endGroup)
      throw invalid(`proto: ${messageName}: wiretype end group for non-group`);
    if (number <= 0)
      throw invalid(`proto: ${messageName}: illegal tag ${number} (wire type ${wireType})`);
    return { number, wireType };
  }

  /** An unsigned 64-bit number. */
  varint(): bigint {
    const small = this.#smallVarint();
    if (small !== undefined) return BigInt(small);
    let value = 0n;
    for (let index = 0; index < LARGEST_VARINT_BYTES; index += 1) {
      const byte = this.#byte();
      value |= BigInt(byte & 0x7f) << BigInt(7 * index);
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw invalid("proto: integer overflow");
  }

  int64(): number {
    return this.#smallVarint() ?? Number(BigInt.asIntN(64, this.varint()));
  }

  int32(): number {
    return this.#smallVarint() ?? Number(BigInt.asIntN(32, this.varint()));
  }

  double(): number {
    const start = this.#advance(8);
    return new DataView(this.#bytes.buffer, this.#bytes.byteOffset + start, 8).getFloat64(0, true);
  }

  /** A stretch of bytes that its length precedes, not copied. */
  bytes(): Uint8Array {
    const length = this.#length();
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** Bytes that are not UTF-8 become U+FFFD, which is how the real server shows them in JSON. */
  string(): string {
    const bytes = this.bytes();
    return bytes.length === 0 ? "" : utf8.decode(bytes);
  }

  message(): WireReader {
    const length = this.#length();
    const start = this.#advance(length);
    return new WireReader(this.#bytes, start, start + length);
  }

  /** Passes over a field that nobody asked for, groups included. */
  skip(wireType: number): void {
    let depth = 0;
    let current = wireType;
    for (;;) {
      switch (current) {
        case WIRE.varint:
          this.varint();
          break;
        case WIRE.fixed64:
          this.#advance(8);
          break;
        case WIRE.bytes:
          this.#advance(this.#length());
          break;
        case WIRE.startGroup:
          depth += 1;
          break;
        case WIRE.endGroup:
          depth -= 1;
          break;
        case WIRE.fixed32:
          this.#advance(4);
          break;
        default:
          throw invalid(`proto: illegal wireType ${current}`);
      }
      if (depth === 0) return;
      current = Number(this.varint() & 7n);
    }
  }

  /** Most numbers are a byte or two: those need no bigint. Undefined when longer; the position is then unchanged. */
  #smallVarint(): number | undefined {
    let value = 0;
    for (let index = 0; index < 4; index += 1) {
      const byte =
        this.#position + index < this.#end ? (this.#bytes[this.#position + index] ?? 0) : undefined;
      if (byte === undefined) throw invalid("unexpected EOF");
      value |= (byte & 0x7f) << (7 * index);
      if (byte < 0x80) {
        this.#position += index + 1;
        return value;
      }
    }
    return undefined;
  }

  #length(): number {
    const small = this.#smallVarint();
    if (small !== undefined) return small;
    const length = this.varint();
    if (length >= LARGEST_INT64) throw invalid("proto: negative length found during unmarshaling");
    return Number(length);
  }

  #advance(length: number): number {
    const start = this.#position;
    if (length > this.#end - start) throw invalid("unexpected EOF");
    this.#position = start + length;
    return start;
  }

  #byte(): number {
    return this.#bytes[this.#advance(1)] ?? 0;
  }
}

function invalid(problem: string): ProtobufError {
  return new ProtobufError({ problem });
}
