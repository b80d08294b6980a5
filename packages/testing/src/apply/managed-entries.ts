import { isJsonObject, type JsonObject, type JsonValue } from "../schema/json.js";
import { FieldSet } from "./field-set.js";

/** One entry of `metadata.managedFields`: what a manager owns. */
export interface ManagedEntry {
  readonly manager: string;
  readonly operation: "Apply" | "Update";
  readonly apiVersion: string;
  /** Empty for the object itself. */
  readonly subresource: string;
  /** RFC 3339, to the second; undefined when the manager has taken ownership without changing anything. */
  readonly time: string | undefined;
  readonly fields: FieldSet;
  /** The entry as it was stored, while it has not changed: it need not be written anew. */
  readonly source?: JsonObject;
}

/** Entries by {@link entryId}. */
export type ManagedEntries = ReadonlyMap<string, ManagedEntry>;

/** What tells entries apart: an applier has one whatever version it applies. */
export function entryId(
  entry: Pick<ManagedEntry, "manager" | "operation" | "apiVersion" | "subresource">,
): string {
  return JSON.stringify({
    manager: entry.manager === "" ? undefined : entry.manager,
    operation: entry.operation,
    apiVersion: entry.operation === "Apply" ? undefined : entry.apiVersion,
    subresource: entry.subresource === "" ? undefined : entry.subresource,
  });
}

/** Reads `metadata.managedFields`; undefined when an entry is not valid. */
export function parseManagedFields(
  value: JsonValue | undefined,
): Map<string, ManagedEntry> | undefined {
  const entries = new Map<string, ManagedEntry>();
  if (value === undefined || value === null) return entries;
  if (!Array.isArray(value)) return undefined;
  for (const item of value) {
    const entry = isJsonObject(item) ? parseEntry(item) : undefined;
    if (entry === undefined) return undefined;
    entries.set(entryId(entry), entry);
  }
  return entries;
}

function parseEntry(source: JsonObject): ManagedEntry | undefined {
  const { manager, operation, apiVersion, subresource, time, fieldsType, fieldsV1 } = source;
  if (operation !== "Apply" && operation !== "Update") return undefined;
  if (typeof apiVersion !== "string" || apiVersion === "" || fieldsType !== "FieldsV1")
    return undefined;
  try {
    return {
      manager: textOf(manager),
      operation,
      apiVersion,
      subresource: textOf(subresource),
      time: typeof time === "string" ? time : undefined,
      fields: FieldSet.parse(fieldsV1 ?? {}),
      source,
    };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : "";
}

/** `metadata.managedFields` in the order of the real server: applied entries first, then by time and name. */
export function formatManagedFields(entries: ManagedEntries): JsonObject[] {
  return [...entries.values()].sort(compareEntries).map(formatEntry);
}

function compareEntries(left: ManagedEntry, right: ManagedEntry): number {
  return (
    compareText(left.operation, right.operation) ||
    compareText(left.time ?? "", right.time ?? "") ||
    compareText(left.manager, right.manager) ||
    compareText(left.apiVersion, right.apiVersion) ||
    compareText(left.subresource, right.subresource)
  );
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function formatEntry(entry: ManagedEntry): JsonObject {
  if (entry.source !== undefined) return entry.source;
  const { manager, operation, apiVersion, subresource, time, fields } = entry;
  const json: JsonObject = {};
  if (manager !== "") json["manager"] = manager;
  json["operation"] = operation;
  json["apiVersion"] = apiVersion;
  if (time !== undefined) json["time"] = time;
  json["fieldsType"] = "FieldsV1";
  json["fieldsV1"] = fields.toJson();
  if (subresource !== "") json["subresource"] = subresource;
  return json;
}

/** An entry with other fields; the same entry when they are the same. */
export function withFields(entry: ManagedEntry, fields: FieldSet): ManagedEntry {
  if (fields === entry.fields) return entry;
  const { source: _stale, ...rest } = entry;
  return { ...rest, fields };
}
