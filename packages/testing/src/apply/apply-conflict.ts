import type { FieldSet } from "./field-set.js";
import type { ManagedEntry } from "./managed-entries.js";
import { formatPath, type PathElement } from "./path-element.js";

/** A field that the applied configuration would change and somebody else owns. */
export interface ApplyConflict {
  readonly manager: string;
  readonly operation: "Apply" | "Update";
  readonly apiVersion: string;
  readonly subresource?: string;
  readonly time?: string;
  /** `.spec.replicas`: the cause's `field`. */
  readonly path: string;
  /** The same path, taken apart. */
  readonly elements: readonly PathElement[];
  /** The cause's `reason`. */
  readonly reason: "FieldManagerConflict";
  /** `conflict with "other" using apps/v1`: the cause's `message`. */
  readonly message: string;
}

/** Conflicts by owner, in a stable order. */
export function conflictsOf(
  taken: ReadonlyMap<string, FieldSet>,
  owners: ReadonlyMap<string, ManagedEntry>,
): ApplyConflict[] {
  const conflicts: ApplyConflict[] = [];
  for (const id of [...taken.keys()].sort()) {
    const owner = owners.get(id);
    const fields = taken.get(id);
    if (owner === undefined || fields === undefined) continue;
    for (const elements of fields.paths()) {
      conflicts.push({
        manager: owner.manager,
        operation: owner.operation,
        apiVersion: owner.apiVersion,
        ...(owner.subresource === "" ? {} : { subresource: owner.subresource }),
        ...(owner.time === undefined ? {} : { time: owner.time }),
        path: formatPath(elements),
        elements,
        reason: "FieldManagerConflict",
        message: `conflict with ${describeOwner(owner)}`,
      });
    }
  }
  return conflicts;
}

function describeOwner(
  owner: Pick<ManagedEntry, "manager" | "subresource" | "operation" | "apiVersion">,
): string {
  const name = JSON.stringify(owner.manager);
  const subresource =
    owner.subresource === "" ? "" : ` with subresource ${JSON.stringify(owner.subresource)}`;
  return `${name}${subresource}${owner.operation === "Update" ? ` using ${owner.apiVersion}` : ""}`;
}

/** `Status.message` of an apply that conflicts. */
export function conflictMessage(conflicts: readonly ApplyConflict[]): string {
  const [first] = conflicts;
  if (first !== undefined && conflicts.length === 1)
    return `Apply failed with 1 conflict: ${first.message}: ${first.path}`;
  const lines: string[] = [];
  let heading = "";
  for (const { message, path } of conflicts) {
    const next = `${message.replace("conflict", "conflicts")}:`;
    if (next !== heading) lines.push(next);
    heading = next;
    lines.push(`- ${path}`);
  }
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join("\n")}`;
}
