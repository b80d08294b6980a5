import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { compileSchema } from "./compiled-schema.js";
import { applyDefaults } from "./defaults.js";
import { fieldErrorMessage } from "./field-error.js";
import type { JsonObject } from "./json.js";
import { copyJson } from "./json.js";
import type { OpenApiSchema } from "./open-api-schema.js";
import { pruneObject } from "./prune.js";
import { validateObject } from "./validate.js";

interface Recording {
  readonly schema: OpenApiSchema;
  readonly cases: readonly {
    readonly input: JsonObject;
    readonly output?: JsonObject;
    readonly unknownFields?: readonly string[];
    readonly causes?: readonly { reason: string; message: string; field: string }[];
  }[];
}

// What kube-apiserver 1.37 answered to each object.
const recordings = JSON.parse(
  readFileSync(new URL("recordings/validate-object.json", import.meta.url), "utf8"),
) as Recording[];

const textOf = (cause: { reason: string; message: string; field: string }) =>
  `${cause.reason} ${cause.field}: ${cause.message}`;

describe.each(recordings)("objects recorded on a real server, schema %#", ({ schema, cases }) => {
  const compiled = compileSchema(schema);
  it.each(cases.map((recorded) => ({ name: JSON.stringify(recorded.input), recorded })))(
    "$name",
    ({ recorded }) => {
      const { object, unknownFields } = pruneObject(compiled, copyJson(recorded.input));
      applyDefaults(compiled, object);
      const errors = validateObject(compiled, object);
      const causes = errors.map((error) =>
        textOf({ reason: error.type, message: fieldErrorMessage(error), field: error.field }),
      );
      // The real server walks maps in random order.
      expect(causes.toSorted()).toEqual((recorded.causes ?? []).map(textOf).toSorted());
      if (recorded.output !== undefined) expect(object).toEqual(recorded.output);
      expect(unknownFields).toEqual(recorded.unknownFields ?? []);
    },
  );
});
