import fc from "fast-check";

type Change = (bytes: Buffer) => Buffer;

const position = fc.double({ min: 0, max: 1, noNaN: true });
const index = (bytes: Buffer, at: number): number => Math.floor(at * bytes.length);

const splice = (bytes: Buffer, at: number, removed: number, added: Uint8Array): Buffer =>
  Buffer.concat([bytes.subarray(0, at), added, bytes.subarray(at + removed)]);

const inserted = fc.oneof(
  fc.constantFrom(
    [0xff],
    [0xc3, 0x28],
    [0xed, 0xa0, 0x80],
    [0xf0, 0x9f],
    [0xc0, 0x80],
    [0xef, 0xbb, 0xbf],
    [0],
    [0x0a],
    [0x22],
    [0x5c],
    [0x7b],
    [0x2c],
  ),
  fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 1, maxLength: 3 }),
);

const change: fc.Arbitrary<Change> = fc.oneof(
  position.map(
    (at): Change =>
      (bytes) =>
        bytes.subarray(0, index(bytes, at)),
  ),
  fc.tuple(position, fc.integer({ min: 0, max: 7 })).map(([at, bit]): Change => (bytes) => {
    const to = index(bytes, at);
    const flipped = (bytes[to] ?? 0) ^ (1 << bit);
    return splice(bytes, to, 1, Uint8Array.of(flipped));
  }),
  fc.tuple(position, inserted).map(
    ([at, added]): Change =>
      (bytes) =>
        splice(bytes, index(bytes, at), 0, Buffer.from(added)),
  ),
  fc.tuple(position, fc.integer({ min: 1, max: 4 })).map(
    ([at, count]): Change =>
      (bytes) =>
        splice(bytes, index(bytes, at), count, Buffer.alloc(0)),
  ),
  fc.constant<Change>((bytes) => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes])),
  fc.constant<Change>((bytes) => Buffer.concat([bytes, Buffer.from(" ")])),
);

/** Bytes that were cut, flipped, or that others were put between. */
export function mutatedBytes(bytes: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Buffer> {
  return fc
    .tuple(bytes, fc.array(change, { minLength: 1, maxLength: 2 }))
    .map(([original, changes]) =>
      changes.reduce<Buffer>((current, apply) => apply(current), Buffer.from(original)),
    );
}
