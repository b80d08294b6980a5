import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ManualClock } from "../../test/manual-clock.js";
import { yieldToEventLoop } from "../clock.js";
import { runWorkers } from "./run-workers.js";
import { WorkQueue } from "./work-queue.js";

describe("WorkQueue", () => {
  test("an item added while it is worked on comes again after done, once", async () => {
    const queue = new WorkQueue();
    queue.add("a");
    expect(await queue.get()).toBe("a");
    queue.add("a");
    queue.add("a");
    expect(queue.length).toBe(0);
    queue.done("a");
    expect(await queue.get()).toBe("a");
    queue.done("a");
    expect(queue.isIdle).toBe(true);
  });

  test("the earliest of several delays counts", async () => {
    const clock = new ManualClock();
    const queue = new WorkQueue({ clock });
    queue.addAfter("a", 100);
    queue.addAfter("a", 10);
    queue.addAfter("a", 50);
    await clock.advance(10);
    expect(queue.length).toBe(1);
    expect(clock.pendingTimers).toBe(0);
  });

  test("failures wait longer each time until forgotten", async () => {
    const clock = new ManualClock();
    const queue = new WorkQueue({ clock, baseDelayMs: 10, maxDelayMs: 25 });
    for (const delay of [10, 20, 25]) {
      queue.addRateLimited("a");
      await clock.advance(delay - 1);
      expect(queue.length).toBe(0);
      await clock.advance(1);
      expect(await queue.get()).toBe("a");
      queue.done("a");
    }
    queue.forget("a");
    queue.addRateLimited("a");
    await clock.advance(10);
    expect(queue.length).toBe(1);
  });

  test("shutting down ends every wait and leaves no timer", async () => {
    const clock = new ManualClock();
    const queue = new WorkQueue({ clock });
    queue.addAfter("later", 1000);
    const waits = [queue.get(), queue.get()];
    queue.shutDown();
    expect(await Promise.all(waits)).toEqual([undefined, undefined]);
    expect(clock.pendingTimers).toBe(0);
    queue.add("late");
    expect(queue.length).toBe(0);
  });

  test("an aborted taker does not swallow an item", async () => {
    const queue = new WorkQueue();
    const abort = new AbortController();
    const aborted = queue.get({ signal: abort.signal });
    const patient = queue.get();
    queue.add("a");
    abort.abort();
    expect(
      [await aborted, await Promise.race([patient, yieldToEventLoop()])].filter(Boolean),
    ).toEqual(["a"]);
    queue.shutDown();
  });

  test("no item is lost and none is in two hands, whatever the order", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 30 }),
        async (adds) => {
          const queue = new WorkQueue();
          const held = new Set<string>();
          const seen: string[] = [];
          const workers = runWorkers(queue, {
            concurrency: 3,
            process: async (item) => {
              expect(held.has(item)).toBe(false);
              held.add(item);
              seen.push(item);
              await yieldToEventLoop();
              held.delete(item);
            },
          });
          for (const item of adds) {
            queue.add(item);
            if (seen.length % 2 === 0) await Promise.resolve();
          }
          while (!queue.isIdle) await yieldToEventLoop();
          await workers[Symbol.asyncDispose]();
          expect(new Set(seen)).toEqual(new Set(adds));
          expect(seen.length).toBeLessThanOrEqual(adds.length);
        },
      ),
      { numRuns: 50 },
    );
  });

  test("a failed item comes back and disposal waits for what is in work", async () => {
    const clock = new ManualClock();
    const queue = new WorkQueue({ clock });
    let tries = 0;
    const errors: unknown[] = [];
    const workers = runWorkers(queue, {
      concurrency: 1,
      process: () => {
        tries += 1;
        return tries === 1 ? Promise.reject(new Error("first")) : Promise.resolve();
      },
      onError: (error) => errors.push(error),
    });
    queue.add("a");
    await clock.advance(5);
    await clock.advance(0);
    expect(tries).toBe(2);
    expect(errors).toHaveLength(1);
    await workers[Symbol.asyncDispose]();
  });
});
