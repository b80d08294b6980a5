import { expect, test } from "vitest";
import { scriptedClient } from "../../test/scripted-client.js";
import { seededRandom } from "../random.js";
import { Machine } from "../resources/machine.js";
import { runWatch } from "./run-watch.js";

test("asks for timers of whole milliseconds, or a coarse clock would come too early again and again", async () => {
  const delays: number[] = [];
  const turn = new AbortController();
  const clock = {
    now: () => 0,
    monotonic: () => 0.25,
    setTimer: (_callback: () => void, delayMs: number) => {
      delays.push(delayMs);
      return { cancel: () => undefined };
    },
  };
  const { client } = scriptedClient({ streams: [{ events: [] }] });
  await runWatch(client, Machine, {
    selection: {},
    turn,
    clock,
    random: seededRandom(1),
    silenceTimeoutMs: () => 1000.4,
    onEvent: () => undefined,
  });
  expect(delays).toEqual([1001]);
});
