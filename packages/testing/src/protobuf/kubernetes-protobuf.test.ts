import { readFileSync } from "node:fs";

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  decodeKubernetesProtobuf,
  encodeKubernetesProtobuf,
  encodeWatchEventProtobuf,
  hasProtobufForm,
} from "./kubernetes-protobuf.js";
import { ProtobufError } from "./protobuf-error.js";

interface GoldenObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly json: Record<string, unknown>;
  /** Base64. */
  readonly proto: string;
}

/** Random objects of many kinds, written as JSON and as protobuf by apimachinery v0.37.2. */
const golden = readFileSync(
  new URL("./test-data/go-encoded-objects.jsonl", import.meta.url),
  "utf8",
)
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as GoldenObject);

const namespace = {
  kind: "Namespace",
  apiVersion: "v1",
  metadata: { name: "web" },
  spec: {},
  status: {},
};
const expected = { apiVersion: "v1", kind: "Namespace" };

/** A Namespace's envelope around hand-made bytes. */
function namespaceBody(...raw: readonly number[]): Uint8Array {
  return Buffer.concat([
    Buffer.from("k8s\0\n\x0f\n\x02v1\x12\x09Namespace\x12"),
    Buffer.from([raw.length, ...raw]),
  ]);
}

function messageOf(bytes: Uint8Array): string {
  try {
    decodeKubernetesProtobuf(bytes, { expected });
  } catch (error) {
    if (ProtobufError.isInstance(error)) return error.message;
    throw error;
  }
  return "";
}

