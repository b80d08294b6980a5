import { seededRandom } from "@kvop/core";
import { VirtualClock } from "@kvop/testing";
import { expect, it } from "vitest";

import type { ClusterLink } from "./cluster-link.js";
import { FailureMemory } from "./failure-memory.js";
import { LinkSlot, type OpenLink } from "./link-slot.js";

const clock = new VirtualClock();
const random = seededRandom(1);
const slotOf = (open: OpenLink) => new LinkSlot({ configName: "east", open, clock, random });
const linkOf = () => {
  const state = { closed: 0 };
  const close = (): Promise<void> => Promise.resolve(void (state.closed += 1));
  return { state, link: { close, retire: close } as unknown as ClusterLink };
};

it("a build is given up once nobody waits for it, and what it gives is closed", async () => {
  const { link, state } = linkOf();
  const signals: AbortSignal[] = [];
  let finish = (): void => undefined;
  const slot = slotOf(({ signal }) => {
    signals.push(signal);
    return new Promise((resolve) => (finish = () => resolve(link)));
  });
  const callers = [new AbortController(), new AbortController()];
  const calls = callers.map(({ signal }) =>
    slot.acquire({ signal }).catch((error: unknown) => error),
  );
  callers[0]?.abort(new Error("first"));
  expect(await calls[0]).toMatchObject({ message: "first" });
  expect([signals[0]?.aborted, slot.isBuilding]).toEqual([false, true]);
  callers[1]?.abort(new Error("last"));
  expect(await calls[1]).toMatchObject({ message: "last" });
  expect([signals[0]?.aborted, slot.isBuilding]).toEqual([true, false]);
  finish();
  await clock.advance(1);
  expect([state.closed, slot.link, slot.failure.recall()]).toEqual([1, undefined, undefined]);
  await slot.dispose(new Error("the end"));
});

it("a build that is invalidated again and again is used after all", async () => {
  let opened = 0;
  const { link } = linkOf();
  const slot: LinkSlot = slotOf(() => {
    opened += 1;
    slot.invalidate();
    return Promise.resolve(link);
  });
  const acquired = slot.acquire();
  await clock.advance(10_000);
  expect(await acquired).toBe(link);
  expect(opened).toBe(6);
  await slot.dispose(new Error("the end"));
});

it("of links that wait for their last requests, no more than eight are kept open", async () => {
  const links = Array.from({ length: 12 }, () => {
    const state = { isClosed: false };
    let close = (): void => undefined;
    const retired = new Promise<void>((resolve) => (close = resolve));
    const link = {
      retire: () => retired,
      close: () => {
        state.isClosed = true;
        close();
        return retired;
      },
    };
    return { state, link: link as unknown as ClusterLink };
  });
  let next = 0;
  const slot = slotOf(() => Promise.resolve(links[next]?.link as ClusterLink));
  for (; next < 11; next += 1) {
    await slot.acquire();
    slot.invalidate();
  }
  await clock.advance(0);
  const closed = () => links.map(({ state }) => state.isClosed).lastIndexOf(true) + 1;
  expect(closed()).toBe(3);
  await slot.dispose(new Error("the end"));
  expect(closed()).toBe(11);
});

it("the first restart comes at once, as it is the usual one", async () => {
  let opened = 0;
  const { link } = linkOf();
  const slot: LinkSlot = slotOf(() => {
    opened += 1;
    if (opened === 1) slot.invalidate();
    return Promise.resolve(link);
  });
  expect(await slot.acquire()).toBe(link);
  expect(opened).toBe(2);
  await slot.dispose(new Error("the end"));
});

it("clusters that fail together are not tried again together", () => {
  const waits = Array.from({ length: 100 }, (_, index) => {
    const memory = new FailureMemory(clock, seededRandom(index));
    memory.remember(new Error("down"));
    return memory.retryInMs;
  });
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(500);
  expect(Math.max(...waits)).toBeLessThanOrEqual(750);
  expect(new Set(waits).size).toBeGreaterThan(50);
});
