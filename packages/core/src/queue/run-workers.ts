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
  // A signal a worker: Node warns of a leak when more than ten listen to one.
  const aborts = Array.from({ length: options.concurrency }, () => new AbortController());
  const work = async ({ signal }: AbortController): Promise<void> => {
    for (;;) {
      const item = await queue.get({ signal });
      if (item === undefined) return;
      try {
        await options.process(item, { signal });
        queue.forget(item);
      } catch (error) {
        if (!signal.aborted) {
          queue.addRateLimited(item);
          options.onError?.(error, item);
        }
      } finally {
        queue.done(item);
      }
    }
  };
  const workers = Promise.all(aborts.map(work));
  return {
    [Symbol.asyncDispose]: async () => {
      for (const abort of aborts) abort.abort();
      await workers;
    },
  };
}
