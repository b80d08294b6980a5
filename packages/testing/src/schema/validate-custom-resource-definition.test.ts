import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { defaultCustomResourceDefinition } from "./default-custom-resource-definition.js";
import { fieldErrorMessage } from "./field-error.js";
import type { JsonObject } from "./json.js";
import { copyJson } from "./json.js";
import { validateCustomResourceDefinition } from "./validate-custom-resource-definition.js";

interface Recorded {
  readonly input: JsonObject;
  readonly causes?: readonly { reason: string; message: string; field: string }[];
}

// What kube-apiserver 1.37 answered to each definition.
const recorded = JSON.parse(
  readFileSync(
    new URL("recordings/validate-custom-resource-definition.json", import.meta.url),
    "utf8",
  ),
) as Recorded[];

const causesOf = (definition: JsonObject, old?: JsonObject) =>
  validateCustomResourceDefinition(definition, old).map(
    (error) => `${error.type} ${error.field}: ${fieldErrorMessage(error)}`,
  );

describe("definitions recorded on a real server", () => {
  it.each(
    recorded.map((entry, index) => ({ index, spec: JSON.stringify(entry.input["spec"]), entry })),
  )("$index $spec", ({ entry }) => {
    const definition = defaultCustomResourceDefinition(copyJson(entry.input));
    const wanted = (entry.causes ?? []).map(
      (cause) => `${cause.reason} ${cause.field}: ${cause.message}`,
    );
    expect(causesOf(definition).toSorted()).toEqual(wanted.toSorted());
  });
});

describe("rules that the real server refused to compile", () => {
  const { properties, rules } = JSON.parse(
    readFileSync(new URL("recordings/rule-compile-errors.json", import.meta.url), "utf8"),
  ) as {
    readonly properties: JsonObject;
    readonly rules: readonly { readonly rule: string; readonly message: string }[];
  };
  // These need the evaluation of constants, name a type by a hash, or know a function that nothing has.
  const skipped = new Set(["int('x') == 1", "self.o == {'a':'x'}", "quantity('-5').sign() == -1"]);
  it.each(rules.filter(({ rule }) => !skipped.has(rule)))("$rule", ({ rule, message }) => {
    const schema = {
      type: "object",
      properties: {
        spec: { type: "object", properties, "x-kubernetes-validations": [{ rule }] },
      },
    };
    expect(causesOf(definitionOf(schema)).map((cause) => cause.replace(/^.*?: /s, ""))).toEqual([
      message,
    ]);
  });
});

describe("updates", () => {
  const SCHEMA = { type: "object", properties: { spec: { type: "string" } } };
  const established = () => ({
    ...definitionOf(SCHEMA),
    status: { conditions: [{ type: "Established", status: "True" }], storedVersions: ["v1"] },
  });

  it.each<[string, (spec: JsonObject) => void, string]>([
    ["kind", (spec) => ((spec["names"] as JsonObject)["kind"] = "Y"), "spec.names.kind"],
    ["plural", (spec) => ((spec["names"] as JsonObject)["plural"] = "ys"), "spec.names.plural"],
    ["scope", (spec) => (spec["scope"] = "Cluster"), "spec.scope"],
    ["group", (spec) => (spec["group"] = "b.io"), "spec.group"],
  ])("may not change the %s of an established definition", (_name, change, field) => {
    const changed = copyJson<JsonObject>(established());
    change(changed["spec"] as JsonObject);
    const causes = causesOf(changed, established());
    expect(causes).toHaveLength(1);
    expect(causes[0]).toMatch(new RegExp(`${field}: .* field is immutable$`));
  });

  it("keep versions that objects are stored in", () => {
    const changed = copyJson<JsonObject>(established());
    const [version] = (changed["spec"] as JsonObject)["versions"] as JsonObject[];
    if (version !== undefined) version["name"] = "v2";
    expect(causesOf(changed, established())).toEqual([
      expect.stringContaining('status.storedVersions[0]: Invalid value: "v1": missing from'),
    ]);
  });
});

function definitionOf(schema: JsonObject): JsonObject {
  return defaultCustomResourceDefinition({
    metadata: { name: "xs.probe.io" },
    spec: {
      group: "probe.io",
      scope: "Namespaced",
      names: { plural: "xs", kind: "X" },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: schema } }],
    },
  });
}
