import { Machine, startReflector } from "@kvop/core";

/** Follows the Machines of the supervisor and lets the story wait for what they become. */
export class WatchedMachines {
  #reflector;
  #waiters = new Set();
  #table;

  constructor(client, table) {
    this.#table = table;
    this.#reflector = startReflector({
      resource: Machine,
      connect: async () => client,
      onEvent: () => this.#changed(),
    });
  }

  list() {
    return this.#reflector.list();
  }

  on(clusterName) {
    return this.list().filter(
      ({ metadata }) => metadata.annotations?.["vitistack.io/kubevirt-config"] === clusterName,
    );
  }

  get(key) {
    return this.#reflector.get(key);
  }

  /** Waits until the condition holds; the deadline names what did not happen. */
  async until(what, isTrue, timeoutMs) {
    if (isTrue()) return;
    await new Promise((resolve, reject) => {
      const waiter = () => {
        if (!isTrue()) return;
        clearTimeout(timer);
        this.#waiters.delete(waiter);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#waiters.delete(waiter);
        reject(new Error(`${what} did not happen within ${timeoutMs / 1000} s`));
      }, timeoutMs);
      this.#waiters.add(waiter);
    });
  }

  async close() {
    await this.#reflector[Symbol.asyncDispose]();
  }

  #changed() {
    this.#table.show(this.list());
    for (const waiter of this.#waiters) waiter();
  }
}

export function isRunning(machine) {
  return machine?.status?.phase === "Running" && (machine.status.ipAddresses ?? []).length > 0;
}

export function isReachable(machine) {
  const condition = machine.status?.conditions?.find(({ type }) => type === "ClusterReachable");
  return condition?.status === "True";
}
