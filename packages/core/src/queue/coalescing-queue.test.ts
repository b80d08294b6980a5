import fc from "fast-check";
import { expect, test } from "vitest";
import { yieldToEventLoop } from "../clock.js";
import { CoalescingQueue } from "./coalescing-queue.js";

async function readAll<Value>(queue: CoalescingQueue<string, Value>, signal?: AbortSignal) {
  const values: Value[] = [];
  for await (const value of queue.read(signal)) values.push(value);
  return values;
}

test("the newest value of each key waits, in the order in which the keys came", async () => {
  const queue = new CoalescingQueue<string, number>();
  queue.push("a", 1);
  queue.push("b", 2);
  queue.push("a", 3);
  queue.end();
  queue.push("c", 4);
  expect(await readAll(queue)).toEqual([3, 2]);
});

test("values may cancel each other", async () => {
  const queue = new CoalescingQueue<string, number>({
    merge: (waiting, next) => (waiting + next === 0 ? undefined : waiting + next),
  });
  for (const value of [1, 2, -3, 5]) queue.push("a", value);
  queue.end();
  expect(await readAll(queue)).toEqual([5]);
});

test("an abort ends the reading, also while it waits", async () => {
  const queue = new CoalescingQueue<string, number>();
  const abort = new AbortController();
  const reading = readAll(queue, abort.signal);
  queue.push("a", 1);
  await yieldToEventLoop();
  abort.abort();
  expect(await reading).toEqual([1]);
});

test("a reader of any pace ends with the newest of each key, and nothing is held beyond the keys", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.constantFrom("a", "b", "c"), fc.nat(), fc.boolean()), { maxLength: 50 }),
      async (steps) => {
        const queue = new CoalescingQueue<string, readonly [string, number]>();
        const seen = new Map<string, number>();
        const reading = (async () => {
          for await (const [key, value] of queue.read()) seen.set(key, value);
        })();
        const newest = new Map<string, number>();
        for (const [key, value, isSlow] of steps) {
          queue.push(key, [key, value]);
          newest.set(key, value);
          expect(queue.size).toBeLessThanOrEqual(3);
          if (isSlow) await yieldToEventLoop();
        }
        queue.end();
        await reading;
        expect(seen).toEqual(newest);
      },
    ),
    { numRuns: 50 },
  );
});
