import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  jsonEqual,
  ownValue,
} from "../schema/json.js";
import { compareValues, withoutFields } from "./compare-values.js";
import { FieldSet } from "./field-set.js";
import {
  entryId,
  formatManagedFields,
  type ManagedEntry,
  parseManagedFields,
  withFields,
} from "./managed-entries.js";
import { moveOwnership } from "./move-ownership.js";
import type { SchemaNode } from "./schema-node.js";
import { reconcileWithSchema } from "./typed-value.js";
import { TypedValueError } from "./typed-value-error.js";

/** Most entries of operation `Update`; older ones become one. */
const MAX_UPDATE_ENTRIES = 10;

/** The manager that older entries are merged into. */
const ANCIENT_MANAGER = "ancient-changes";

/** Fields of each object that nobody owns. */
export const UNOWNED_FIELDS: FieldSet = FieldSet.ofFields(
  ["apiVersion"],
  ["kind"],
  ["metadata"],
  ["metadata", "name"],
  ["metadata", "namespace"],
  ["metadata", "creationTimestamp"],
  ["metadata", "selfLink"],
  ["metadata", "uid"],
  ["metadata", "clusterName"],
  ["metadata", "generation"],
  ["metadata", "managedFields"],
  ["metadata", "resourceVersion"],
);

export interface UpdateManagedFieldsInput {
  readonly schema: SchemaNode;
  /** The stored object; undefined when it is being created. */
  readonly live: JsonObject | undefined;
  /** What an object of the kind is that says nothing: at creation, what is equal to it nobody owns. Default: empty. */
  readonly blank?: JsonObject | undefined;
  /**
   * The object as the client wants it, decoded and with defaults, but before the server adds anything of its own (uid,
   * resourceVersion, cluster IPs, a first status): what the server adds nobody owns.
   */
  readonly updated: JsonObject;
  /** Name from `fieldManager`, or else the user agent up to its first `/`. */
  readonly manager: string;
  readonly apiVersion: string;
  /** Such as `status`; empty for the object itself. */
  readonly subresource: string;
  /** Now: RFC 3339, to the second. */
  readonly time: string;
  /** Fields that this endpoint ignores, such as `status` for an object whose status is a subresource. */
  readonly resetFields?: FieldSet | undefined;
  /** Whether a version is still served; entries of those that are not are dropped. Default: all are. */
  readonly isServedVersion?: ((apiVersion: string) => boolean) | undefined;
}

/**
 * `metadata.managedFields` after a create, update or patch (all but server-side apply).
 *
 * What the writer changed becomes its own, and nobody else's; time moves only for a writer that changed something.
 * At most ten entries of writers are kept. A client that sends an empty list (or a list of one empty entry) wipes all
 * entries; an object that has none is not tracked again until somebody applies.
 */
export function updateManagedFields(input: UpdateManagedFieldsInput): JsonObject[] {
  const stored = managedFieldsOf(input.live);
  const entries = entriesToStartFrom(input);
  if (entries.size === 0 && input.live !== undefined) return [];
  try {
    return formatManagedFields(entriesAfterUpdate(entries, input.live ?? input.blank ?? {}, input));
  } catch (error) {
    // As the real server: a write does not fail because its ownership cannot be told.
    if (TypedValueError.isInstance(error))
      return Array.isArray(stored) ? stored.filter(isJsonObject) : [];
    throw error;
  }
}

/** Entries after a write that turns `live` into `updated`. @throws TypedValueError */
export function entriesAfterUpdate(
  before: ReadonlyMap<string, ManagedEntry>,
  live: JsonObject,
  input: Omit<UpdateManagedFieldsInput, "live" | "blank">,
): Map<string, ManagedEntry> {
  const { schema, updated, manager, apiVersion, subresource, time, resetFields } = input;
  const comparison = withoutFields(compareValues(live, updated, schema), resetFields);
  const entries =
    before.size === 0
      ? new Map<string, ManagedEntry>()
      : moveOwnership(reconcileEntries(before, input), comparison, undefined).entries;
  const changed = comparison.added.union(comparison.modified).difference(UNOWNED_FIELDS);
  if (!changed.isEmpty) {
    const entry: ManagedEntry = {
      manager: manager === "" ? "unknown" : manager,
      operation: "Update",
      apiVersion,
      subresource,
      time,
      fields: changed,
    };
    const id = entryId(entry);
    const previous = entries.get(id);
    entries.set(
      id,
      previous === undefined ? entry : { ...entry, fields: changed.union(previous.fields) },
    );
  }
  capUpdateEntries(entries);
  return entries;
}

