import { DeadlineExceededError, sleep } from "@kvop/core";
import { expect, test } from "vitest";
import { VirtualClock } from "./virtual-clock.js";

test("timers fire at their moment, those of one moment in the order in which they were set", async () => {
  const clock = new VirtualClock({ startMs: 1000 });
  const seen: string[] = [];
  const set = (name: string, ms: number) =>
    clock.setTimer(() => seen.push(`${name} ${clock.now()}`), ms);
  set("late", 20);
  set("first", 10);
  set("second", 10);
  set("never", 10).cancel();
  await clock.advance(15);
  expect(seen).toEqual(["first 1010", "second 1010"]);
  expect([clock.now(), clock.monotonic(), clock.pendingTimers]).toEqual([1015, 15, 1]);
  await clock.advance(5);
  expect(seen.at(-1)).toBe("late 1020");
});

test("what a timer starts is done before the next one fires", async () => {
  const clock = new VirtualClock();
  const seen: string[] = [];
  const work = async (name: string) => {
    for (let step = 1; step <= 3; step += 1) {
      await sleep(clock, 10);
      seen.push(`${name}${step}`);
    }
  };
  void work("a");
  void work("b");
  await clock.advance(30);
  expect(seen).toEqual(["a1", "b1", "a2", "b2", "a3", "b3"]);
});

test("it runs until a condition holds, or says that it never did", async () => {
  const clock = new VirtualClock();
  let beats = 0;
  const beat = (): void => {
    beats += 1;
    clock.setTimer(beat, 1000);
  };
  beat();
  await clock.runUntil(() => beats === 5);
  expect(clock.monotonic()).toBe(4000);
  await expect(clock.runUntil(() => beats < 0, { timeoutMs: 2000 })).rejects.toThrow(
    DeadlineExceededError,
  );
});

test("what is pending says when it is due, and where it was set if it was asked to", () => {
  const clock = new VirtualClock({ tracesTimers: true });
  clock.setTimer(() => undefined, 200);
  clock.setTimer(() => undefined, 100);
  expect(clock.pending().map(({ inMs }) => inMs)).toEqual([100, 200]);
  expect(clock.pending()[0]?.stack).toContain("virtual-clock.test.ts");
  const quiet = new VirtualClock();
  quiet.setTimer(() => undefined, 1);
  expect(quiet.pending()).toEqual([{ inMs: 1, stack: undefined }]);
});
