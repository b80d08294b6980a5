import fc from "fast-check";

import { changeNode, countNodes, leaf, type JsonTree, treeOf, writeTree } from "./json-tree.js";
import { brokenText, keyText, oddTree } from "./odd-values.js";

type Change = (tree: JsonTree) => JsonTree;

/** A place far into any tree; it is taken modulo the size of the one at hand. */
const place = fc.nat({ max: 1000 });

function at(where: number, change: (tree: JsonTree) => JsonTree | undefined): Change {
  return (tree) => changeNode(tree, where % countNodes(tree), change) ?? tree;
}

const withEntry =
  (key: string, value: JsonTree): Change =>
  (tree) => {
    if (tree.type === "object") return { ...tree, entries: [...tree.entries, [key, value]] };
    if (tree.type === "list") return { ...tree, items: [...tree.items, value] };
    return tree;
  };

/** The first key of an object comes again, with another value. */
const withDouble =
  (value: JsonTree): Change =>
  (tree) => {
    const [first] = tree.type === "object" ? tree.entries : [];
    if (tree.type !== "object" || first === undefined) return tree;
    return { ...tree, entries: [...tree.entries, [first[0], value]] };
  };

const nested =
  (levels: number): Change =>
  (tree) =>
    leaf(`${"[".repeat(levels)}${writeTree(tree)}${"]".repeat(levels)}`);

/** Changes after which the text is still JSON. */
export const validChange: fc.Arbitrary<Change> = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(place, oddTree).map(([to, odd]) => at(to, () => odd)) },
  { weight: 1, arbitrary: place.map((to) => at(to + 1, () => undefined)) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(place, keyText, oddTree)
      .filter(([, key]) => key.startsWith('"'))
      .map(([to, key, value]) => at(to, withEntry(key, value))),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(place, oddTree).map(([to, value]) => at(to, withDouble(value))),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(place, fc.constantFrom(1, 2, 20)).map(([to, n]) => at(to, nested(n))),
  },
);

const brokenChange: fc.Arbitrary<Change> = fc.oneof(
  fc.tuple(place, brokenText).map(([to, text]) => at(to, () => leaf(text))),
  fc.tuple(place, keyText, oddTree).map(([to, key, value]) => at(to, withEntry(key, value))),
);

/** A JSON text near a valid object's. */
export function mutatedJson(
  value: unknown,
  options: { readonly maxChanges?: number; readonly isValid?: boolean } = {},
): fc.Arbitrary<string> {
  const change =
    options.isValid === true
      ? validChange
      : fc.oneof({ weight: 5, arbitrary: validChange }, { weight: 1, arbitrary: brokenChange });
  const { maxChanges = 3 } = options;
  return fc
    .array(change, { minLength: 1, maxLength: maxChanges })
    .map((changes) => writeTree(changes.reduce((tree, apply) => apply(tree), treeOf(value))));
}
