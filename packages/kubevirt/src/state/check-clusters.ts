import type { CallOptions } from "@kvop/core";

import { SignalFan } from "../link/signal-fan.js";

/**
 * Checks clusters in parallel, some at a time, and gives those that are not well with the reason, sorted by name.
 *
 * @param check Gives what is wrong with a cluster, or throws it.
 * @throws the signal's reason
 */
export async function checkClusters(
  configNames: readonly string[],
  check: (configName: string, call: CallOptions) => Promise<Error | undefined>,
  options: { readonly signal?: AbortSignal | undefined; readonly concurrency: number },
): Promise<Map<string, Error>> {
  const { signal, concurrency } = options;
  const unhealthy = new Map<string, Error>();
  const waiting = [...configNames];
  const fan = new SignalFan(signal);
  const worker = async (): Promise<void> => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      try {
        const problem = await check(name, { signal: fan.fork() });
        if (problem !== undefined) unhealthy.set(name, problem);
      } catch (error) {
        signal?.throwIfAborted();
        unhealthy.set(name, error as Error);
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(concurrency, configNames.length) }, worker));
  } finally {
    fan[Symbol.dispose]();
  }
  return new Map([...unhealthy].sort(([a], [b]) => (a < b ? -1 : 1)));
}
