import { formatType } from "../cel-type.js";
import type { CallCost, CostNode } from "./cost-node.js";
import {
  LIMITLESS,
  PER_CHARACTER,
  addSizes,
  exactly,
  multiplySizes,
  plus,
  times,
  timesFactor,
} from "./size-range.js";
import type { SizeRange } from "./size-range.js";

/** A pattern is said to have an expression for every four characters. */
const PER_PATTERN_CHARACTER = 0.25;
const NEW_LIST = 10;
const AUTHORIZER_CHECK = 350_000;
const FORMAT_PATTERN = 128 * PER_PATTERN_CHARACTER;
/** Two addresses of 16 bytes each. */
const ADDRESSES = 32;
const ONE_STEP: CallCost = { cost: 1 };

type Estimate = (args: readonly CostNode[]) => CallCost;

const max = (node: CostNode | undefined): number => node?.size.max ?? LIMITLESS;
const reading = (size: number): number => timesFactor(size, PER_CHARACTER);

const read: Estimate = ([text]) => ({ cost: reading(max(text)) });
const readSecond: Estimate = ([, text]) => ({ cost: reading(max(text)) });
const readAndKeepSize: Estimate = ([text]) => ({ cost: reading(max(text)), size: sizeOf(text) });
const readTwice: Estimate = ([text]) => ({ cost: timesFactor(max(text), 2 * PER_CHARACTER) });

function sizeOf(node: CostNode | undefined): SizeRange {
  return node?.size ?? { min: 0, max: LIMITLESS };
}

function matching(text: CostNode | undefined, pattern: CostNode | undefined): number {
  return times(reading(plus(max(text), 1)), timesFactor(max(pattern), PER_PATTERN_CHARACTER));
}

/** Each item is looked at; texts are read. */
const overItems: Estimate = ([list]) => {
  if (list?.type.kind !== "list") return { cost: reading(max(list)) };
  const items = list.type.items;
  const isText = items.kind === "simple" && (items.name === "string" || items.name === "bytes");
  return { cost: times(list.size.max, isText ? plus(1, reading(list.itemSize.max)) : 1) };
};

const replaced: Estimate = ([text, old, fresh]) => {
  const from = sizeOf(text);
  const search = sizeOf(old);
  const put = sizeOf(fresh);
  let most = { count: Math.ceil(from.max / search.min), kept: 0 };
  if (search.min === 0) most = { count: plus(from.max, 1), kept: from.max };
  else if (put.max <= search.min) most = { count: 0, kept: from.max };
  let least = { count: Math.ceil(from.min / search.max), kept: 0 };
  if (search.max === 0) least = { count: plus(from.min, 1), kept: from.min };
  else if (search.max <= put.min) least = { count: 0, kept: from.min };
  const size = addSizes(multiplySizes({ min: least.count, max: most.count }, put), {
    min: least.kept,
    max: most.kept,
  });
  return { ...readTwice([text as CostNode]), size };
};

const joined: Estimate = ([list, separator]) => {
  const { min, max: most } = sizeOf(list);
  let size = multiplySizes({ min, max: most }, list?.itemSize ?? exactly(0));
  if (separator !== undefined) {
    const between = { min: Math.max(0, min - 1), max: Math.max(0, most - 1) };
    size = addSizes(size, multiplySizes(separator.size, between));
  }
  return { cost: reading(size.max), size };
};

const split: Estimate = ([text, , limit]) => {
  const most = literalNumber(limit) ?? max(text);
  return { ...readTwice([text as CostNode]), size: { min: 0, max: most } };
};

const found: Estimate = ([text, pattern]) => ({
  cost: matching(text, pattern),
  size: { min: 0, max: max(text) },
});

function literalNumber(node: CostNode | undefined): number | undefined {
  if (node?.node.op !== "value" || typeof node.node.args !== "bigint") return undefined;
  const value = Number(node.node.args);
  return value < 0 ? LIMITLESS : value;
}

/** Making a list of a size, with so many steps for each item. */
function newList(size: SizeRange, perItem: number): CallCost {
  return { cost: plus(timesFactor(size.max, perItem), 1 + NEW_LIST), size };
}

const everyPair: Estimate = ([list]) => {
  const size = sizeOf(list);
  return newList(multiplySizes(size, size), 2);
};

