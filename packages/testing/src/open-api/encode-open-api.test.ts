import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import type { JsonObject } from "../schema/json.js";
import { encodeOpenApi } from "./encode-open-api.js";

interface GoldenDocument {
  readonly version: "v2" | "v3";
  readonly json: JsonObject;
  /** Base64. */
  readonly proto: string;
}

/** Documents that hold every kind of field, as gnostic-models v0.7.0 parses and marshals them. */
const golden = JSON.parse(
  readFileSync(new URL("./test-data/gnostic-documents.json", import.meta.url), "utf8"),
) as readonly GoldenDocument[];

describe("encodeOpenApi", () => {
  it.each(golden)("writes OpenAPI $version as gnostic does", ({ version, json, proto }) => {
    expect(Buffer.from(encodeOpenApi(json, version)).toString("latin1")).toBe(
      Buffer.from(proto, "base64").toString("latin1"),
    );
  });

  it("writes names that every object inherits like any other", () => {
    const schemas = JSON.parse('{"toString":{},"__proto__":{"type":"string"}}') as JsonObject;
    const bytes = encodeOpenApi({ definitions: schemas }, "v2");
    expect(Buffer.from(bytes).toString("latin1")).toBe(
      "\x4a\x28\x0a\x0c\x0a\x08toString\x12\x00\x0a\x18\x0a\x09__proto__\x12\x0b\xb2\x01\x08\x0a\x06string",
    );
  });
});
