import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { schemaNode } from "../apply/open-api-schema-node.js";
import { DEDUCED_NODE, type SchemaNode } from "../apply/schema-node.js";
import { builtInSchema } from "../built-in/built-in-resources.js";
import { isJsonObject, type JsonObject, type JsonValue } from "../schema/json.js";
import { PatchError } from "./patch-error.js";
import { applyStrategicMergePatch } from "./strategic-merge-patch.js";

interface Recording {
  readonly cases: readonly {
    readonly title: string;
    readonly steps: readonly {
      readonly op: string;
      readonly body: JsonObject;
      readonly response: JsonObject;
    }[];
  }[];
}

const recording = JSON.parse(
  readFileSync(new URL("./recordings/strategic-merge.json", import.meta.url), "utf8"),
) as Recording;

function schemaOf(object: JsonObject): SchemaNode {
  const [version, group = ""] = String(object["apiVersion"]).split("/").reverse();
  const found = builtInSchema(group, version ?? "", String(object["kind"]));
  if (found === undefined) throw new Error(`no schema of ${String(object["kind"])}`);
  return schemaNode(found.schema, found.resolveRef);
}

/** Defaults, which the server sets again after a patch. */
const DEFAULTED = [
  "imagePullPolicy",
  "terminationMessagePath",
  "terminationMessagePolicy",
  "resources",
  "protocol",
  "securityContext",
  "defaultMode",
  "maxUnavailable",
  "maxSurge",
  "rollingUpdate",
  "type",
  "targetPort",
];

function withoutDefaults(value: JsonValue): JsonValue | undefined {
  if (Array.isArray(value)) return value.map((item) => withoutDefaults(item) ?? null);
  if (!isJsonObject(value)) return value;
  const fields = Object.keys(value)
    .filter((key) => !DEFAULTED.includes(key))
    .map((key) => [key, withoutDefaults(value[key] as JsonValue)] as const)
    .filter(([, field]) => field !== undefined);
  // The server leaves out maps that have become empty.
  return fields.length === 0 ? undefined : (Object.fromEntries(fields) as JsonObject);
}

describe("applyStrategicMergePatch, as a real server recorded", () => {
  it.each(recording.cases.map(({ title, steps }) => [title, steps] as const))(
    "%s",
    (_title, steps) => {
      let live: JsonObject = {};
      for (const [index, { op, body, response }] of steps.entries()) {
        if (op === "create") {
          live = response;
          continue;
        }
        const where = `step ${index}`;
        const before = JSON.stringify([live, body]);
        let result: JsonObject | undefined;
        try {
          result = applyStrategicMergePatch(live, body, schemaOf(live));
        } catch (error) {
          if (!PatchError.isInstance(error)) throw error;
          expect({ where, code: error.statusCode, message: error.message }).toEqual({
            where,
            code: response["code"],
            message: response["message"],
          });
        }
        expect(JSON.stringify([live, body])).toBe(before);
        if (result === undefined) continue;
        if (response["kind"] === "Status") {
          // Patched well, and found to be invalid.
          expect({ where, code: response["code"] }).toEqual({ where, code: 422 });
          continue;
        }
        expect({ where, result: withoutDefaults(result) }).toEqual({
          where,
          result: withoutDefaults(response),
        });
        live = response;
      }
    },
  );
});

describe("applyStrategicMergePatch", () => {
  it("without a schema merges maps and replaces lists", () => {
    const live = { a: { b: 1, c: 2 }, l: [1, 2] };
    expect(applyStrategicMergePatch(live, { a: { c: null, d: 3 }, l: [3] }, DEDUCED_NODE)).toEqual({
      a: { b: 1, d: 3 },
      l: [3],
    });
  });

  it("keeps __proto__ as data", () => {
    const patch = JSON.parse('{"__proto__":{"polluted":true}}') as JsonObject;
    expect(JSON.stringify(applyStrategicMergePatch({}, patch, DEDUCED_NODE))).toBe(
      '{"__proto__":{"polluted":true}}',
    );
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});
