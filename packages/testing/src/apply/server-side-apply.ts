import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  jsonEqual,
  ownValue,
} from "../schema/json.js";
import { ApplyError } from "./apply-error.js";
import { type ApplyConflict, conflictMessage, conflictsOf } from "./apply-conflict.js";
import { checkTypedValue } from "./check-typed-value.js";
import { compareValues, withoutFields } from "./compare-values.js";
import { FieldSet } from "./field-set.js";
import { allowedByLastApplied, withLastApplied } from "./last-applied.js";
import {
  entryId,
  formatManagedFields,
  type ManagedEntry,
  parseManagedFields,
} from "./managed-entries.js";
import {
  entriesAfterUpdate,
  managedFieldsOf,
  reconcileEntries,
  UNOWNED_FIELDS,
} from "./managed-fields.js";
import { mergeValues } from "./merge-values.js";
import { moveOwnership } from "./move-ownership.js";
import { removeItems } from "./remove-items.js";
import type { SchemaNode } from "./schema-node.js";
import { fieldSetOf, withNamedFields } from "./typed-value.js";
import { TypedValueError } from "./typed-value-error.js";

/** Who owns what was there before anybody applied. */
const BEFORE_FIRST_APPLY = "before-first-apply";

/** The manager for which client-side apply's annotation counts. */
const KUBECTL = "kubectl";

export interface ApplyInput {
  readonly schema: SchemaNode;
  /** The stored object; undefined when apply creates it. */
  readonly live: JsonObject | undefined;
  /** The configuration as sent. */
  readonly applied: JsonObject;
  readonly manager: string;
  /** Take what others own, instead of a conflict. */
  readonly force: boolean;
  /** Of the endpoint. */
  readonly apiVersion: string;
  /** Of the endpoint; a configuration of another kind is refused. Default: any. */
  readonly kind?: string | undefined;
  /** Such as `status`; empty for the object itself. */
  readonly subresource: string;
  /** Now: RFC 3339, to the second. */
  readonly time: string;
  /** Fields that this endpoint ignores, such as `status` for an object whose status is a subresource. */
  readonly resetFields?: FieldSet | undefined;
  /** Whether a version is still served; entries of those that are not are dropped. Default: all are. */
  readonly isServedVersion?: ((apiVersion: string) => boolean) | undefined;
}

export type ApplyResult =
  | {
      readonly kind: "applied";
      /** With `metadata.managedFields`. Maps and lists that lost all they had are null: decode as any object sent. */
      readonly object: JsonObject;
      /** Whether anything but ownership differs from the stored object. */
      readonly changed: boolean;
    }
  | {
      /** 409, reason `Conflict`, `details` with causes alone (each conflict's `reason`, `message` and `path` as `field`). */
      readonly kind: "conflict";
      /** `Status.message`. */
      readonly message: string;
      readonly conflicts: readonly ApplyConflict[];
    };

/**
 * Lays an applied configuration over the stored object (KEP-555): sets what it names, removes what its manager applied
 * before and nobody else owns, and reports what others own and it would change.
 *
 * @throws ApplyError when the configuration itself is wrong
 */
export function serverSideApply(input: ApplyInput): ApplyResult {
  checkApplied(input);
  const before = entriesBefore(input);
  const attempt = applyOnce(input, before, input.force);
  if (attempt.kind === "applied" || input.manager !== KUBECTL || input.live === undefined)
    return attempt;
  const allowed = allowedByLastApplied(input.live, input.schema, input.apiVersion);
  if (allowed === undefined) return attempt;
  const rest = attempt.conflicts.filter(({ elements }) => !allowed.has(elements));
  if (rest.length > 0) return { kind: "conflict", message: conflictMessage(rest), conflicts: rest };
  return applyOnce(input, before, true);
}

function checkApplied({ applied, apiVersion, kind, schema }: ApplyInput): void {
  const kindSent = ownValue(applied, "kind");
  if (ownValue(applied, "apiVersion") !== apiVersion || (kind !== undefined && kindSent !== kind)) {
    throw new ApplyError("bad-request", `invalid object type: ${describeType(applied)}`);
  }
  const managedFields = managedFieldsOf(applied);
  if (managedFields !== undefined && managedFields !== null) {
    throw new ApplyError("bad-request", "metadata.managedFields must be nil");
  }
  rethrowUntyped("create typed patch object", applied, () => {
    checkTypedValue(applied, schema);
  });
}

function rethrowUntyped<T>(what: string, object: JsonObject, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!TypedValueError.isInstance(error)) throw error;
    throw new ApplyError(
      "untyped",
      `failed to ${what} (${describeObject(object)}): ${error.message}`,
    );
  }
}

