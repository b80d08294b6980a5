import { expect } from "vitest";
import type { ReceivedExpectation, ReceivedFilter } from "./records/received.js";
import { extendExpect } from "./vitest/matchers.js";

declare module "vitest" {
  interface Matchers<T> {
    /** The server has received such requests: once at least, or as many `times` as said. */
    toHaveReceived(expectation?: ReceivedExpectation): T;
    /** The server has received such requests in this order, others between them or not. */
    toHaveReceivedInOrder(filters: readonly ReceivedFilter[]): T;
  }
}

extendExpect();

export { type ClusterFixtures, test } from "./vitest/cluster-test.js";
export { expect };
