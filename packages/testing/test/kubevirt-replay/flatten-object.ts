/** The leaves of an object by dotted paths; items of lists stand by their `type`, `name` or `phase`. */
export type Leaves = Map<string, unknown>;

const ITEM_KEYS = ["type", "name", "phase"] as const;

export function flattenObject(value: unknown, path = "", leaves: Leaves = new Map()): Leaves {
  if (Array.isArray(value)) {
    const key = itemKeyOf(value);
    if (key === undefined) {
      leaves.set(path, value);
      return leaves;
    }
    for (const item of value as Record<string, unknown>[]) {
      const { [key]: id, ...rest } = item;
      flattenObject(rest, `${path}[${String(id)}]`, leaves);
    }
    return leaves;
  }
  if (typeof value !== "object" || value === null) {
    if (value !== undefined) leaves.set(path, value);
    return leaves;
  }
  const entries = Object.entries(value);
  if (entries.length === 0 && path !== "") leaves.set(path, {});
  for (const [name, each] of entries) flattenObject(each, childPath(path, name), leaves);
  return leaves;
}

function childPath(path: string, name: string): string {
  if (name.includes(".") || name.includes("/")) return `${path}[${name}]`;
  return path === "" ? name : `${path}.${name}`;
}

function itemKeyOf(list: readonly unknown[]): (typeof ITEM_KEYS)[number] | undefined {
  if (list.length === 0) return undefined;
  return ITEM_KEYS.find((key) =>
    list.every((item) => typeof item === "object" && item !== null && key in item),
  );
}
