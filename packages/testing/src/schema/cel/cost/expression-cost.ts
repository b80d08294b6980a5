import type { ASTNode } from "@marcbachmann/cel-js";
import type { CompiledSchema } from "../../compiled-schema.js";
import type { CelStaticType } from "../cel-type.js";
import { MACROS } from "../macros.js";
import { callCost } from "./call-cost.js";
import { CostScope, eitherEntries, isNegativeNumber } from "./cost-scope.js";
import { macroCost } from "./macro-cost.js";
import { operatorCost } from "./operator-cost.js";
import { eitherSize, exactly, plus } from "./size-range.js";
import type { SizeRange } from "./size-range.js";
import { ValuePath } from "./value-path.js";

const NEW_LIST = 10;
const NEW_MAP = 30;
const VARIABLES = new Set(["self", "oldSelf"]);

/**
 * The most that an expression about values of a schema can cost, in steps.
 *
 * @param types the types of the parts of the expression.
 */
export function expressionCost(
  node: ASTNode,
  types: ReadonlyMap<ASTNode, CelStaticType>,
  schema: CompiledSchema,
): number {
  return costOf(node, new CostScope(schema, types));
}

function costOf(node: ASTNode, scope: CostScope): number {
  switch (node.op) {
    case "value":
      return 0;
    case "id":
      scope.setPath(node, scope.local(node.args)?.path ?? ValuePath.of(node.args));
      return 1;
    case ".":
      return selectCost(node, scope);
    case ".?":
      return keepSize(node, plus(1, costOf(node.args[0], scope)), undefined, scope);
    case "[]":
    case "[?]":
      return indexCost(node, scope);
    case "list":
      return listCost(node, scope);
    case "map":
      return mapCost(node, scope);
    case "?:":
      return choiceCost(node, scope);
    case "||":
    case "&&":
      return sumOf(node.args, scope);
    case "!_":
      return plus(1, costOf(node.args, scope));
    case "-_":
      return isNegativeNumber(node) ? 0 : plus(1, costOf(node.args, scope));
    case "call":
      return functionCost(node, scope);
    case "rcall":
      return methodCost(node, scope);
    default: {
      const [left, right] = node.args;
      const costs = [left, right].map((part) => ({
        cost: costOf(part, scope),
        part: scope.describe(part),
      }));
      const [first, second] = costs as [(typeof costs)[number], (typeof costs)[number]];
      const own = operatorCost(node.op, first.part, second.part);
      if (node.op === "+") {
        scope.setEntries(node, eitherEntries(scope.entriesOf(left), scope.entriesOf(right)));
      }
      return keepSize(node, plus(own.cost, plus(first.cost, second.cost)), own.size, scope);
    }
  }
}

function sumOf(nodes: readonly ASTNode[], scope: CostScope): number {
  return nodes.reduce((sum, node) => plus(sum, costOf(node, scope)), 0);
}

/** The size of a call counts from when it is estimated: later parts may change the path that it comes from. */
function keepSize(
  node: ASTNode,
  cost: number,
  size: SizeRange | undefined,
  scope: CostScope,
): number {
  scope.setSize(node, size ?? scope.sizeOf(node));
  return cost;
}

function selectCost(node: Extract<ASTNode, { op: "." }>, scope: CostScope): number {
  const [target, name] = node.args;
  const cost = costOf(target, scope);
  const { kind } = scope.typeOf(target);
  scope.setPath(node, scope.pathOf(target).with(name));
  return kind === "map" || kind === "object" || kind === "fields" ? plus(cost, 1) : cost;
}

function indexCost(node: Extract<ASTNode, { op: "[]" | "[?]" }>, scope: CostScope): number {
  const [target, key] = node.args;
  const cost = plus(1, sumOf([target, key], scope));
  const { kind } = scope.typeOf(target);
  if (node.op === "[?]" || kind === "optional") return keepSize(node, cost, undefined, scope);
  scope.setPath(node, scope.pathOf(target).with(kind === "list" ? "@items" : "@values"));
  return keepSize(node, cost, scope.entriesOf(target)?.value, scope);
}

function listCost(node: Extract<ASTNode, { op: "list" }>, scope: CostScope): number {
  let cost = NEW_LIST;
  let size: SizeRange | undefined;
  for (const item of node.args) {
    cost = plus(cost, costOf(item, scope));
    size = joinSizes(size, scope.sizeOrUnknown(item));
  }
  scope.setEntries(node, { isList: true, key: exactly(1), value: size ?? exactly(0) });
  return cost;
}

function mapCost(node: Extract<ASTNode, { op: "map" }>, scope: CostScope): number {
  let cost = NEW_MAP;
  let keys: SizeRange | undefined;
  let values: SizeRange | undefined;
  for (const [key, value] of node.args) {
    cost = plus(cost, sumOf([key, value], scope));
    keys = joinSizes(keys, scope.sizeOrUnknown(key));
    values = joinSizes(values, scope.sizeOrUnknown(value));
  }
  const entries = { isList: false, key: keys ?? exactly(0), value: values ?? exactly(0) };
  scope.setEntries(node, entries);
  return cost;
}

function joinSizes(known: SizeRange | undefined, size: SizeRange): SizeRange {
  return known === undefined ? size : eitherSize(known, size);
}

function choiceCost(node: Extract<ASTNode, { op: "?:" }>, scope: CostScope): number {
  const [condition, first, second] = node.args;
  const asking = costOf(condition, scope);
  const firstCost = costOf(first, scope);
  const firstSize = scope.sizeOrUnknown(first);
  const secondCost = costOf(second, scope);
  scope.setSize(node, eitherSize(firstSize, scope.sizeOrUnknown(second)));
  scope.setEntries(node, eitherEntries(scope.entriesOf(first), scope.entriesOf(second)));
  return plus(asking, Math.max(firstCost, secondCost));
}

function functionCost(node: Extract<ASTNode, { op: "call" }>, scope: CostScope): number {
  const [name, args] = node.args;
  const [first] = args;
  // Whether a field is there costs what it takes to reach the object that should have it.
  if (name === "has" && first?.op === ".") return costOf(first.args[0], scope);
  if (name === "dyn" && first !== undefined) {
    const cost = plus(1, costOf(first, scope));
    scope.setSize(node, scope.sizeOf(first));
    scope.setEntries(node, scope.entriesOf(first));
    return cost;
  }
  return calledCost(node, name, args, scope);
}

function methodCost(node: Extract<ASTNode, { op: "rcall" }>, scope: CostScope): number {
  const [name, target, args] = node.args;
  const isNamespace =
    target.op === "id" && scope.local(target.args) === undefined && !VARIABLES.has(target.args);
  if (isNamespace) return calledCost(node, `${target.args}.${name}`, args, scope);
  const macro = MACROS.get(`${name}/${args.length}`);
  if (macro !== undefined) return macroCost(node, macro.variables, scope, costOf);
  return calledCost(node, `.${name}`, [target, ...args], scope);
}

function calledCost(
  node: ASTNode,
  name: string,
  args: readonly ASTNode[],
  scope: CostScope,
): number {
  let cost = 0;
  const parts = args.map((part) => {
    cost = plus(cost, costOf(part, scope));
    return scope.describe(part);
  });
  const own = callCost(name, parts);
  return keepSize(node, plus(cost, own.cost), own.size, scope);
}
