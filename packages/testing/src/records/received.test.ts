import { expect, test } from "vitest";
import { assertReceived, assertReceivedInOrder } from "./assert-received.js";
import { checkReceived, checkReceivedInOrder, requestsTo } from "./received.js";
import type { RequestRecord } from "./request-record.js";

let count = 0;
const record = (over: Partial<RequestRecord>): RequestRecord => ({
  id: (count += 1),
  verb: "create",
  group: "",
  version: "v1",
  resource: "pods",
  subresource: "",
  namespace: "default",
  name: "web",
  user: "admin",
  userAgent: "test",
  door: "https",
  receivedAtMs: 0,
  status: 201,
  ms: 1,
  bytes: 1,
  ended: true,
  ...over,
});
const source = (...overs: Partial<RequestRecord>[]) => {
  count = 0;
  return { name: "east", requests: overs.map(record) };
};

test("counts: once at least, so many times, a range", () => {
  const server = source({}, {}, { verb: "get" });
  const passes = (over: object) => checkReceived(server, { verb: "create", ...over }).pass;
  expect(
    [{}, { times: 2 }, { atLeast: 2 }, { atMost: 2 }, { atLeast: 1, atMost: 2 }].map(passes),
  ).toEqual([true, true, true, true, true]);
  expect(
    [{ times: 1 }, { times: 0 }, { atLeast: 3 }, { atMost: 1 }, { name: "x" }].map(passes),
  ).toEqual([false, false, false, false, false]);
  expect(checkReceived(server, { verb: "delete", times: 0 }).pass).toBe(true);
  expect(requestsTo({ server }, { verb: "get", status: [200, 201] })).toHaveLength(1);
});

test("a failure says what came close, and in what it differs", () => {
  const server = source(
    { name: "api" },
    { verb: "list", resource: "nodes", namespace: "", name: "", status: 200 },
    { status: 409 },
  );
  const { message, actual, expected } = checkReceived(server, {
    verb: "create",
    resource: "pods",
    namespace: "default",
    name: "web",
    status: 201,
    times: 1,
  });
  expect(message).toBe(
    [
      'server "east" received 0 requests: create pods "web" in "default", answered 201',
      "expected: 1 request",
      "close to it:",
      '  #1 create pods "api" in "default" by "test" as "admin": 201 (name is "api", not web)',
      '  #3 create pods "web" in "default" by "test" as "admin": 409 (status is 409, not 201)',
    ].join("\n"),
  );
  expect(actual).toEqual({ ...(expected as object), name: "api" });
});

test("too many are listed, and nothing at all is said", () => {
  const many = source(...Array.from({ length: 7 }, () => ({})));
  expect(checkReceived(many, { verb: "create", times: 1 }).message).toContain("and 2 more");
  expect(checkReceived(source(), {}).message).toContain("it received no request at all");
  expect(checkReceived(source({ status: 0 }), { verb: "watch" }).message).toContain("no answer");
});

test("an order, with others between", () => {
  const server = source({ verb: "get" }, { verb: "create" }, { verb: "list" }, { verb: "delete" });
  const order = (...verbs: string[]) =>
    checkReceivedInOrder(
      server,
      verbs.map((verb) => ({ verb })),
    );
  expect(order("get", "create", "delete").pass).toBe(true);
  expect(order("create", "get").pass).toBe(false);
  expect(order("create", "get").message).toBe(
    [
      'server "east" did not receive, after #2: get',
      "in order:",
      '  #2 create pods "web" in "default" by "test" as "admin": 201',
      "since then:",
      '  #3 list pods "web" in "default" by "test" as "admin": 201',
      '  #4 delete pods "web" in "default" by "test" as "admin": 201',
    ].join("\n"),
  );
});

test("functions for any runner throw an AssertionError", () => {
  const server = source({});
  assertReceived(server, { verb: "create" });
  assertReceivedInOrder(server, [{ verb: "create" }]);
  expect(() => assertReceived(server, { verb: "delete" })).toThrow(
    expect.objectContaining({ name: "AssertionError", code: "ERR_ASSERTION" }),
  );
  expect(() => assertReceivedInOrder(server, [{ verb: "delete" }])).toThrow("did not receive");
});
