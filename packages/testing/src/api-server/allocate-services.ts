import type { ServiceAllocator } from "../admission/default-service.js";
import type { JsonObject } from "../schema/json.js";
import type { ObjectStore } from "../store/object-store.js";

/** The first addresses of 10.0.0.0/16 are those of the cluster itself. */
const FIRST_ADDRESS = 2;
const ADDRESSES = 2 ** 16;
const FIRST_PORT = 30_000;
const PORTS = 2768;

/** Hands out the cluster's addresses and node ports: none that a Service of the store has. */
export function allocateServices(store: ObjectStore): ServiceAllocator {
  let nextAddress = FIRST_ADDRESS;
  let nextPort = 0;
  const specs = (): JsonObject[] =>
    store.list("/services").objects.map((service) => (service["spec"] ?? {}) as JsonObject);
  return {
    clusterIp: () => {
      const taken = new Set(specs().map(({ clusterIP }) => clusterIP));
      for (let tries = 0; tries < ADDRESSES; tries += 1) {
        const address = `10.0.${nextAddress >> 8}.${nextAddress & 255}`;
        nextAddress = nextAddress + 1 < ADDRESSES ? nextAddress + 1 : FIRST_ADDRESS;
        if (!taken.has(address)) return address;
      }
      return "";
    },
    nodePort: () => {
      const taken = new Set(
        specs().flatMap(({ ports }) =>
          ((ports ?? []) as JsonObject[]).map(({ nodePort }) => nodePort),
        ),
      );
      for (let tries = 0; tries < PORTS; tries += 1) {
        const port = FIRST_PORT + nextPort;
        nextPort = (nextPort + 1) % PORTS;
        if (!taken.has(port)) return port;
      }
      return 0;
    },
  };
}
