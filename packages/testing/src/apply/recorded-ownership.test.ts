import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { builtInSchema } from "../built-in/built-in-resources.js";
import { applyJsonPatch } from "../patch/json-patch.js";
import { applyMergePatch } from "../patch/merge-patch.js";
import { applyStrategicMergePatch } from "../patch/strategic-merge-patch.js";
import { isJsonObject, type JsonObject, type JsonValue } from "../schema/json.js";
import type { OpenApiSchema } from "../schema/open-api-schema.js";
import { ApplyError } from "./apply-error.js";
import { FieldSet } from "./field-set.js";
import { ignoreTimestampChanges, managedFieldsOf, updateManagedFields } from "./managed-fields.js";
import { customResourceSchemaNode, schemaNode } from "./open-api-schema-node.js";
import type { SchemaNode } from "./schema-node.js";
import { serverSideApply } from "./server-side-apply.js";

/** A write to a real kube-apiserver, and what it answered. */
interface Step {
  readonly op: "create" | "update" | "apply" | "merge" | "strategic" | "json";
  readonly manager: string;
  readonly body: JsonObject;
  readonly force?: boolean;
  readonly subresource?: string;
  readonly version?: string;
  readonly response: JsonObject;
}

interface Recording {
  readonly widgetSchema: OpenApiSchema;
  readonly cases: readonly {
    readonly title: string;
    readonly path: string;
    readonly steps: readonly Step[];
  }[];
}

const recording = JSON.parse(
  readFileSync(new URL("./recordings/managed-fields.json", import.meta.url), "utf8"),
) as Recording;

const schemas = new Map<string, SchemaNode>();

function schemaFor(apiVersion: string, kind: string): SchemaNode {
  const known = schemas.get(kind);
  if (known !== undefined) return known;
  let node: SchemaNode;
  if (kind === "Widget") {
    node = customResourceSchemaNode(recording.widgetSchema);
  } else {
    const [version, group = ""] = apiVersion.split("/").reverse();
    const found = builtInSchema(group, version ?? "", kind);
    if (found === undefined) throw new Error(`no schema of ${kind}`);
    node = schemaNode(found.schema, found.resolveRef);
  }
  schemas.set(kind, node);
  return node;
}

/** As each kind's endpoints ignore them. */
function resetFieldsOf(kind: string, subresource: string): FieldSet {
  if (kind === "ConfigMap") return FieldSet.EMPTY;
  return subresource === "status"
    ? FieldSet.ofFields(["spec"], ["metadata"])
    : FieldSet.ofFields(["status"]);
}

function metadataOf(object: JsonObject): JsonObject {
  return isJsonObject(object["metadata"]) ? object["metadata"] : {};
}

/** What the server stamps and defaults is not apply's work: it is left out of comparisons. */
function contentOf(object: JsonObject, subresource = ""): JsonValue {
  if (subresource !== "") return withoutNulls(object[subresource] ?? null) ?? null;
  const {
    labels = {},
    annotations = {},
    finalizers = [],
    ownerReferences = [],
  } = metadataOf(object);
  const metadata = { labels, annotations, finalizers, ownerReferences };
  const { status: _status, ...rest } = object;
  return withoutNulls({ ...rest, apiVersion: "", metadata }) as JsonValue;
}

function withoutNulls(value: JsonValue): JsonValue | undefined {
  if (Array.isArray(value))
    return value.length === 0 ? undefined : value.map((item) => withoutNulls(item) ?? null);
  if (!isJsonObject(value)) return value === null || value === "" ? undefined : value;
  const entries = Object.entries(value)
    .filter(([key, field]) => !(key === "protocol" && field === "TCP"))
    .map(([key, field]) => [key, withoutNulls(field)] as const);
  const kept = entries.filter(([, field]) => field !== undefined);
  return kept.length === 0 ? undefined : Object.fromEntries(kept as [string, JsonValue][]);
}

function patched(live: JsonObject, step: Step, schema: SchemaNode): JsonObject {
  switch (step.op) {
    case "merge":
      return applyMergePatch(live, step.body) as JsonObject;
    case "strategic":
      return applyStrategicMergePatch(live, step.body, schema);
    case "json":
      return applyJsonPatch(live, step.body) as JsonObject;
    default:
      return step.body;
  }
}

/** Names the step in the difference that a failure shows. */
function expectSame(where: string, actual: unknown, expected: unknown): void {
  expect({ where, value: actual }).toEqual({ where, value: expected });
}

/** What admission and the storage of a kind add after ownership is settled. */
const ADDED_LATER = [
  "clusterIP",
  "clusterIPs",
  "ipFamilies",
  "ipFamilyPolicy",
  "preemptionPolicy",
  "priority",
  "tolerations",
];

