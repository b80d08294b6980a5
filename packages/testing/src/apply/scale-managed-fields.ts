import type { JsonObject, JsonValue } from "../schema/json.js";
import { FieldSet } from "./field-set.js";
import {
  entryId,
  formatManagedFields,
  type ManagedEntry,
  parseManagedFields,
  withFields,
} from "./managed-entries.js";
import { fieldElement } from "./path-element.js";

const SCALE_API_VERSION = "autoscaling/v1";
const SCALE_REPLICAS = FieldSet.ofFields(["spec", "replicas"]);

export interface ScaleOwnership {
  /** `metadata.managedFields` of the object that is scaled. */
  readonly parent: JsonValue | undefined;
  /** Where each version of that object has its replicas: `{ "apps/v1": ["spec", "replicas"] }`. */
  readonly replicasPaths: Readonly<Record<string, readonly string[]>>;
}

function replicasOf(
  { replicasPaths }: ScaleOwnership,
  apiVersion: string,
): readonly string[] | undefined {
  const path = Object.hasOwn(replicasPaths, apiVersion) ? replicasPaths[apiVersion] : undefined;
  return path?.map(fieldElement);
}

/**
 * Ownership as the `scale` subresource sees it: those who own the replicas of an object own `spec.replicas` of its
 * Scale. Give it to the Scale before {@link serverSideApply} or {@link updateManagedFields} work on that, with the
 * schema of `autoscaling/v1` Scale; {@link fromScaleManagedFields} takes the outcome back. A Scale that is shown to
 * clients has no managedFields.
 */
export function toScaleManagedFields(ownership: ScaleOwnership): JsonObject[] {
  const entries = new Map<string, ManagedEntry>();
  for (const entry of parseManagedFields(ownership.parent)?.values() ?? []) {
    const path = replicasOf(ownership, entry.apiVersion);
    if (path === undefined || !entry.fields.has(path)) continue;
    const { source: _parentEntry, ...rest } = entry;
    const scaled = { ...rest, apiVersion: SCALE_API_VERSION, fields: SCALE_REPLICAS };
    entries.set(entryId(scaled), scaled);
  }
  return formatManagedFields(entries);
}

/**
 * The parent's `managedFields` after a write to its Scale: who lost the replicas there loses them here. Entries made
 * or moved this way have no time, as on the real server.
 *
 * @param scale `managedFields` of the Scale after the write
 * @param parentApiVersion the version in which the parent is stored by this write
 */
export function fromScaleManagedFields(
  ownership: ScaleOwnership,
  scale: JsonValue | undefined,
  parentApiVersion: string,
): JsonObject[] {
  const scaleEntries = parseManagedFields(scale) ?? new Map<string, ManagedEntry>();
  const result = new Map<string, ManagedEntry>();
  for (const [id, entry] of parseManagedFields(ownership.parent) ?? []) {
    const path = replicasOf(ownership, entry.apiVersion);
    // A version that is not known any more: its entries go.
    if (path === undefined) continue;
    if (!entry.fields.has(path) || scaleEntries.delete(id)) {
      result.set(id, entry);
      continue;
    }
    const fields = entry.fields.difference(FieldSet.of(path));
    if (!fields.isEmpty) result.set(id, withFields(entry, fields));
  }
  const path = replicasOf(ownership, parentApiVersion);
  if (path === undefined) return formatManagedFields(result);
  for (const entry of scaleEntries.values()) {
    if (!entry.fields.has(["f:spec", "f:replicas"])) continue;
    const { source: _scaleEntry, ...rest } = entry;
    const moved: ManagedEntry = {
      ...rest,
      apiVersion: parentApiVersion,
      time: undefined,
      fields: FieldSet.of(path),
    };
    const id = entryId(moved);
    const other = result.get(id);
    result.set(
      id,
      other === undefined ? moved : withFields(other, other.fields.union(moved.fields)),
    );
  }
  return formatManagedFields(result);
}
