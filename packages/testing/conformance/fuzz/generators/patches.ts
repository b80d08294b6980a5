import fc from "fast-check";

import { shownRequest, type FuzzRequest } from "../fuzz-request.js";
import { collections, validObjects } from "../world.js";
import { everyCollection } from "./bodies.js";
import { writeTree, leaf, type JsonTree } from "./json-tree.js";
import { mutatedJson } from "./mutated-json.js";
import { isReadAlike } from "./unread-yaml.js";
import { keyText, oddTree } from "./odd-values.js";

const pointer = fc.constantFrom(
  "",
  "/",
  "/metadata",
  "/metadata/labels",
  "/metadata/labels/app",
  "/metadata/labels/new",
  "/metadata/labels/a~1b",
  "/metadata/labels/a~2",
  "/metadata/annotations/x",
  "/metadata/name",
  "/metadata/resourceVersion",
  "/metadata/__proto__/polluted",
  "/metadata/constructor",
  "/data",
  "/data/k",
  "/data/nosuch",
  "/data/__proto__",
  "/spec",
  "/spec/replicas",
  "/spec/list/0",
  "/spec/list/-",
  "/spec/list/1",
  "/spec/list/-1",
  "/spec/list/01",
  "/spec/list/00",
  "/spec/list/9",
  "/spec/list/99999999999999999999",
  "/spec/list/x",
  "/spec/set/-",
  "/spec/template/spec/containers/0/image",
  "/spec/template/spec/containers/0",
  "/spec/free/any/1",
  "/spec/free/length",
  "nopath",
  "/kind",
  "/apiVersion",
  "/nosuch/deeper",
  "/status/phase",
);

const quoted = (text: string): JsonTree => leaf(JSON.stringify(text));

const operation: fc.Arbitrary<JsonTree> = fc
  .record({
    op: fc.oneof(
      {
        weight: 8,
        arbitrary: fc.constantFrom("add", "remove", "replace", "move", "copy", "test").map(quoted),
      },
      { weight: 1, arbitrary: fc.constantFrom("ADD", "", "nop", "__proto__").map(quoted) },
      { weight: 1, arbitrary: oddTree },
    ),
    path: fc.oneof(
      { weight: 8, arbitrary: pointer.map(quoted) },
      { weight: 1, arbitrary: oddTree },
    ),
    from: fc.option(
      fc.oneof({ weight: 8, arbitrary: pointer.map(quoted) }, { weight: 1, arbitrary: oddTree }),
    ),
    value: fc.option(oddTree, { freq: 5 }),
    extra: fc.option(fc.tuple(keyText, oddTree), { freq: 2 }),
  })
  .map(({ op, path, from, value, extra }) => ({
    type: "object",
    entries: [
      ['"op"', op],
      ['"path"', path],
      ...(from === null ? [] : [['"from"', from] as const]),
      ...(value === null ? [] : [['"value"', value] as const]),
      ...(extra === null || !extra[0].startsWith('"') ? [] : [extra]),
    ],
  }));

const jsonPatch = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .array(operation, { minLength: 1, maxLength: 2 })
      .map((items) => writeTree({ type: "list", items })),
  },
  { weight: 1, arbitrary: oddTree.map(writeTree) },
  { weight: 1, arbitrary: fc.constantFrom("", "[", "{}", "[null]", "[[]]", "[]", "x", "[{}]") },
);

/** Fragments that fit some of the kinds. */
const fragments: readonly object[] = [
  { metadata: { labels: { app: "b" } } },
  { metadata: { labels: { app: null } } },
  { metadata: { annotations: null } },
  { metadata: { name: "other" } },
  { metadata: { resourceVersion: "1" } },
  { metadata: { uid: "x" } },
  { metadata: { finalizers: ["example.com/f"] } },
  { metadata: null },
  { data: { k: null, m: "n" } },
  { data: null },
  { spec: { replicas: 3 } },
  { spec: { replicas: null } },
  { spec: { list: [{ name: "x", value: 2 }] } },
  { spec: { map: { k: null } } },
  { spec: { free: { any: null } } },
  { spec: { template: { spec: { containers: [{ name: "main", image: "c" }] } } } },
  { spec: { containers: [{ name: "main", image: "c" }] } },
  { spec: { ports: [{ port: 80, targetPort: 5 }] } },
  { spec: { selector: { matchLabels: null } } },
  { kind: "Nope" },
  { apiVersion: "v9" },
  { apiVersion: "v1" },
  { apiVersion: "apps/v1beta2" },
];

