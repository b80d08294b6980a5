import { expect, it } from "vitest";

import { ManualClock } from "../../../core/test/manual-clock.js";
import { RateLimiter } from "./rate-limiter.js";

function limiterOf(requestsPerSecond: number, burst: number) {
  const clock = new ManualClock();
  const limiter = new RateLimiter({ requestsPerSecond, burst, clock });
  const served: string[] = [];
  const ask = (name: string, signal?: AbortSignal, withinMs?: number): Promise<unknown> =>
    limiter.wait(signal, withinMs).then(
      (isServed) => served.push(isServed ? name : `${name} refused`),
      () => served.push(`${name} aborted`),
    );
  return { clock, limiter, served, ask };
}

it("lets a burst through at once, the rest in order at the rate", async () => {
  const { clock, served, ask } = limiterOf(10, 2);
  for (const name of ["a", "b", "c", "d", "e"]) void ask(name);
  await clock.advance(0);
  expect(served).toEqual(["a", "b"]);
  await clock.advance(100);
  expect(served).toEqual(["a", "b", "c"]);
  await clock.advance(200);
  expect(served).toEqual(["a", "b", "c", "d", "e"]);
  expect(clock.pendingTimers).toBe(0);
});

it("lets nobody past those who wait", async () => {
  const { clock, limiter, served, ask } = limiterOf(10, 1);
  void ask("a");
  void ask("b");
  await clock.advance(99);
  expect(limiter.tryTake()).toBe(false);
  void ask("c");
  await clock.advance(1);
  expect(served).toEqual(["a", "b"]);
  await clock.advance(100);
  expect(served).toEqual(["a", "b", "c"]);
});

it("moves those behind up when one gives up", async () => {
  const { clock, served, ask } = limiterOf(10, 1);
  const controller = new AbortController();
  void ask("a");
  void ask("b", controller.signal);
  void ask("c");
  controller.abort();
  await clock.advance(100);
  expect(served).toEqual(["a", "b aborted", "c"]);
  expect(clock.pendingTimers).toBe(0);
});

it("leaves no timer when all give up", async () => {
  const { clock, served, ask } = limiterOf(10, 1);
  const controller = new AbortController();
  void ask("a");
  void ask("b", controller.signal);
  controller.abort();
  await clock.advance(0);
  expect([served, clock.pendingTimers]).toEqual([["a", "b aborted"], 0]);
});

it("refuses at once whoever could not be served in time", async () => {
  const { clock, served, ask } = limiterOf(10, 1);
  void ask("a");
  void ask("b", undefined, 101);
  void ask("c", undefined, 199);
  await clock.advance(0);
  expect(served).toEqual(["a", "c refused"]);
  await clock.advance(100);
  expect(served).toEqual(["a", "c refused", "b"]);
});

it("saves up no more than the burst", async () => {
  const { clock, served, ask } = limiterOf(10, 2);
  await clock.advance(60_000);
  for (const name of ["a", "b", "c"]) void ask(name);
  await clock.advance(0);
  expect(served).toEqual(["a", "b"]);
});
