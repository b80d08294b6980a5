import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isJsonObject, type JsonObject, type JsonValue } from "../schema/json.js";
import type { OpenApiSchema } from "../schema/open-api-schema.js";
import { compareValues } from "./compare-values.js";
import { managedFieldsOf, updateManagedFields } from "./managed-fields.js";
import { mergeValues } from "./merge-values.js";
import { customResourceSchemaNode } from "./open-api-schema-node.js";
import { fromScaleManagedFields, toScaleManagedFields } from "./scale-managed-fields.js";
import { DEDUCED_NODE } from "./schema-node.js";
import { serverSideApply } from "./server-side-apply.js";
import { fieldSetOf } from "./typed-value.js";

const SCHEMA: OpenApiSchema = {
  type: "object",
  properties: {
    spec: {
      type: "object",
      properties: {
        text: { type: "string" },
        labels: { type: "object", additionalProperties: { type: "string" } },
        set: { type: "array", items: { type: "string" }, "x-kubernetes-list-type": "set" },
        ports: {
          type: "array",
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["port", "protocol"],
          items: {
            type: "object",
            properties: {
              port: { type: "integer" },
              protocol: { type: "string", default: "TCP" },
              name: { type: "string" },
            },
          },
        },
        free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
      },
    },
  },
};
const schema = customResourceSchemaNode(SCHEMA);

const text = fc.constantFrom("a", "b", "c", "__proto__");
const spec = fc.record(
  {
    text,
    labels: fc.dictionary(text, text),
    // An empty list is owned by nobody: the real server, too, drops it with its parent and brings it back next time.
    set: fc.uniqueArray(text, { minLength: 1 }),
    ports: fc.uniqueArray(
      fc.record({ port: fc.integer({ min: 1, max: 3 }), name: text }, { requiredKeys: ["port"] }),
      { minLength: 1, selector: ({ port }) => port },
    ),
    free: fc.dictionary(text, fc.oneof(fc.integer(), fc.boolean(), text)),
  },
  { requiredKeys: [] },
);
const object = spec.map(
  (content) =>
    JSON.parse(
      JSON.stringify({
        apiVersion: "test.io/v1",
        kind: "Widget",
        metadata: { name: "w" },
        spec: content,
      }),
    ) as JsonObject,
);

const TIME = "2026-01-01T00:00:00Z";

function applied(
  live: JsonObject | undefined,
  configuration: JsonObject,
  manager: string,
  time = TIME,
): JsonObject {
  const result = serverSideApply({
    schema,
    live,
    applied: configuration,
    manager,
    force: true,
    apiVersion: "test.io/v1",
    subresource: "",
    time,
  });
  if (result.kind === "conflict") throw new Error(result.message);
  return result.object;
}

/** The real server refuses what has become null by losing all it had, where its schema is not nullable. */
function isStorable(live: JsonObject): boolean {
  const content = live["spec"];
  if (!isJsonObject(content)) return content !== null;
  return Object.values(content).every((value) => value !== null);
}

describe("serverSideApply", () => {
  it("changes nothing the second time", () => {
    fc.assert(
      fc.property(object, object, object, (first, second, third) => {
        const live = applied(applied(applied(undefined, first, "a"), second, "b"), third, "a");
        fc.pre(isStorable(live));
        expect(applied(live, third, "a", "2026-01-02T00:00:00Z")).toEqual(live);
      }),
    );
  });

  it("owns what it applies, and holds it", () => {
    fc.assert(
      fc.property(object, object, (first, second) => {
        const live = applied(applied(undefined, first, "a"), second, "b");
        const merged = mergeValues(live, second, schema) as JsonObject;
        expect(compareValues(live, merged, schema).modified.isEmpty).toBe(true);
        expect(compareValues(live, merged, schema).added.isEmpty).toBe(true);
      }),
    );
  });

  it("takes all away that one manager applied alone", () => {
    fc.assert(
      fc.property(object, (configuration) => {
        const { spec: _spec, ...bare } = configuration;
        const live = applied(applied(undefined, configuration, "a"), bare, "a");
        expect(live["spec"] ?? null).toBeNull();
        expect(managedFieldsOf(live)).toBeUndefined();
      }),
    );
  });

  it("never changes its inputs", () => {
    fc.assert(
      fc.property(object, object, (first, second) => {
        const live = applied(undefined, first, "a");
        const before = JSON.stringify([live, second]);
        applied(live, second, "b");
        expect(JSON.stringify([live, second])).toBe(before);
      }),
    );
  });

  it("works without a schema: maps merge, lists are whole", () => {
    const shared = {
      schema: DEDUCED_NODE,
      force: false,
      apiVersion: "v1",
      subresource: "",
      time: TIME,
    } as const;
    const base = { apiVersion: "v1", kind: "X", metadata: { name: "x" } };
    const first = serverSideApply({
      ...shared,
      live: undefined,
      manager: "a",
      applied: { ...base, m: { a: 1 }, l: [1] },
    });
    if (first.kind === "conflict") throw new Error(first.message);
    const second = serverSideApply({
      ...shared,
      live: first.object,
      manager: "b",
      applied: { ...base, m: { b: 2 } },
    });
    expect(second).toMatchObject({ kind: "applied", object: { m: { a: 1, b: 2 }, l: [1] } });
    const third = serverSideApply({
      ...shared,
      live: first.object,
      manager: "b",
      applied: { ...base, l: [1, 2] },
    });
    expect(third).toMatchObject({
      kind: "conflict",
      message: 'Apply failed with 1 conflict: conflict with "a": .l',
    });
  });

  it("drops entries of versions that are not served any more", () => {
    const live = applied(
      undefined,
      { apiVersion: "test.io/v1", kind: "Widget", spec: { text: "x" } },
      "a",
    );
    const result = serverSideApply({
      schema,
      live,
      applied: { apiVersion: "test.io/v2", kind: "Widget", spec: { text: "y" } },
      manager: "b",
      force: false,
      apiVersion: "test.io/v2",
      subresource: "",
      time: TIME,
      isServedVersion: (version) => version === "test.io/v2",
    });
    expect(result.kind).toBe("applied");
  });
});

