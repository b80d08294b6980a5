/** JSON as it is written: keys may come twice, and a leaf is any text at all. */
export type JsonTree =
  | { readonly type: "object"; readonly entries: readonly (readonly [key: string, JsonTree])[] }
  | { readonly type: "list"; readonly items: readonly JsonTree[] }
  /** The text as it stands. */
  | { readonly type: "leaf"; readonly text: string };

export const leaf = (text: string): JsonTree => ({ type: "leaf", text });

export function treeOf(value: unknown): JsonTree {
  if (Array.isArray(value)) return { type: "list", items: value.map(treeOf) };
  if (value === null || typeof value !== "object") return leaf(JSON.stringify(value));
  return {
    type: "object",
    entries: Object.entries(value).map(([key, item]) => [JSON.stringify(key), treeOf(item)]),
  };
}

export function writeTree(tree: JsonTree): string {
  switch (tree.type) {
    case "object":
      return `{${tree.entries.map(([key, value]) => `${key}:${writeTree(value)}`).join(",")}}`;
    case "list":
      return `[${tree.items.map(writeTree).join(",")}]`;
    default:
      return tree.text;
  }
}

/** How many values a tree has, itself included. */
export function countNodes(tree: JsonTree): number {
  if (tree.type === "leaf") return 1;
  const children = tree.type === "list" ? tree.items : tree.entries.map(([, value]) => value);
  return children.reduce((sum, child) => sum + countNodes(child), 1);
}

/** Changes the value at a place, counted in the order in which values are written; undefined takes it away. */
export function changeNode(
  tree: JsonTree,
  place: number,
  change: (tree: JsonTree) => JsonTree | undefined,
): JsonTree | undefined {
  if (place === 0) return change(tree);
  let rest = place - 1;
  const visit = (child: JsonTree): JsonTree | undefined => {
    const size = countNodes(child);
    const isInside = rest >= 0 && rest < size;
    const changed = isInside ? changeNode(child, rest, change) : child;
    rest -= size;
    return changed;
  };
  if (tree.type === "list") return { ...tree, items: tree.items.flatMap((it) => visit(it) ?? []) };
  if (tree.type === "leaf") return tree;
  return {
    ...tree,
    entries: tree.entries.flatMap(([key, value]) => {
      const changed = visit(value);
      return changed === undefined ? [] : [[key, changed] as const];
    }),
  };
}