const directives: readonly object[] = [
  { $patch: "replace", data: { x: "y" } },
  { $patch: "delete" },
  { $patch: "nope" },
  { data: { $patch: "delete" } },
  { data: { $patch: "replace", z: "z" } },
  { $retainKeys: ["spec"], spec: {} },
  { spec: { $retainKeys: ["replicas"], replicas: 1 } },
  { spec: { template: { spec: { containers: [{ $patch: "delete", name: "main" }] } } } },
  {
    spec: {
      template: { spec: { containers: [{ $patch: "replace" }, { name: "n", image: "i" }] } },
    },
  },
  { spec: { template: { spec: { containers: [{ image: "no-name" }] } } } },
  { spec: { template: { spec: { "$setElementOrder/containers": [{ name: "main" }] } } } },
  { spec: { "$setElementOrder/ports": [{ port: 80 }] } },
  { metadata: { "$deleteFromPrimitiveList/finalizers": ["example.com/f"] } },
  { metadata: { "$deleteFromPrimitiveList/finalizers": "x" } },
  { "$setElementOrder/nope": [1] },
];

const fragment = (from: readonly object[]): fc.Arbitrary<string> =>
  fc
    .constantFrom(...from)
    .chain((it) =>
      fc.oneof(
        { weight: 1, arbitrary: fc.constant(JSON.stringify(it)) },
        { weight: 2, arbitrary: mutatedJson(it, { maxChanges: 2 }) },
      ),
    );

const merge = fragment(fragments);
const strategic = fragment([...fragments, ...directives]);

type Patch = readonly [contentType: string, text: string];

const patchOf = (name: keyof typeof collections): fc.Arbitrary<Patch> => {
  const { apiVersion, kind } = validObjects[name] as { apiVersion: string; kind: string };
  const applied = fragments.map((it) => {
    const { metadata } = it as { metadata?: object };
    return { apiVersion, kind, ...it, metadata: { name: "a", ...metadata } };
  });
  return fc.oneof(
    jsonPatch.map((text): Patch => ["application/json-patch+json", text]),
    merge.map((text): Patch => ["application/merge-patch+json", text]),
    strategic.map((text): Patch => ["application/strategic-merge-patch+json", text]),
    fragment(applied).map((text): Patch => ["application/apply-patch+yaml", text]),
  );
};

const ofType =
  (...types: readonly string[]) =>
  ({ headers }: FuzzRequest): boolean =>
    types.includes(headers?.["content-type"] ?? "");

const anyPatch: fc.Arbitrary<FuzzRequest> = fc
  .constantFrom(...everyCollection)
  .chain((name) =>
    fc.record({
      name: fc.constant(name),
      patch: patchOf(name),
      query: fc.constantFrom(
        "&fieldManager=me",
        "&fieldManager=me&force=true",
        "&fieldManager=me&fieldValidation=Strict",
      ),
    }),
  )
  .map(({ name, patch: [contentType, text], query }) =>
    shownRequest({
      method: "PATCH",
      path: `${collections[name]}/a?dryRun=All${
        contentType.includes("apply") ? query : query.replace("&force=true", "")
      }`,
      headers: { "content-type": contentType },
      body: Buffer.from(text),
    }),
  );

/**
 * A whole document that is (the real server drops the connection over it), numbers for which there
 * is no type, and versions and identities that are copied.
 */
const UNCLEAR = /"path":""|1e400|"from":"(?:|\/metadata\/resourceVersion)"|"uid"/;

/** Patches that are JSON in the end, whatever kind they are of. */
export const plainPatches = anyPatch
  .filter(ofType("application/json-patch+json", "application/merge-patch+json"))
  .filter(({ body = new Uint8Array() }) => !UNCLEAR.test(Buffer.from(body).toString()));
/** Of merges and configurations: numbers for which there is no type, and a uid that is none. */
const UNCLEAR_MERGE = /1e400|"uid":(?!"x")/i;
const isClear = (text: string): boolean => isReadAlike(text) && !UNCLEAR_MERGE.test(text);

export const patches = anyPatch
  .filter(ofType("application/strategic-merge-patch+json", "application/apply-patch+yaml"))
  .filter(({ body = new Uint8Array() }) => isClear(Buffer.from(body).toString()));
export const unclearPatches = anyPatch;