/** Entries without those of versions no longer served, and with what has become atomic since. */
export function reconcileEntries(
  entries: ReadonlyMap<string, ManagedEntry>,
  { schema, isServedVersion }: Pick<UpdateManagedFieldsInput, "schema" | "isServedVersion">,
): Map<string, ManagedEntry> {
  const result = new Map<string, ManagedEntry>();
  for (const [id, entry] of entries) {
    if (isServedVersion?.(entry.apiVersion) === false) continue;
    result.set(id, withFields(entry, reconcileWithSchema(entry.fields, schema)));
  }
  return result;
}

export function managedFieldsOf(object: JsonObject | undefined): JsonValue | undefined {
  const metadata = object === undefined ? undefined : ownValue(object, "metadata");
  return isJsonObject(metadata) ? ownValue(metadata, "managedFields") : undefined;
}

/** A client may send entries of its own; what it sends wrongly is ignored. */
function entriesToStartFrom({
  live,
  updated,
  subresource,
}: UpdateManagedFieldsInput): Map<string, ManagedEntry> {
  if (subresource === "") {
    const sent = managedFieldsOf(updated);
    if (isReset(sent)) return new Map();
    const entries = parseManagedFields(sent);
    if (entries !== undefined && entries.size > 0) return entries;
  }
  return parseManagedFields(managedFieldsOf(live)) ?? new Map<string, ManagedEntry>();
}

function isReset(managedFields: JsonValue | undefined): boolean {
  if (!Array.isArray(managedFields)) return false;
  return (
    managedFields.length === 0 || (managedFields.length === 1 && jsonEqual(managedFields[0], {}))
  );
}

/** Merges the oldest entries of writers, version by version, until few enough are left. */
function capUpdateEntries(entries: Map<string, ManagedEntry>): void {
  const updates = [...entries].filter(([, entry]) => entry.operation === "Update");
  let count = updates.length;
  if (count <= MAX_UPDATE_ENTRIES) return;
  updates.sort(([leftId, left], [rightId, right]) => {
    const [leftKey, rightKey] = [left.time ?? "", right.time ?? ""];
    if (leftKey !== rightKey) return leftKey < rightKey ? -1 : 1;
    return leftId < rightId ? -1 : 1;
  });
  const oldest = new Map<string, string>();
  for (const [id, entry] of updates) {
    if (count <= MAX_UPDATE_ENTRIES) return;
    const { apiVersion } = entry;
    const first = oldest.get(apiVersion);
    if (first === undefined) {
      oldest.set(apiVersion, id);
      continue;
    }
    const bucket = {
      manager: ANCIENT_MANAGER,
      operation: "Update",
      apiVersion,
      subresource: "",
      time: entry.time,
    } as const;
    const bucketId = entryId(bucket);
    const into = entries.get(bucketId) ?? entries.get(first);
    if (!entries.has(bucketId)) entries.delete(first);
    entries.delete(id);
    entries.set(bucketId, {
      ...bucket,
      fields: entry.fields.union(into?.fields ?? FieldSet.EMPTY),
    });
    count--;
  }
}

/**
 * The object to store, given the one that a write made: when nothing but the times of entries differs, the stored one's
 * entries, so that the write changes nothing.
 */
export function ignoreTimestampChanges(live: JsonObject, updated: JsonObject): JsonObject {
  const before = managedFieldsOf(live);
  const after = managedFieldsOf(updated);
  if (
    !Array.isArray(before) ||
    !Array.isArray(after) ||
    !jsonEqual(before.map(withoutTime), after.map(withoutTime))
  ) {
    return updated;
  }
  const metadata = updated["metadata"];
  return isJsonObject(metadata)
    ? { ...updated, metadata: { ...metadata, managedFields: before } }
    : updated;
}

function withoutTime(entry: JsonValue): JsonValue {
  if (!isJsonObject(entry)) return entry;
  const { time: _ignored, ...rest } = entry;
  return rest;
}
