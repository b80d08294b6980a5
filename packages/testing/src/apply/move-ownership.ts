import type { Comparison } from "./compare-values.js";
import type { FieldSet } from "./field-set.js";
import { type ManagedEntry, withFields } from "./managed-entries.js";

/** Ownership after a write, and what it took away from whom. */
export interface MovedOwnership {
  readonly entries: Map<string, ManagedEntry>;
  /** Fields that entries other than the writer's own had, and that the write changed. */
  readonly conflicts: ReadonlyMap<string, FieldSet>;
}

/**
 * Takes from each entry what a write changed or removed; entries of which nothing is left go.
 *
 * @param writerId the entry that keeps what it has; undefined when all lose
 */
export function moveOwnership(
  before: ReadonlyMap<string, ManagedEntry>,
  { added, modified, removed }: Comparison,
  writerId: string | undefined,
): MovedOwnership {
  const changed = added.union(modified);
  const entries = new Map<string, ManagedEntry>();
  const conflicts = new Map<string, FieldSet>();
  for (const [id, entry] of before) {
    let { fields } = entry;
    if (id !== writerId) {
      const conflict = fields.intersection(changed);
      if (!conflict.isEmpty) conflicts.set(id, conflict);
      fields = fields.difference(conflict).difference(removed);
    }
    if (!fields.isEmpty) entries.set(id, withFields(entry, fields));
  }
  return { entries, conflicts };
}