describe("updateManagedFields", () => {
  it("owns all of a new object that no server field is", () => {
    fc.assert(
      fc.property(object, (created) => {
        const [entry] = updateManagedFields({
          schema,
          live: undefined,
          updated: created,
          manager: "u",
          apiVersion: "test.io/v1",
          subresource: "",
          time: TIME,
        });
        const leaves = [...fieldSetOf(created, schema).paths()].map((path) => JSON.stringify(path));
        const owned = JSON.stringify(entry ?? {});
        expect(owned.includes("f:apiVersion") || owned.includes('f:name":{},"f:namespace')).toBe(
          false,
        );
        if (leaves.some((path) => path.includes("f:spec"))) expect(owned).toContain("f:spec");
      }),
    );
  });

  it("keeps the stored entries when a list has an item without identity", () => {
    const live = applied(
      undefined,
      { apiVersion: "test.io/v1", kind: "Widget", spec: { set: ["a"] } },
      "a",
    );
    const updated = { ...live, spec: { set: [["nested"]] } };
    expect(
      updateManagedFields({
        schema,
        live,
        updated,
        manager: "u",
        apiVersion: "test.io/v1",
        subresource: "",
        time: TIME,
      }),
    ).toEqual(managedFieldsOf(live));
  });

  it("collapses ownership below what has become atomic", () => {
    const live = applied(
      undefined,
      { apiVersion: "test.io/v1", kind: "Widget", spec: { labels: { a: "a" } } },
      "a",
    );
    const { spec: specSchema } = SCHEMA.properties as Record<string, OpenApiSchema>;
    const labels: OpenApiSchema = {
      type: "object",
      additionalProperties: { type: "string" },
      "x-kubernetes-map-type": "atomic",
    };
    const atomic = customResourceSchemaNode({
      ...SCHEMA,
      properties: { spec: { ...specSchema, properties: { labels } } },
    });
    const [entry] = updateManagedFields({
      schema: atomic,
      live,
      updated: { ...live, metadata: { ...(live["metadata"] as JsonObject), labels: { x: "y" } } },
      manager: "u",
      apiVersion: "test.io/v1",
      subresource: "",
      time: TIME,
    });
    expect(entry?.["fieldsV1"]).toEqual({ "f:spec": { "f:labels": {} } });
  });
});

describe("ownership through the scale subresource", () => {
  const replicasPaths = { "apps/v1": ["spec", "replicas"] };
  const entry = (
    manager: string,
    operation: string,
    fields: JsonObject,
    more: JsonObject = {},
  ): JsonObject => ({
    manager,
    operation,
    apiVersion: "apps/v1",
    time: TIME,
    fieldsType: "FieldsV1",
    fieldsV1: fields,
    ...more,
  });
  const brief = (entries: readonly JsonValue[]): string[] =>
    entries
      .filter(isJsonObject)
      .map((item) =>
        [
          item["manager"],
          item["operation"],
          item["apiVersion"],
          item["subresource"] ?? "",
          item["time"] === undefined ? "no time" : "time",
          JSON.stringify(item["fieldsV1"]),
        ].join(" "),
      );

  it("shows owners of the replicas to the Scale", () => {
    const parent = [
      entry("a", "Apply", { "f:spec": { "f:replicas": {}, "f:paused": {} } }),
      entry("b", "Update", { "f:data": {} }),
    ];
    expect(brief(toScaleManagedFields({ parent, replicasPaths }))).toEqual([
      'a Apply autoscaling/v1  time {"f:spec":{"f:replicas":{}}}',
    ]);
  });

  it("moves the replicas to who wrote the Scale, without a time", () => {
    const parent = [entry("a", "Apply", { "f:spec": { "f:replicas": {}, "f:paused": {} } })];
    const scale = [
      entry(
        "hpa",
        "Update",
        { "f:spec": { "f:replicas": {} } },
        { apiVersion: "autoscaling/v1", subresource: "scale" },
      ),
    ];
    expect(brief(fromScaleManagedFields({ parent, replicasPaths }, scale, "apps/v1"))).toEqual([
      'a Apply apps/v1  time {"f:spec":{"f:paused":{}}}',
      'hpa Update apps/v1 scale no time {"f:spec":{"f:replicas":{}}}',
    ]);
  });

  it("keeps an applier that still owns the replicas", () => {
    const parent = [entry("a", "Apply", { "f:spec": { "f:replicas": {}, "f:paused": {} } })];
    expect(
      fromScaleManagedFields(
        { parent, replicasPaths },
        toScaleManagedFields({ parent, replicasPaths }),
        "apps/v1",
      ),
    ).toEqual(parent);
  });
});
