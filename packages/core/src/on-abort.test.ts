import { getEventListeners } from "node:events";

import { expect, it } from "vitest";

import { onAbort } from "./on-abort.js";

function listenersOf(signal: AbortSignal): number {
  return getEventListeners(signal, "abort").length;
}

it("tells all who wait, in their order, through one listener", () => {
  const controller = new AbortController();
  const told: string[] = [];
  for (let index = 0; index < 20; index += 1)
    onAbort(controller.signal, ({ message }) => told.push(`${index} ${message}`));
  expect(listenersOf(controller.signal)).toBe(1);

  controller.abort(new Error("enough"));
  expect(told).toEqual(Array.from({ length: 20 }, (_, index) => `${index} enough`));
  expect(listenersOf(controller.signal)).toBe(0);
});

it("tells nobody who has left, and leaves the signal with the last of them", () => {
  const controller = new AbortController();
  const told: string[] = [];
  const leaveFirst = onAbort(controller.signal, () => told.push("first"));
  const leaveSecond = onAbort(controller.signal, () => told.push("second"));
  leaveFirst();
  leaveFirst();
  expect(listenersOf(controller.signal)).toBe(1);
  leaveSecond();
  expect(listenersOf(controller.signal)).toBe(0);

  const leaveThird = onAbort(controller.signal, () => told.push("third"));
  leaveSecond();
  controller.abort();
  leaveThird();
  expect(told).toEqual(["third"]);
});

it("does not tell one that another one's call made leave", () => {
  const controller = new AbortController();
  const told: string[] = [];
  onAbort(controller.signal, () => leave());
  const leave = onAbort(controller.signal, () => told.push("left"));
  controller.abort();
  expect(told).toEqual([]);
});

it("calls nobody for a signal that was aborted before, or for none", () => {
  const told: string[] = [];
  onAbort(AbortSignal.abort(), () => told.push("aborted"))();
  onAbort(undefined, () => told.push("none"))();
  expect(told).toEqual([]);
});
