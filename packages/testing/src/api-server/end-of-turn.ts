import { yieldToEventLoop } from "@kvop/core";

let pending: Promise<void> | undefined;

/**
 * Resolves when the event loop has read what has come in. Answers that wait for it leave together: sent one by one, each would
 * wake its sleeping client up, which costs more than most answers take to be made.
 */
export function endOfTurn(): Promise<void> {
  return (pending ??= yieldToEventLoop().then(() => {
    pending = undefined;
  }));
}
