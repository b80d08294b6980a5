import fc from "fast-check";

import { shownRequest, type FuzzRequest } from "../fuzz-request.js";
import { collections, validObjects } from "../world.js";
import { encodeText, queryText } from "./texts.js";

const boolean = fc.constantFrom(
  "true",
  "false",
  "1",
  "0",
  "",
  "TRUE",
  "t",
  "F",
  "perhaps",
  "True",
  "yes",
);
const number = fc.constantFrom(
  "0",
  "1",
  "2",
  "-1",
  "",
  "1.5",
  "x",
  "1e3",
  "0x1",
  " 1",
  "+1",
  "01",
  "9223372036854775807",
  "9223372036854775808",
  "99999999999999999999",
);

const parameters: Readonly<Record<string, fc.Arbitrary<string>>> = {
  limit: number,
  timeoutSeconds: number,
  gracePeriodSeconds: number,
  resourceVersion: fc.constantFrom(
    "",
    "0",
    "-1",
    "1.5",
    "x",
    "+1",
    "99999999",
    "9223372036854775808",
    "99999999999999999999",
    "1 2",
    "🙂",
  ),
  resourceVersionMatch: fc.constantFrom("", "Exact", "NotOlderThan", "exact", "Nope"),
  continue: fc.constantFrom("", "abc", "e30=", "e30", "bnVsbA", "!!!!", "\u0000"),
  watch: boolean,
  allowWatchBookmarks: boolean,
  sendInitialEvents: boolean,
  orphanDependents: boolean,
  force: boolean,
  pretty: boolean,
  ignoreStoreReadErrorWithClusterBreakingPotential: boolean,
  dryRun: fc.constantFrom("All", "", "all", "None", "Al"),
  fieldValidation: fc.constantFrom("", "Strict", "strict", "Warn", "Ignore", "Nope"),
  fieldManager: fc.constantFrom("", "me", "a b", "é", "\u0000", "x".repeat(129), "\u200b"),
  propagationPolicy: fc.constantFrom(
    "",
    "Foreground",
    "Background",
    "Orphan",
    "foreground",
    "Nope",
  ),
  timeout: fc.constantFrom(
    "",
    "1s",
    "0",
    "-1s",
    "soon",
    "1",
    "1h1m",
    "1d",
    "∞",
    "1.5s",
    "1e3s",
    "400ms",
  ),
  includeObject: fc.constantFrom("", "None", "Metadata", "Object", "Nope"),
  labelSelector: fc.constantFrom("", "app=a", "app in (a", "a=="),
  fieldSelector: fc.constantFrom("", "metadata.name=a", "metadata.name", "spec.nope=1"),
  unknown: number,
};

const pair = fc
  .constantFrom(...Object.keys(parameters))
  .chain((key) =>
    (parameters[key] ?? fc.constant("")).map((value): [string, string] => [key, value]),
  );

const rawTail = fc.constantFrom(
  "",
  "",
  "",
  "&",
  "&&",
  "&=",
  "&=x",
  "&limit",
  "&limit=1&limit=2",
  "&limit=%zz",
  "&%6cimit=1",
  "&limit=1;watch=1",
  "&dryRun=All&dryRun=Nope",
  "&LIMIT=1",
  "&limit=%00",
  "&fieldManager=%ff",
  "&?",
  "&a=b=c",
  "&__proto__=1&constructor=2",
);

const collection = fc.constantFrom(...(["configMaps", "pods", "deployments", "widgets"] as const));

/** Any verb with parameters that it does not know, or whose values are none. */
export const queries: fc.Arbitrary<FuzzRequest> = fc
  .record({
    name: collection,
    verb: fc.constantFrom(
      "list",
      "list",
      "get",
      "create",
      "update",
      "patch",
      "apply",
      "delete",
      "deletecollection",
    ),
    pairs: fc.array(pair, { minLength: 1, maxLength: 3 }),
    tail: rawTail,
    isTable: fc.constantFrom(false, false, true),
  })
  .map(({ name, verb, pairs, tail, isTable }) => {
    const query = queryText(pairs) + tail;
    const accept = isTable
      ? "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
      : "application/json";
    return shownRequest(requestOf(verb, name, query, accept));
  });

function requestOf(
  verb: string,
  name: keyof typeof collections,
  query: string,
  accept: string,
): FuzzRequest {
  const path = collections[name];
  const valid = validObjects[name] as { readonly metadata: object };
  const { apiVersion, kind } = validObjects[name] as { apiVersion: string; kind: string };
  const body = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
  const headers = (contentType: string) => ({ accept, "content-type": contentType });
  const json = headers("application/json");
  switch (verb) {
    case "list":
      return { method: "GET", path: path + query, headers: { accept } };
    case "get":
      return { method: "GET", path: `${path}/a${query}`, headers: { accept } };
    case "create": {
      const created = { ...valid, metadata: { ...valid.metadata, name: "new" } };
      return { method: "POST", path: path + query, headers: json, body: body(created) };
    }
    case "update":
      return { method: "PUT", path: `${path}/a${query}`, headers: json, body: body(valid) };
    case "patch":
      return {
        method: "PATCH",
        path: `${path}/a${query}`,
        headers: headers("application/merge-patch+json"),
        body: body({ metadata: { labels: { patched: "yes" } } }),
      };
    case "apply":
      return {
        method: "PATCH",
        path: `${path}/a${query}`,
        headers: headers("application/apply-patch+yaml"),
        body: body({ apiVersion, kind, metadata: { name: "a", labels: { applied: "yes" } } }),
      };
    case "delete":
      return { method: "DELETE", path: `${path}/a${query}`, headers: { accept } };
    default:
      return { method: "DELETE", path: path + query, headers: { accept } };
  }
}

/** A continue token as the server makes it, and what may become of one. */
const token = fc
  .record({
    v: fc.constantFrom("meta.k8s.io/v1", "meta.k8s.io/v2", "", "v1"),
    rv: fc.constantFrom<unknown>(0, -1, "3", null, 9_007_199_254_740_991, 1.5, "x"),
    start: fc.constantFrom<unknown>(
      "fuzz/a\u0000",
      "a\u0000",
      "",
      "/a",
      "../../secrets/fuzz/a\u0000",
      "fuzz/../a",
      "fuzz//a",
      5,
      null,
    ),
  })
  .map((parts) => JSON.stringify(parts));

const encodedToken = fc.oneof(
  token.map((text) => Buffer.from(text).toString("base64url")),
  token.map((text) => Buffer.from(text).toString("base64")),
  fc
    .tuple(token, fc.nat({ max: 60 }))
    .map(([text, cut]) => Buffer.from(text).toString("base64url").slice(0, cut)),
  fc.constantFrom("", "a", "====", "e30", "W10", "bnVsbA", "IiI", "é", "not base64!"),
);

export const continueTokens: fc.Arbitrary<FuzzRequest> = fc
  .record({
    name: collection,
    text: encodedToken,
    limit: fc.constantFrom("", "&limit=1", "&limit=-1", "&limit=x"),
    rest: fc.constantFrom(
      "",
      "",
      "&resourceVersion=0",
      "&resourceVersion=99999999",
      "&resourceVersionMatch=Exact",
      "&watch=1",
    ),
  })
  .map(({ name, text, limit, rest }) =>
    shownRequest({
      method: "GET",
      path: `${collections[name]}?continue=${encodeText(text)}${limit}${rest}`,
    }),
  );
