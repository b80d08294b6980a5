import type { ServiceAllocator } from "../admission/default-service.js";
import type { JsonObject, JsonValue } from "../schema/json.js";
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
  const takenPorts = (): Set<JsonValue | undefined> =>
    new Set(
      specs().flatMap(({ ports }) =>
        ((ports ?? []) as JsonObject[]).map(({ nodePort }) => nodePort),
      ),
    );
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
      const taken = takenPorts();
      for (let tries = 0; tries < PORTS; tries += 1) {
        const port = FIRST_PORT + nextPort;
        nextPort = (nextPort + 1) % PORTS;
        if (!taken.has(port)) return port;
      }
      return 0;
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
