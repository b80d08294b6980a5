import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { type FieldError, fieldErrorMessage } from "../schema/field-error.js";
import type { JsonObject } from "../schema/json.js";
import { defaultBuiltIn } from "./default-built-in.js";
import { textAt } from "./json-access.js";
import { validateBuiltIn } from "./validate-built-in.js";

interface Recording {
  readonly object: JsonObject;
  /** What it was before, for an update. */
  readonly old?: JsonObject;
  /** `details.causes` of a real server's 422, without its differences between structures; empty where it accepted. */
  readonly causes: readonly {
    readonly reason: string;
    readonly message: string;
    readonly field: string;
  }[];
}

const recordings = JSON.parse(
  readFileSync(new URL("./recordings/judged-objects.json", import.meta.url), "utf8"),
) as Recording[];

function judge(object: JsonObject, old?: JsonObject): FieldError[] {
  const [group = "", version] = textAt(object, "apiVersion").split("/");
  const owner = version === undefined ? "" : group;
  const kind = textAt(object, "kind");
  return validateBuiltIn(owner, kind, defaultBuiltIn(owner, kind, object, old), old);
}

/** The real server walks some of its maps in no order. */
function sorted<T extends { readonly field: string; readonly message: string }>(
  causes: readonly T[],
): T[] {
  return causes.toSorted((left, right) =>
    `${left.field} ${left.message}` < `${right.field} ${right.message}` ? -1 : 1,
  );
}

describe("validateBuiltIn", () => {
  it.each(
    recordings.map((recording, index) => {
      const verb = recording.old === undefined ? "creating" : "updating";
      return [`${verb} ${textAt(recording.object, "kind")} (${index})`, recording] as const;
    }),
  )("judges %s as the real server does", (_, { object, old, causes }) => {
    const found = judge(object, old).map((error) => ({
      reason: error.type,
      // The recordings are without the diffs that follow some messages; the conformance cases judge those.
      message: fieldErrorMessage(error).split("\n@@", 1).join(),
      field: error.field,
    }));
    expect(sorted(found)).toEqual(sorted(causes));
  });

  it("finds nothing in kinds that it does not know", () => {
    expect(validateBuiltIn("vitistack.io", "Machine", { kind: "Machine" })).toEqual([]);
  });

  it("lets a Pod's image and tolerations change, and gates go", () => {
    const container = { name: "c", image: "a" };
    const pod = (spec: JsonObject): JsonObject => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "x" },
      spec,
    });
    const old = defaultBuiltIn(
      "",
      "Pod",
      pod({
        containers: [container],
        schedulingGates: [{ name: "g" }],
        tolerations: [{ key: "old", operator: "Exists" }],
      }),
    );
    const { schedulingGates: _gates, ...oldSpec } = old["spec"] as JsonObject;
    const tolerations = [
      ...(oldSpec["tolerations"] as JsonObject[]),
      { key: "k", operator: "Exists" },
    ];
    const changed = { ...oldSpec, tolerations, containers: [{ ...container, image: "b" }] };
    expect(judge(pod(changed), old)).toEqual([]);
    expect(judge(pod({ ...changed, tolerations: [] }), old)).toHaveLength(1);
  });

  it("lets a bound claim grow and not shrink", () => {
    const claim = (storage: string, phase: string): JsonObject => ({
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name: "x" },
      spec: {
        accessModes: ["ReadWriteOnce"],
        volumeMode: "Filesystem",
        resources: { requests: { storage } },
      },
      status: { phase },
    });
    expect(judge(claim("2Gi", "Bound"), claim("1Gi", "Bound"))).toEqual([]);
    expect(judge(claim("1Gi", "Bound"), claim("2Gi", "Bound"))).toHaveLength(1);
    expect(judge(claim("2Gi", "Pending"), claim("1Gi", "Pending"))).toHaveLength(1);
  });
});
