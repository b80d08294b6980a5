import { expect } from "vitest";
import {
  checkReceived,
  checkReceivedInOrder,
  type ReceivedExpectation,
  type ReceivedFilter,
  type ReceivedVerdict,
  type RequestSource,
} from "../records/received.js";

/** Teaches `expect` what servers have received. */
export function extendExpect(): void {
  expect.extend({
    toHaveReceived(received: unknown, expectation: ReceivedExpectation = {}) {
      return resultOf(checkReceived(sourceOf(received), expectation), this.isNot);
    },
    toHaveReceivedInOrder(received: unknown, filters: readonly ReceivedFilter[]) {
      return resultOf(checkReceivedInOrder(sourceOf(received), filters), this.isNot);
    },
  });
}

function resultOf(
  { pass, message, actual, expected }: ReceivedVerdict,
  isNot: boolean,
): {
  pass: boolean;
  message: () => string;
  actual: unknown;
  expected: unknown;
} {
  const words = isNot ? message.replace(/^expected: /m, "expected: not ") : message;
  return { pass, message: () => words, actual, expected };
}

function sourceOf(received: unknown): RequestSource {
  const holds = (value: unknown): boolean =>
    typeof value === "object" && value !== null && "requests" in value;
  const leads =
    typeof received === "object" &&
    received !== null &&
    "server" in received &&
    holds(received.server);
  if (!holds(received) && !leads) {
    throw new TypeError(
      "Only a server has received requests: expect(cluster) or expect(listening), not a client or a value.",
    );
  }
  return received as RequestSource;
}
