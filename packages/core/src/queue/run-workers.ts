import type { WorkQueue } from "./work-queue.js";

/** Settings of {@link runWorkers}. */
export interface WorkerOptions<Item> {
  /** Items worked on at once. */
  readonly concurrency: number;
  /** Works on one item; a rejection puts the item back with a growing wait. */
  readonly process: (item: Item, options: { readonly signal: AbortSignal }) => Promise<void>;
  /** Told of each rejection of `process`. */
  readonly onError?: ((error: unknown, item: Item) => void) | undefined;
}

/** Takes items off a queue until disposed of; disposal aborts the signal and waits for the items in work. */
export function runWorkers<Item>(
  queue: WorkQueue<Item>,
  options: WorkerOptions<Item>,
): AsyncDisposable {
  const abort = new AbortController();
  const work = async (): Promise<void> => {
    for (;;) {
      const item = await queue.get({ signal: abort.signal });
      if (item === undefined) return;
      try {
        await options.process(item, { signal: abort.signal });
        queue.forget(item);
      } catch (error) {
        if (!abort.signal.aborted) {
          queue.addRateLimited(item);
          options.onError?.(error, item);
        }
      } finally {
        queue.done(item);
      }
    }
  };
  const workers = Promise.all(Array.from({ length: options.concurrency }, work));
  return {
    [Symbol.asyncDispose]: async () => {
      abort.abort();
      await workers;
    },
  };
}