function withoutAdditions(created: JsonObject): JsonObject {
  const spec = created["spec"];
  if (!["Pod", "Service"].includes(String(created["kind"])) || !isJsonObject(spec)) return created;
  return {
    ...created,
    spec: Object.fromEntries(Object.entries(spec).filter(([key]) => !ADDED_LATER.includes(key))),
  };
}

/** Entries with their fields as text: the order of fields counts, that of an entry's own keys does not. */
function entriesOf(managedFields: JsonValue | undefined): JsonObject[] {
  return ((managedFields ?? []) as JsonObject[]).map((entry) => ({
    ...entry,
    fieldsV1: JSON.stringify(entry["fieldsV1"], null, 1),
  }));
}

/** When the server did the step: the time that is in no entry of before. */
function timeOf(live: JsonObject | undefined, response: JsonObject): string {
  const times = (managedFieldsOf(response) as JsonObject[] | undefined)?.map(({ time }) => time);
  return (
    (times ?? [])
      .filter((time) => typeof time === "string")
      .sort()
      .at(-1) ?? timeOfLive(live)
  );
}

function timeOfLive(live: JsonObject | undefined): string {
  return live === undefined ? "2026-01-01T00:00:00Z" : timeOf(undefined, live);
}

function replay(steps: readonly Step[]): void {
  let live: JsonObject | undefined;
  for (const [index, step] of steps.entries()) {
    const kind = String((live ?? step.body)["kind"]);
    const apiVersion =
      kind === "Widget"
        ? `test.io/${step.version ?? "v1"}`
        : String((live ?? step.response)["apiVersion"]);
    const schema = schemaFor(apiVersion, kind);
    const subresource = step.subresource ?? "";
    const time = timeOf(live, step.response);
    const shared = {
      schema,
      manager: step.manager,
      apiVersion,
      subresource,
      time,
      resetFields: resetFieldsOf(kind, subresource),
    };
    const where = `step ${index} (${step.op} by ${step.manager})`;
    if (step.op === "apply") {
      if (isJsonObject(step.body))
        checkApply(
          step,
          { ...shared, live, kind, applied: step.body, force: step.force === true },
          where,
        );
    } else if (step.response["kind"] !== "Status") {
      const result = patched(live ?? {}, step, schema);
      if (kind === "ConfigMap") {
        expectSame(where, contentOf(result), contentOf(step.response));
      }
      const metadata: JsonObject = { ...metadataOf(step.response) };
      const sent = managedFieldsOf(result);
      if (sent === undefined) delete metadata["managedFields"];
      else metadata["managedFields"] = sent;
      const managedFields = updateManagedFields({
        ...shared,
        live,
        updated: {
          ...(step.op === "create" ? withoutAdditions(step.response) : step.response),
          metadata,
        },
      });
      expectSame(where, entriesOf(managedFields), entriesOf(managedFieldsOf(step.response)));
    }
    if (step.response["kind"] !== "Status") live = step.response;
  }
}

/** The real server goes through managers in no order. */
function sortedCauses(causes: readonly JsonObject[]): string[] {
  return causes
    .map(({ reason, message, field }) => JSON.stringify([reason, message, field]))
    .toSorted();
}

function checkApply(step: Step, input: Parameters<typeof serverSideApply>[0], where: string): void {
  const { response } = step;
  let result: ReturnType<typeof serverSideApply>;
  try {
    result = serverSideApply(input);
  } catch (error) {
    if (!(error instanceof ApplyError)) throw error;
    expectSame(where, [error.statusCode, error.message], [response["code"], response["message"]]);
    return;
  }
  if (result.kind === "conflict") {
    expectSame(where, result.message, response["message"]);
    const causes = result.conflicts.map(({ reason, message, path }) => ({
      reason,
      message,
      field: path,
    }));
    expectSame(
      where,
      sortedCauses(causes),
      sortedCauses((response["details"] as JsonObject)["causes"] as JsonObject[]),
    );
    return;
  }
  if (response["kind"] === "Status") {
    // Refused for what the configuration says, which validation finds, not apply.
    expectSame(where, response["code"] === 422 || response["reason"] === "Conflict", true);
    expectSame(where, String(response["message"]).includes("Apply failed"), false);
    return;
  }
  const object =
    input.live === undefined ? result.object : ignoreTimestampChanges(input.live, result.object);
  expectSame(where, entriesOf(managedFieldsOf(object)), entriesOf(managedFieldsOf(response)));
  const kind = String(response["kind"]);
  if (kind === "ConfigMap" || kind === "Widget") {
    expectSame(where, contentOf(object, input.subresource), contentOf(response, input.subresource));
  }
}

describe("what a real server recorded", () => {
  it.each(recording.cases.map(({ title, steps }) => [title, steps] as const))(
    "%s",
    (_title, steps) => {
      replay(steps);
    },
  );
});
