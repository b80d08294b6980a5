import { AssertionError } from "node:assert";
import {
  checkReceived,
  checkReceivedInOrder,
  type ReceivedExpectation,
  type ReceivedFilter,
  type ReceivedVerdict,
  type RequestSource,
} from "./received.js";

/**
 * For any test runner: a server must have received such requests.
 *
 * @throws AssertionError of `node:assert`, which says what was received and what came close.
 */
export function assertReceived(source: RequestSource, expectation: ReceivedExpectation = {}): void {
  throwUnless(checkReceived(source, expectation), assertReceived);
}

/**
 * For any test runner: a server must have received such requests, in this order, others between them or not.
 *
 * @throws AssertionError of `node:assert`
 */
export function assertReceivedInOrder(
  source: RequestSource,
  filters: readonly ReceivedFilter[],
): void {
  throwUnless(checkReceivedInOrder(source, filters), assertReceivedInOrder);
}

function throwUnless(verdict: ReceivedVerdict, caller: unknown): void {
  const { pass, message, actual, expected } = verdict;
  if (pass) return;
  const stackStartFn = caller as never;
  throw new AssertionError({ message, actual, expected, operator: "received", stackStartFn });
}
