import fc from "fast-check";
import { expect, test } from "vitest";
import { BufferPool, type PooledBytes } from "./buffer-pool.js";

test("nobody else's bytes change while they are held", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.nat({ max: 5000 }), fc.constant("release"))), (steps) => {
      const pool = new BufferPool();
      const held: { readonly pooled: PooledBytes; readonly mark: number }[] = [];
      for (const [mark, step] of steps.entries()) {
        if (step === "release") held.splice(mark % (held.length + 1), 1)[0]?.pooled.release();
        else {
          const pooled = pool.take(step as number);
          expect(pooled.bytes).toHaveLength(step as number);
          pooled.bytes.fill(mark);
          held.push({ pooled, mark });
        }
        for (const { pooled, mark: own } of held)
          expect(pooled.bytes.every((byte) => byte === (own & 0xff))).toBe(true);
      }
    }),
  );
});

test("what is given back is taken again, once", () => {
  const pool = new BufferPool();
  const first = pool.take(1000);
  first.release();
  first.release();
  const [second, third] = [pool.take(900), pool.take(900)];
  expect(second.bytes.buffer).toBe(first.bytes.buffer);
  expect(third.bytes.buffer).not.toBe(first.bytes.buffer);
});

test("it keeps no more than 8 MiB", () => {
  const pool = new BufferPool();
  const taken = Array.from({ length: 9 }, () => pool.take(2 ** 20));
  for (const { release } of taken) release();
  const kept = new Set(taken.map(({ bytes }) => bytes.buffer));
  const again = Array.from({ length: 9 }, () => pool.take(2 ** 20).bytes.buffer);
  expect(again.filter((buffer) => kept.has(buffer))).toHaveLength(8);
});
