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