const sorted: Estimate = ([list]) => {
  const size = sizeOf(list);
  const isText = list?.type.kind === "list" && formatType(list.type.items) === "string";
  return newList(multiplySizes(size, size), isText ? 2 + PER_CHARACTER : 2);
};

function contained(extra: number): Estimate {
  return ([, other]) => {
    const parsed =
      other?.type.kind === "simple" && other.type.name.startsWith("net.") ? 0 : reading(max(other));
    return { cost: plus(reading(ADDRESSES) + extra, parsed) };
  };
}

function sets(factor: number): Estimate {
  return ([left, right]) => ({
    cost: plus(timesFactor(times(max(left), max(right)), factor), 1),
  });
}

function selector([, text]: readonly CostNode[]): CallCost {
  const requirements = timesFactor(max(text), 0.5);
  return { cost: plus(NEW_LIST, plus(reading(max(text)), times(requirements, 50))) };
}

const check: Estimate = () => ({ cost: AUTHORIZER_CHECK });

/** By the name of a function, with a dot in front of those that are methods; all others cost a step. */
const ESTIMATES: ReadonlyMap<string, Estimate> = new Map<string, Estimate>([
  [".check", check],
  [".fieldSelector", selector],
  [".labelSelector", selector],
  ...["isSorted", "sum", "max", "min", "indexOf", "lastIndexOf"].map(
    (name) => [`.${name}`, overItems] as const,
  ),
  ["url", readAndKeepSize],
  ["jsonpatch.escapeKey", readAndKeepSize],
  ...["lowerAscii", "upperAscii", "substring", "trim"].map(
    (name) => [`.${name}`, readAndKeepSize] as const,
  ),
  [".replace", replaced],
  [".split", split],
  [".join", joined],
  [".find", found],
  [".findAll", found],
  ...["cidr", "isIP", "isCIDR", "ip", "quantity", "isQuantity", "semver", "isSemver"].map(
    (name) => [name, read] as const,
  ),
  ["ip.isCanonical", readTwice],
  [".containsIP", contained(0)],
  [".containsCIDR", contained(3)],
  [".validate", ([, text]) => ({ cost: timesFactor(reading(max(text)), FORMAT_PATTERN) })],
  ["string", ([value]) => textOfBytes(value)],
  [
    "bytes",
    ([value]) => {
      if (value === undefined || formatType(value.type) === "bytes") return ONE_STEP;
      const { min, max: most } = value.size;
      return { cost: reading(most), size: { min, max: times(most, 4) } };
    },
  ],
  [
    "strings.quote",
    ([text]) => {
      const { min, max: most } = sizeOf(text);
      return { cost: reading(most), size: { min: plus(min, 2), max: plus(times(most, 2), 2) } };
    },
  ],
  [".format", read],
  [".startsWith", readSecond],
  [".endsWith", readSecond],
  [".matches", ([text, pattern]) => ({ cost: matching(text, pattern) })],
  [".contains", ([text, part]) => ({ cost: times(reading(max(text)), reading(max(part))) })],
  ["sets.contains", sets(1)],
  ["sets.intersects", sets(1)],
  ["sets.equivalent", sets(2)],
  [".slice", ([list, from, to]) => newList(exactly(sliceSize(list, from, to)), 1)],
  ["lists.range", ([count]) => newList(exactly(literalNumber(count) ?? LIMITLESS), 1)],
  [".reverse", ([list]) => newList(sizeOf(list), 1)],
  [
    ".flatten",
    ([list, depth]) =>
      newList(sizeOf(list), depth === undefined ? 1 : (literalNumber(depth) ?? LIMITLESS)),
  ],
  [".distinct", everyPair],
  [".sort", sorted],
]);

function textOfBytes(value: CostNode | undefined): CallCost {
  if (value === undefined || formatType(value.type) !== "bytes") return ONE_STEP;
  const { min, max: most } = value.size;
  return { cost: reading(most), size: { min: Math.floor(min / 4), max: most } };
}

function sliceSize(
  list: CostNode | undefined,
  from: CostNode | undefined,
  to: CostNode | undefined,
): number {
  const size = (literalNumber(to) ?? max(list)) - (literalNumber(from) ?? 0);
  return size < 0 ? LIMITLESS : size;
}

/** What a call of a function adds to the cost of its parts. The receiver of a method is its first argument. */
export function callCost(name: string, args: readonly CostNode[]): CallCost {
  return ESTIMATES.get(name)?.(args) ?? ONE_STEP;
}