function describeObject(object: JsonObject): string {
  const metadata = ownValue(object, "metadata");
  const { name, namespace } = isJsonObject(metadata) ? metadata : {};
  return `${textOf(namespace)}/${textOf(name)}; ${describeType(object)}`;
}

/** As Go prints a group, version and kind. */
function describeType(object: JsonObject): string {
  const apiVersion = textOf(ownValue(object, "apiVersion"));
  const groupVersion = apiVersion.includes("/") ? apiVersion : `/${apiVersion}`;
  return `${groupVersion}, Kind=${textOf(ownValue(object, "kind"))}`;
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : "";
}

function entriesBefore(input: ApplyInput): Map<string, ManagedEntry> {
  const { live } = input;
  const entries = parseManagedFields(managedFieldsOf(live)) ?? new Map<string, ManagedEntry>();
  if (entries.size > 0 || live === undefined) return entries;
  return rethrowUntyped("create typed live object", live, () =>
    entriesAfterUpdate(entries, {}, { ...input, updated: live, manager: BEFORE_FIRST_APPLY }),
  );
}

function applyOnce(
  input: ApplyInput,
  before: Map<string, ManagedEntry>,
  force: boolean,
): ApplyResult {
  const { schema, applied, time, resetFields } = input;
  const live = withoutManagedFields(input.live ?? {});
  const entries = reconcileEntries(before, input);
  const own: ManagedEntry = {
    manager: input.manager === "" ? "unknown" : input.manager,
    operation: "Apply",
    apiVersion: input.apiVersion,
    subresource: input.subresource,
    time: undefined,
    fields: fieldSetOf(applied, schema).recursiveDifference(resetFields ?? FieldSet.EMPTY),
  };
  const id = entryId(own);
  const previous = entries.get(id);
  entries.set(id, own);
  return rethrowUntyped("merge config", applied, () => {
    const value = mergeValues(live, applied, schema);
    const merged = isJsonObject(value) ? value : {};
    const pruned = prune(merged, entries, previous?.fields, schema);
    const object = isJsonObject(pruned) ? pruned : {};
    const comparison = withoutFields(compareValues(live, object, schema), resetFields);
    const moved = moveOwnership(entries, comparison, id);
    if (!force && moved.conflicts.size > 0) {
      const conflicts = conflictsOf(moved.conflicts, before);
      return { kind: "conflict", message: conflictMessage(conflicts), conflicts };
    }
    const changed = !jsonEqual(live, object);
    const fields = own.fields.difference(UNOWNED_FIELDS);
    if (fields.isEmpty) moved.entries.delete(id);
    else moved.entries.set(id, { ...own, fields, time: changed ? time : previous?.time });
    const managedFields = formatManagedFields(moved.entries);
    const annotated = input.manager === KUBECTL ? withLastApplied(object, applied) : object;
    return {
      kind: "applied",
      object: withManagedFields(annotated, managedFields),
      changed: changed || annotated !== object,
    };
  });
}

/** Removes what the manager applied before, does not apply any more, and nobody owns. */
function prune(
  merged: JsonObject,
  entries: ReadonlyMap<string, ManagedEntry>,
  previous: FieldSet | undefined,
  schema: SchemaNode,
): JsonValue {
  if (previous === undefined || previous.isEmpty) return merged;
  const last = withNamedFields(previous, schema);
  let owned = FieldSet.EMPTY;
  for (const { fields } of entries.values()) owned = owned.union(fields);
  const inMerged = withNamedFields(fieldSetOf(merged, schema), schema);
  const withoutLast = removeItems(merged, last, schema);
  // What goes with a parent although somebody owns it comes back ...
  const keep = namedFieldsIn(withoutLast, schema).union(withNamedFields(owned, schema));
  const withOwned = removeItems(merged, inMerged.difference(keep), schema);
  // ... and so does what the manager never applied: that is not its to remove.
  const gone = inMerged.difference(namedFieldsIn(withOwned, schema));
  return removeItems(merged, gone.intersection(last), schema);
}

function namedFieldsIn(value: JsonValue, schema: SchemaNode): FieldSet {
  return withNamedFields(fieldSetOf(value, schema), schema);
}

function withoutManagedFields(object: JsonObject): JsonObject {
  const metadata = ownValue(object, "metadata");
  if (!isJsonObject(metadata) || !Object.hasOwn(metadata, "managedFields")) return object;
  const { managedFields: _removed, ...rest } = metadata;
  return { ...object, metadata: rest };
}

function withManagedFields(object: JsonObject, managedFields: JsonObject[]): JsonObject {
  const metadata = ownValue(object, "metadata");
  const rest = isJsonObject(metadata) ? metadata : {};
  return { ...object, metadata: managedFields.length > 0 ? { ...rest, managedFields } : rest };
}
