import fc from "fast-check";

import { shownRequest, type FuzzRequest } from "../fuzz-request.js";
import { collections } from "../world.js";
import { anyText, prototypeKeys } from "./odd-values.js";
import { glued, queryText } from "./texts.js";

const word = fc.oneof(
  fc.constantFrom("app", "a", "tier", "1", "example.com/x", "in", "notin", "exists", "A_b.c"),
  fc.constantFrom("", "-a", "a b", "é", "a/b/c", "x".repeat(64), "!", ...prototypeKeys),
);

const requirement = fc.oneof(
  fc.tuple(word, fc.constantFrom("=", "==", "!=", ">", "<"), word).map((it) => it.join("")),
  fc
    .tuple(word, fc.constantFrom("in", "notin", "IN"), fc.array(word, { maxLength: 3 }))
    .map(([key, operator, values]) => `${key} ${operator} (${values.join(",")})`),
  word,
  word.map((key) => `!${key}`),
);

const labelSelector = fc.oneof(
  { weight: 3, arbitrary: fc.array(requirement, { maxLength: 3 }).map((it) => it.join(",")) },
  {
    weight: 2,
    arbitrary: glued([
      "app",
      "a",
      "=",
      "==",
      "!",
      "!=",
      "in",
      "notin",
      "(",
      ")",
      ",",
      " ",
      ">",
      "<",
      "1",
      "\t",
      "\u0000",
    ]),
  },
  { weight: 1, arbitrary: anyText },
);

const field = fc.constantFrom(
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
  "spec.nodeName",
  "status.phase",
  "spec.clusterIP",
  "type",
  "reason",
  "spec",
  "",
  "__proto__",
  "constructor.name",
);
const fieldValue = fc.constantFrom(
  "a",
  "",
  "fuzz",
  "Pending",
  "a\\,b",
  "\\",
  "\\x",
  "a=b",
  "None",
  " a",
  "é",
);
const fieldTerm = fc
  .tuple(field, fc.constantFrom("=", "==", "!=", "", ">", "!"), fieldValue)
  .map((it) => it.join(""));
const fieldSelector = fc.oneof(
  { weight: 3, arbitrary: fc.array(fieldTerm, { maxLength: 3 }).map((it) => it.join(",")) },
  {
    weight: 1,
    arbitrary: glued(["metadata.name", "a", "=", "==", "!=", ",", "\\", " ", "!", "\\=", "\\,"]),
  },
);

const collection = fc.constantFrom(
  ...(["configMaps", "pods", "secrets", "services", "deployments", "widgets", "frees"] as const),
);

/** Lists and deletes of collections, narrowed in ways that are no ways. */
export const selectors: fc.Arbitrary<FuzzRequest> = fc
  .record({
    name: collection,
    method: fc.constantFrom("GET", "GET", "GET", "DELETE"),
    labels: fc.option(labelSelector, { freq: 3 }),
    fields: fc.option(fieldSelector, { freq: 3 }),
    watch: fc.constantFrom(false, false, false, true),
  })
  .map(({ name, method, labels, fields, watch }) => {
    const pairs: [string, string][] = [];
    if (labels !== null) pairs.push(["labelSelector", labels]);
    if (fields !== null) pairs.push(["fieldSelector", fields]);
    if (watch && method === "GET") pairs.push(["watch", "1"]);
    if (method === "DELETE") pairs.push(["dryRun", "All"]);
    return shownRequest({ method, path: `${collections[name]}${queryText(pairs)}` });
  });
