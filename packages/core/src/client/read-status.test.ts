import { expect, test } from "vitest";

import { scriptedClient } from "../../test/scripted-client.js";
import { ApiError } from "../errors/api-error.js";
import { ConfigMap } from "../resources/config-map.js";
import { readStatus } from "./read-status.js";

test("a Status of a real server is kept", () => {
  const status = {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message: 'configmaps "a" is invalid',
    reason: "Invalid",
    details: {
      name: "a",
      group: "g",
      kind: "configmaps",
      uid: "u",
      causes: [{ reason: "FieldValueInvalid", message: "m", field: "data" }],
      retryAfterSeconds: 1,
    },
    code: 422,
  };
  expect(readStatus(status)).toEqual(status);
});

test.each([
  [{ reason: 5 }, {}],
  [{ reason: "two words" }, {}],
  [{ reason: "x".repeat(1000) }, {}],
  [{ message: {} }, {}],
  [{ code: "410" }, {}],
  [{ status: "Unsure" }, {}],
  [{ metadata: [] }, {}],
  [{ details: [] }, {}],
  [{ details: { causes: { some: 1 }, name: 5 } }, { details: {} }],
  [{ details: { causes: [null, 5, { reason: {} }] } }, { details: { causes: [{}] } }],
  [{ details: { retryAfterSeconds: "9" } }, { details: {} }],
  [{ details: { retryAfterSeconds: -5 } }, { details: { retryAfterSeconds: 0 } }],
  [{ details: { retryAfterSeconds: 1e308 } }, { details: { retryAfterSeconds: 600 } }],
])("of %j no more is taken than is of its type", (body, expected) => {
  expect(readStatus(body)).toEqual(expected);
});

test("an error is a word and a number of seconds, whatever the server sends", async () => {
  const body = { kind: "Status", reason: { toString: 5 }, message: 7, code: [] };
  const headers = { "retry-after": "99999999999" };
  const { client } = scriptedClient({ answers: [{ status: 503, headers, body }] });
  const error: unknown = await client
    .get(ConfigMap, { namespace: "n", name: "a" })
    .catch((e: unknown) => e);
  if (!ApiError.isInstance(error)) throw error;
  expect([error.reason, error.retryAfterMs, typeof error.message]).toEqual([
    "ServiceUnavailable",
    600_000,
    "string",
  ]);
});
