import { describe, expect, it } from "vitest";
import { compileSchema } from "./compiled-schema.js";
import type { JsonValue } from "./json.js";
import { findMetadataTypeError } from "./metadata-type-error.js";

const schema = compileSchema({
  type: "object",
  properties: {
    spec: {
      type: "object",
      properties: {
        emb: {
          type: "object",
          "x-kubernetes-embedded-resource": true,
          "x-kubernetes-preserve-unknown-fields": true,
        },
      },
    },
  },
});

describe("findMetadataTypeError", () => {
  // What kube-apiserver 1.37 answered.
  it.each<[JsonValue, string | undefined]>([
    [5, "json: cannot unmarshal number into Go value of type v1.ObjectMeta"],
    ["x", "json: cannot unmarshal string into Go value of type v1.ObjectMeta"],
    [[], "json: cannot unmarshal array into Go value of type v1.ObjectMeta"],
    [null, undefined],
    [
      { name: 5 },
      "json: cannot unmarshal number into Go struct field ObjectMeta.name of type string",
    ],
    [
      { labels: { a: true } },
      "json: cannot unmarshal bool into Go struct field ObjectMeta.labels of type string",
    ],
    [
      { labels: [] },
      "json: cannot unmarshal array into Go struct field ObjectMeta.labels of type map[string]string",
    ],
    [{ labels: { a: null } }, undefined],
    [
      { generation: "x" },
      "json: cannot unmarshal string into Go struct field ObjectMeta.generation of type int64",
    ],
    [
      { generation: 1.5 },
      "json: cannot unmarshal number 1.5 into Go struct field ObjectMeta.generation of type int64",
    ],
    [
      { creationTimestamp: "x" },
      'parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"',
    ],
    [
      { creationTimestamp: 5 },
      "json: cannot unmarshal number into Go struct field ObjectMeta.creationTimestamp of type string",
    ],
    [
      { ownerReferences: {} },
      "json: cannot unmarshal object into Go struct field ObjectMeta.ownerReferences of type []v1.OwnerReference",
    ],
    [
      { ownerReferences: [{ uid: 5 }] },
      "json: cannot unmarshal number into Go struct field OwnerReference.ownerReferences.uid of type types.UID",
    ],
    [
      { ownerReferences: ["x"] },
      "json: cannot unmarshal string into Go struct field ObjectMeta.ownerReferences of type v1.OwnerReference",
    ],
    [
      { finalizers: [5] },
      "json: cannot unmarshal number into Go struct field ObjectMeta.finalizers of type string",
    ],
    [
      { managedFields: "x" },
      "json: cannot unmarshal string into Go struct field ObjectMeta.managedFields of type []v1.ManagedFieldsEntry",
    ],
    [{ name: "a", unknown: 5 }, undefined],
  ])("%j", (metadata, error) => {
    expect(findMetadataTypeError(schema, { metadata })).toBe(error);
  });

  it.each<[JsonValue, string]>([
    [
      { metadata: { labels: { a: 1 } } },
      'spec.emb.metadata: Invalid value: {"labels":{"a":1}}: json: cannot unmarshal number into Go struct field ObjectMeta.labels of type string',
    ],
    [{ apiVersion: "v1", kind: 5 }, "spec.emb.kind: Invalid value: 5: must be a string"],
    [
      { metadata: "s" },
      'spec.emb.metadata: Invalid value: "s": json: cannot unmarshal string into Go value of type v1.ObjectMeta',
    ],
  ])("of an embedded resource: %j", (emb, error) => {
    expect(findMetadataTypeError(schema, { metadata: {}, spec: { emb } })).toBe(error);
  });
});
