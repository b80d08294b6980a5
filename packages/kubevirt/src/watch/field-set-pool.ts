import type { KubernetesObject } from "@kvop/core";

/** Longer ones are seldom alike. */
const MAX_LENGTH = 4096;
/** Kinds, writers and shapes of objects are few; beyond that the pool begins anew, and what was shared stays so. */
const MAX_FIELD_SETS = 1024;

/**
 * Keeps one of all equal sets of managed fields (`metadata.managedFields[].fieldsV1`). They are half of what an object takes in
 * memory, and the same for all that one writer has made; nothing of an object is lost, which stripping them would be.
 */
export class FieldSetPool {
  readonly #known = new Map<string, object>();

  /** The object, whose field sets are those of the pool. It is changed: it must have come from the server just now. */
  readonly share = <T extends KubernetesObject>(object: T): T => {
    const entries: unknown = object.metadata?.managedFields;
    if (!Array.isArray(entries)) return object;
    for (const entry of entries as Array<{ fieldsV1?: unknown } | null>)
      if (typeof entry?.fieldsV1 === "object" && entry.fieldsV1 !== null)
        entry.fieldsV1 = this.#pooled(entry.fieldsV1);
    return object;
  };

  #pooled(fields: object): object {
    const text = JSON.stringify(fields);
    const known = this.#known.get(text);
    if (known !== undefined || text.length > MAX_LENGTH) return known ?? fields;
    if (this.#known.size >= MAX_FIELD_SETS) this.#known.clear();
    freezeAll(fields);
    this.#known.set(text, fields);
    return fields;
  }
}

/** What many objects have must not be changed through one of them. */
function freezeAll(value: object): void {
  Object.freeze(value);
  for (const child of Object.values(value) as unknown[])
    if (typeof child === "object" && child !== null) freezeAll(child);
}