describe("decodeKubernetesProtobuf", () => {
  it.each(
    golden.map(
      (object, index) => [`${object.apiVersion} ${object.kind} (${index})`, object] as const,
    ),
  )("reads %s as Go's JSON has it, order included", (_, object) => {
    const decoded = decodeKubernetesProtobuf(Buffer.from(object.proto, "base64"));
    expect(JSON.stringify(decoded.object)).toBe(JSON.stringify(object.json));
    expect(decoded).toMatchObject({ apiVersion: object.apiVersion, kind: object.kind });
  });

  it("takes the expected kind for one that the body does not name", () => {
    const bytes = Buffer.from("k8s\0\x12\x07\n\x05\n\x03web");
    expect(decodeKubernetesProtobuf(bytes, { expected })).toEqual({
      apiVersion: "v1",
      kind: "Namespace",
      object: namespace,
    });
  });

  it("passes over unknown fields, groups included", () => {
    const known = [0x0a, 0x05, 0x0a, 0x03, 0x77, 0x65, 0x62];
    const unknown = [
      0x78, 0x01, 0x7b, 0x08, 0x01, 0x12, 0x01, 0x00, 0x7c, 0x7d, 1, 2, 3, 4, 0x79, 1, 2, 3, 4, 5,
      6, 7, 8,
    ];
    expect(decodeKubernetesProtobuf(namespaceBody(...unknown, ...known)).object).toEqual(namespace);
  });

  it("shows bytes that are not UTF-8 as the replacement character", () => {
    const bytes = namespaceBody(0x0a, 0x04, 0x0a, 0x02, 0x61, 0xff);
    expect(decodeKubernetesProtobuf(bytes).object).toMatchObject({ metadata: { name: "a\ufffd" } });
  });

  it("keeps a map's key __proto__ a key", () => {
    const configMap = JSON.parse(
      '{"kind":"ConfigMap","apiVersion":"v1","data":{"__proto__":"x"}}',
    ) as Record<string, unknown>;
    const { object } = decodeKubernetesProtobuf(encodeKubernetesProtobuf(configMap));
    expect(JSON.stringify(object.data)).toBe('{"__proto__":"x"}');
  });

  it("accepts DeleteOptions of every group", () => {
    const bytes = encodeKubernetesProtobuf({
      apiVersion: "apps/v1",
      kind: "DeleteOptions",
      gracePeriodSeconds: 0,
    });
    expect(decodeKubernetesProtobuf(bytes)).toMatchObject({
      apiVersion: "apps/v1",
      object: { gracePeriodSeconds: 0 },
    });
  });

  // Recorded from a real server's answers to the same bytes.
  it.each([
    [
      "garbage",
      Buffer.from("garbage"),
      "the object provided is unrecognized (must be of type Namespace): provided data does not appear to be a protobuf message, expected prefix [107 56 115 0] (67617262616765)",
    ],
    [
      "nothing",
      Buffer.alloc(0),
      "the object provided is unrecognized (must be of type Namespace): empty data (<empty>)",
    ],
    [
      "a bare prefix",
      Buffer.from("k8s\0"),
      "the object provided is unrecognized (must be of type Namespace): empty body (6b387300)",
    ],
    [
      "a cut envelope",
      Buffer.from("k8s\0\n\xff", "latin1"),
      "the object provided is unrecognized (must be of type Namespace): unexpected EOF (6b3873000aff)",
    ],
    [
      "a length beyond the end",
      Buffer.from(
        "k8s\0\n\x0f\n\x02v1\x12\tNamespace\x12\x0b\n\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
        "latin1",
      ),
      "the object provided is unrecognized (must be of type Namespace): unexpected EOF (6b3873000a0f0a02763112094e616d657370616365120b0affffffffffff ...)",
    ],
    [
      "a cut body",
      namespaceBody(0x0a, 0x09),
      'Namespace in version "v1" cannot be handled as a Namespace: unexpected EOF',
    ],
    [
      "a wrong wire type",
      namespaceBody(0x08, 0x09),
      'Namespace in version "v1" cannot be handled as a Namespace: proto: wrong wireType = 0 for field ObjectMeta',
    ],
    [
      "a wrong wire type inside",
      namespaceBody(0x0a, 0x02, 0x08, 0x01),
      'Namespace in version "v1" cannot be handled as a Namespace: proto: wrong wireType = 0 for field Name',
    ],
    [
      "field number 0",
      namespaceBody(0, 0),
      'Namespace in version "v1" cannot be handled as a Namespace: proto: Namespace: illegal tag 0 (wire type 0)',
    ],
    [
      "the end of no group",
      namespaceBody(0x04, 0),
      'Namespace in version "v1" cannot be handled as a Namespace: proto: Namespace: wiretype end group for non-group',
    ],
    [
      "a number without end",
      namespaceBody(0x0a, ...Array.from({ length: 11 }, () => 0xff)),
      'Namespace in version "v1" cannot be handled as a Namespace: proto: integer overflow',
    ],
    [
      "an unknown kind",
      Buffer.from("k8s\0\n\x0f\n\x02v1\x12\tNamespacf\x12\x00"),
      'Namespacf in version "v1" cannot be handled as a Namespace: no kind "Namespacf" is registered for version "v1" in scheme "pkg/runtime/scheme.go:111"',
    ],
  ])("refuses %s in the words of the real server", (_, bytes, message) => {
    expect(messageOf(bytes)).toBe(message);
  });

  it("refuses endless nesting", () => {
    let schema: Record<string, unknown> = { type: "object" };
    for (let level = 0; level < 300; level += 1) schema = { not: schema };
    const bytes = encodeKubernetesProtobuf({
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      spec: { versions: [{ name: "v1", schema: { openAPIV3Schema: schema } }] },
    });
    expect(() => decodeKubernetesProtobuf(bytes)).toThrow(/nesting depth/);
  });

  it("gives an object or a ProtobufError for any bytes", () => {
    const survives = (bytes: Uint8Array): void => {
      try {
        decodeKubernetesProtobuf(bytes, { expected: { apiVersion: "v1", kind: "Pod" } });
      } catch (error) {
        if (!ProtobufError.isInstance(error)) throw error;
      }
    };
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        survives(Buffer.concat([Buffer.from("k8s\0"), bytes]));
        survives(
          Buffer.concat([Buffer.from("k8s\0\x12"), Buffer.from([bytes.length & 0x7f]), bytes]),
        );
      }),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...golden),
        fc.nat(),
        fc.nat(255),
        fc.nat(),
        (object, at, byte, end) => {
          const bytes = Buffer.from(object.proto, "base64");
          bytes[at % bytes.length] = byte;
          survives(bytes);
          survives(bytes.subarray(0, end % bytes.length));
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("encodeKubernetesProtobuf", () => {
  it.each(
    golden.map(
      (object, index) => [`${object.apiVersion} ${object.kind} (${index})`, object] as const,
    ),
  )("writes the bytes that Go writes for %s", (_, object) => {
    const bytes = encodeKubernetesProtobuf(object.json);
    expect(Buffer.from(bytes).toString("base64")).toBe(object.proto);
  });

  it("knows what has a protobuf form", () => {
    expect(hasProtobufForm("v1", "Pod")).toBe(true);
    expect(hasProtobufForm("meta.k8s.io/v1", "Table")).toBe(false);
    expect(hasProtobufForm("vitistack.io/v1alpha1", "Machine")).toBe(false);
    expect(hasProtobufForm("v1", "constructor")).toBe(false);
    expect(hasProtobufForm("constructor", "Pod")).toBe(false);
    expect(() => encodeKubernetesProtobuf({ apiVersion: "example.com/v1", kind: "Foo" })).toThrow(
      ProtobufError,
    );
  });

  it("names the field, not the value, that has the wrong type", () => {
    const secret = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { labels: { password: ["hunter2"] } },
    };
    expect(() => encodeKubernetesProtobuf(secret)).toThrow(
      "metadata.labels[password]: expected string, found array; correct the object or answer in JSON",
    );
  });
});

describe("encodeWatchEventProtobuf", () => {
  it("frames a WatchEvent by its length", () => {
    const frame = Buffer.from(encodeWatchEventProtobuf({ type: "ADDED", object: namespace }));
    const object = Buffer.from(encodeKubernetesProtobuf(namespace));
    expect(frame.readUInt32BE(0)).toBe(frame.length - 4);
    expect(frame.subarray(4)).toEqual(
      Buffer.concat([
        Buffer.from("\n\x05ADDED\x12"),
        Buffer.from([object.length + 2, 0x0a, object.length]),
        object,
      ]),
    );
  });
});
