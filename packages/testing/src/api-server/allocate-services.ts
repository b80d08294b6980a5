import type { ServiceAllocator } from "../admission/default-service.js";
import type { JsonObject, JsonValue } from "../schema/json.js";
import type { ObjectStore } from "../store/object-store.js";

/** The first addresses of 10.0.0.0/16 are those of the cluster itself. */
const FIRST_ADDRESS = 2;
const ADDRESSES = 2 ** 16;
const FIRST_PORT = 30_000;
const PORTS = 2768;
/** Those that are asked for by number are meant to be among the first: they are given only when the others are out. */
const PORTS_TO_ASK_FOR = 86;

/** Hands out the cluster's addresses and node ports: none that a Service of the store has. */
export function allocateServices(store: ObjectStore): ServiceAllocator {
  const addresses = new Turns(FIRST_ADDRESS, FIRST_ADDRESS, ADDRESSES);
  const ports = new Turns(0, PORTS_TO_ASK_FOR, PORTS);
  const specs = (): JsonObject[] =>
    store.list("/services").objects.map((service) => (service["spec"] ?? {}) as JsonObject);
  const takenPorts = (): Set<JsonValue | undefined> =>
    new Set(
      specs().flatMap(({ ports }) =>
        ((ports ?? []) as JsonObject[]).map(({ nodePort }) => nodePort),
      ),
    );
  return {
    clusterIp: () => {
      const taken = new Set(specs().map(({ clusterIP }) => clusterIP));
      const free = addresses.next((each) => !taken.has(addressOf(each)));
      return free === undefined ? "" : addressOf(free);
    },
    nodePort: () => {
      const taken = takenPorts();
      const free = ports.next((each) => !taken.has(FIRST_PORT + each));
      return free === undefined ? 0 : FIRST_PORT + free;
    },
    refusalOfAddress: (address) => {
      if (!address.startsWith("10.0."))
        return "the provided network does not match the current range";
      return specs().some(({ clusterIP }) => clusterIP === address)
        ? "provided IP is already allocated"
        : undefined;
    },
    refusalOfPort: (port) => {
      if (port < FIRST_PORT || port >= FIRST_PORT + PORTS)
        return `provided port is not in the valid range. The range of valid ports is ${FIRST_PORT}-${FIRST_PORT + PORTS - 1}`;
      return takenPorts().has(port) ? "provided port is already allocated" : undefined;
    },
  };
}

/** Numbers below an end, in turn: from a start on, and those from a first one to the start when nothing else is free. */
class Turns {
  #next: number;

  constructor(
    private readonly first: number,
    private readonly start: number,
    private readonly end: number,
  ) {
    this.#next = start;
  }

  next(isFree: (number: number) => boolean): number | undefined {
    for (let tries = this.start; tries < this.end; tries += 1) {
      const number = this.#next;
      this.#next = number + 1 < this.end ? number + 1 : this.start;
      if (isFree(number)) return number;
    }
    for (let number = this.first; number < this.start; number += 1)
      if (isFree(number)) return number;
    return undefined;
  }
}

function addressOf(number: number): string {
  return `10.0.${number >> 8}.${number & 255}`;
}
