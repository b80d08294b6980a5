import type { ASTNode } from "@marcbachmann/cel-js";
import { formatType } from "../cel-type.js";
import { isScalar } from "./cost-node.js";
import type { CostScope } from "./cost-scope.js";
import {
  PER_CHARACTER,
  UNKNOWN_SIZE,
  eitherSize,
  exactly,
  multiplySizes,
  plus,
  times,
  timesFactor,
} from "./size-range.js";
import { ValuePath } from "./value-path.js";

export type CostOf = (node: ASTNode, scope: CostScope) => number;

type Call = Extract<ASTNode, { op: "rcall" }>;

/** What a loop costs besides its body: at its start, for each element, and with each element that is taken. */
interface LoopCost {
  readonly start: number;
  readonly each: number;
  readonly taken: number;
  readonly end: number;
  readonly makes: "scalar" | "list" | "map";
}

const NEW_LIST = 10;
const NEW_MAP = 30;
const LOOPS: Readonly<Record<string, LoopCost>> = {
  all: { start: 0, each: 3, taken: 0, end: 1, makes: "scalar" },
  exists: { start: 0, each: 4, taken: 0, end: 1, makes: "scalar" },
  exists_one: { start: 0, each: 0, taken: 2, end: 2, makes: "scalar" },
  existsOne: { start: 0, each: 0, taken: 2, end: 2, makes: "scalar" },
  map: { start: NEW_LIST, each: 0, taken: 2 + NEW_LIST, end: 1, makes: "list" },
  filter: { start: NEW_LIST, each: 0, taken: 3 + NEW_LIST, end: 1, makes: "list" },
  transformList: { start: NEW_LIST, each: 0, taken: 2 + NEW_LIST, end: 1, makes: "list" },
  transformMap: { start: NEW_MAP, each: 0, taken: 3, end: 1, makes: "map" },
  transformMapEntry: { start: NEW_MAP, each: 0, taken: 2, end: 1, makes: "map" },
};

/** What a macro costs, which is what the loop or the choice that it stands for costs. */
export function macroCost(node: Call, variables: number, scope: CostScope, costOf: CostOf): number {
  const [name, target, args] = node.args;
  const loop = LOOPS[name];
  if (loop !== undefined) return loopCost(node, loop, variables, scope, costOf);
  switch (name) {
    case "optMap":
    case "optFlatMap":
      return optionalCost(node, name === "optMap" ? 1 : 0, scope, costOf);
    case "sortBy":
      return sortCost(node, scope, costOf);
    default:
      return [...args, target].reduce((sum, part) => plus(sum, costOf(part, scope)), 1);
  }
}

function loopCost(
  node: Call,
  loop: LoopCost,
  variables: number,
  scope: CostScope,
  costOf: CostOf,
): number {
  const [name, range, args] = node.args;
  const before = costOf(range, scope) + loop.start;
  const names = args.slice(0, variables).map((part) => (part.op === "id" ? part.args : ""));
  pushElements(range, names, scope);
  const bodies = args.slice(variables);
  let each = loop.each;
  for (const body of bodies) each = plus(each, costOf(body, scope));
  const made = name === "filter" ? args[0] : bodies.at(-1);
  if (loop.makes === "list" && name !== "sortBy" && made !== undefined) {
    const value = eitherSize(exactly(0), scope.sizeOrUnknown(made));
    scope.setEntries(node, { isList: true, key: exactly(1), value });
  }
  for (const variable of names) scope.pop(variable);
  const count = scope.sizeOrUnknown(range);
  scope.setSize(node, loop.makes === "scalar" ? exactly(1) : count);
  return plus(before + loop.end, times(count.max, plus(each, loop.taken)));
}

function pushElements(range: ASTNode, names: readonly string[], scope: CostScope): void {
  const entries = scope.entriesOf(range);
  const isList = entries?.isList ?? scope.typeOf(range).kind === "list";
  const path = scope.pathOf(range);
  const [first = "", second] = names;
  const value = () => path.with(isList ? "@items" : "@values");
  if (second === undefined) {
    if (isList) scope.push(first, value(), entries?.value);
    else scope.push(first, path.with("@keys"), entries?.key);
    return;
  }
  scope.push(first, path.with(isList ? "@indices" : "@keys"), entries?.key);
  scope.push(second, value(), entries?.value);
}

/** `target.hasValue() ? optional.of(body with target.value()) : optional.none()` */
function optionalCost(node: Call, wrapping: number, scope: CostScope, costOf: CostOf): number {
  const [, target, [variable, body]] = node.args;
  const asking = plus(1, costOf(target, scope));
  const binding = plus(NEW_LIST, asking);
  const name = variable?.op === "id" ? variable.args : "";
  const isKnown = isScalar(scope.typeOf(target));
  scope.push(name, ValuePath.none, isKnown ? exactly(1) : undefined);
  const inner = body === undefined ? 0 : costOf(body, scope);
  scope.pop(name);
  scope.setSize(node, UNKNOWN_SIZE);
  return plus(asking, Math.max(1, plus(plus(binding, inner), wrapping)));
}

/** The list is bound, its keys are made by a loop, and the items are sorted by them: each is compared with each. */
function sortCost(node: Call, scope: CostScope, costOf: CostOf): number {
  const [, target, [, key]] = node.args;
  const mapping = loopCost(node, LOOPS["map"] as LoopCost, 1, scope, costOf);
  const count = scope.sizeOrUnknown(target);
  const isText = key !== undefined && formatType(scope.typeOf(key)) === "string";
  const size = multiplySizes(count, count);
  scope.setSize(node, size);
  const sorting = timesFactor(size.max, isText ? 2 + PER_CHARACTER : 2);
  return plus(plus(mapping, sorting), 2 * NEW_LIST + 3);
}
