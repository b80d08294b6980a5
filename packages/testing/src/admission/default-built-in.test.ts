import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import type { JsonObject } from "../schema/json.js";
import { defaultBuiltIn } from "./default-built-in.js";
import { objectAt, objectsAt, textAt } from "./json-access.js";

interface Recording {
  readonly input: JsonObject;
  readonly output: JsonObject;
}

/** What a real server made of these objects at their creation, without what differs from call to call. */
const recordings = JSON.parse(
  readFileSync(new URL("./recordings/created-objects.json", import.meta.url), "utf8"),
) as Recording[];

const everythingIsFree = { refusalOfAddress: () => undefined, refusalOfPort: () => undefined };

function groupOf(object: JsonObject): string {
  const [group = "", version] = textAt(object, "apiVersion").split("/");
  return version === undefined ? "" : group;
}

function create(input: JsonObject, output: JsonObject = {}): JsonObject {
  const spec = objectAt(output, "spec");
  const stamp = textAt(objectAt(output, "status"), "lastPhaseTransitionTime");
  const ports = objectsAt(spec, "ports").map((port) => port["nodePort"]);
  return defaultBuiltIn(groupOf(input), textAt(input, "kind"), input, undefined, {
    allocator: {
      clusterIp: () => textAt(spec, "clusterIP"),
      nodePort: () => ports.shift() as number,
      ...everythingIsFree,
    },
    ...(stamp === "" ? {} : { nowMs: Date.parse(stamp) }),
  });
}

describe("defaultBuiltIn", () => {
  it.each(
    recordings.map(
      (recording, index) => [`${textAt(recording.input, "kind")} (${index})`, recording] as const,
    ),
  )("makes of a %s what the real server does, order included", (_, { input, output }) => {
    const given = JSON.stringify(input);
    const made = create(input, output);
    expect(made).toEqual(output);
    expect(JSON.stringify(made.spec)).toBe(JSON.stringify(output.spec));
    expect(JSON.stringify(input)).toBe(given);
  });

  it.each(
    recordings.map(
      (recording, index) => [`${textAt(recording.input, "kind")} (${index})`, recording] as const,
    ),
  )("leaves a stored %s as it is", (_, { output }) => {
    expect(defaultBuiltIn(groupOf(output), textAt(output, "kind"), output, output)).toEqual(output);
  });

  it("keeps what a Service was given when an update leaves it out", () => {
    const input = {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "x" },
      spec: { type: "NodePort", ports: [{ port: 80 }] },
    };
    const allocator = { clusterIp: () => "10.0.0.9", nodePort: () => 30_001, ...everythingIsFree };
    const stored = defaultBuiltIn("", "Service", input, undefined, { allocator });
    expect(stored).toMatchObject({
      spec: { clusterIP: "10.0.0.9", ports: [{ nodePort: 30_001 }] },
    });
    const again = defaultBuiltIn("", "Service", input, stored, {
      allocator: { clusterIp: () => "wrong", nodePort: () => 1, ...everythingIsFree },
    });
    expect(again.spec).toEqual(stored.spec);
  });

  it("copies a kind that it does not know", () => {
    const machine = { apiVersion: "vitistack.io/v1alpha1", kind: "Machine", spec: { a: [1] } };
    const copy = defaultBuiltIn("vitistack.io", "Machine", machine);
    expect(copy).toEqual(machine);
    expect(copy.spec).not.toBe(machine.spec);
  });
});
