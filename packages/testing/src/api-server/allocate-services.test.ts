import { expect, it } from "vitest";

import { ObjectStore } from "../store/object-store.js";
import { allocateServices } from "./allocate-services.js";

it("leaves the first node ports to those that ask for one by number", () => {
  const allocator = allocateServices(new ObjectStore());
  expect([allocator.clusterIp(), allocator.clusterIp()]).toEqual(["10.0.0.2", "10.0.0.3"]);
  expect([allocator.nodePort(), allocator.nodePort()]).toEqual([30_086, 30_087]);
});

it("gives every port once, those to be asked for last", () => {
  const store = new ObjectStore();
  const allocator = allocateServices(store);
  const ports = Array.from({ length: 2682 }, (_, index) => ({ nodePort: 30_086 + index }));
  const service = (name: string, given: readonly object[]) =>
    store.put("/services", {
      metadata: { name, namespace: "default" },
      spec: { ports: [...given] },
    } as never);
  service("many", ports);
  expect(allocator.nodePort()).toBe(30_000);
  service("one", [{ nodePort: 30_000 }]);
  expect(allocator.nodePort()).toBe(30_001);
  service(
    "rest",
    Array.from({ length: 86 }, (_, index) => ({ nodePort: 30_000 + index })),
  );
  expect(allocator.nodePort()).toBe(0);
});
