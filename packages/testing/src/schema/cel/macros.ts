import type { ASTNode } from "@marcbachmann/cel-js";
import { celCompare, noOverload } from "./cel-operators.js";
import type { CelScope } from "./cel-scope.js";
import { CelBudgetError, CelError, CelMap, CelObject, CelOptional } from "./cel-value.js";
import type { CelBudget, CelValue } from "./cel-value.js";

type Evaluate = (node: ASTNode, scope: CelScope | undefined, budget: CelBudget) => CelValue;

/** A method whose arguments are evaluated for each element, or only when needed. */
export interface Macro {
  /** How many of the arguments name variables. */
  readonly variables: number;
  takes(target: CelValue): boolean;
  run(
    target: CelValue,
    args: readonly ASTNode[],
    scope: CelScope | undefined,
    budget: CelBudget,
    evaluate: Evaluate,
  ): CelValue;
}

type Step = (body: ASTNode) => CelValue;

type Loop = (
  each: readonly ((node: ASTNode) => CelValue)[],
  bodies: readonly ASTNode[],
  keys: readonly CelValue[],
  budget: CelBudget,
) => CelValue;

/** An error that a quantifier absorbs costs far more time than a step: it is made with its stack. */
const ERROR_COST = 50;

function isCollection(target: CelValue): boolean {
  return Array.isArray(target) || target instanceof CelMap || target instanceof CelObject;
}

/** Pairs of what one and two variables stand for: index and item of a list, key and value of a map. */
function pairsOf(target: CelValue): readonly (readonly [CelValue, CelValue])[] {
  if (Array.isArray(target)) return target.map((item, index) => [BigInt(index), item] as const);
  if (target instanceof CelMap) return target.entries();
  throw noOverload();
}

function loop(variables: 1 | 2, body: Loop): Macro {
  return {
    variables,
    takes: isCollection,
    run(target, args, scope, budget, evaluate) {
      const names = args.slice(0, variables).map(variableName);
      const pairs = pairsOf(target);
      const each = pairs.map(([key, value]): Step => {
        const single = Array.isArray(target) ? value : key;
        let inner: CelScope = {
          name: names[0] as string,
          value: variables === 2 ? key : single,
          outer: scope,
        };
        if (variables === 2) inner = { name: names[1] as string, value, outer: inner };
        return (node) => {
          budget.spend(1);
          return evaluate(node, inner, budget);
        };
      });
      const keys = pairs.map(([key, value]) =>
        variables === 2 ? key : Array.isArray(target) ? value : key,
      );
      return body(each, args.slice(variables), keys, budget);
    },
  };
}

function variableName(node: ASTNode): string {
  if (node.op !== "id") throw new CelError("argument must be a simple name");
  return node.args;
}

function bool(value: CelValue): boolean {
  if (typeof value !== "boolean") throw noOverload();
  return value;
}

/** An element that decides makes the errors of others not count. */
function quantifier(decisive: boolean): Loop {
  return (each, [predicate], _keys, budget) => {
    let failure: unknown;
    for (const step of each) {
      try {
        if (bool(step(predicate as ASTNode)) === decisive) return decisive;
      } catch (error) {
        if (error instanceof CelBudgetError) throw error;
        budget.spend(ERROR_COST);
        failure ??= error;
      }
    }
    if (failure !== undefined) throw failure;
    return !decisive;
  };
}

const existsOne: Loop = (each, [predicate]) =>
  each.filter((step) => bool(step(predicate as ASTNode))).length === 1;

const transformed: Loop = (each, [first, second]) => {
  if (second === undefined) return each.map((step) => step(first as ASTNode));
  return each.filter((step) => bool(step(first as ASTNode))).map((step) => step(second));
};

const filtered: Loop = (each, [predicate], keys) =>
  keys.filter((_, index) => bool((each[index] as Step)(predicate as ASTNode)));

const transformedMap: Loop = (each, bodies, keys) => {
  const map = new CelMap();
  const transform = bodies.at(-1) as ASTNode;
  for (const [index, step] of each.entries()) {
    if (bodies.length === 2 && !bool(step(bodies[0] as ASTNode))) continue;
    map.set(keys[index] as CelValue, step(transform));
  }
  return map;
};

const transformedEntries: Loop = (each, bodies) => {
  const map = new CelMap();
  const transform = bodies.at(-1) as ASTNode;
  for (const step of each) {
    if (bodies.length === 2 && !bool(step(bodies[0] as ASTNode))) continue;
    const entry = step(transform);
    if (!(entry instanceof CelMap)) throw noOverload();
    for (const [key, value] of entry.entries()) {
      if (map.has(key)) throw new CelError("insert failed: the key already exists");
      map.set(key, value);
    }
  }
  return map;
};

const sortedBy: Loop = (each, [key], items) => {
  const ranked = items.map((item, index) => ({
    item,
    rank: (each[index] as Step)(key as ASTNode),
  }));
  return ranked
    .toSorted((left, right) => celCompare(left.rank, right.rank))
    .map(({ item }) => item);
};

/** Methods of optionals that look at their argument only when needed. */
function onOptional(
  variables: 0 | 1,
  present: (
    value: CelValue,
    argument: (bound?: CelValue) => CelValue,
    target: CelOptional,
  ) => CelValue,
  absent: (argument: () => CelValue, target: CelOptional) => CelValue,
): Macro {
  return {
    variables,
    takes: (target) => target instanceof CelOptional,
    run(target, args, scope, budget, evaluate) {
      const optional = target as CelOptional;
      const body = args[variables] as ASTNode;
      const argument = (bound?: CelValue) => {
        const inner =
          bound === undefined
            ? scope
            : { name: variableName(args[0] as ASTNode), value: bound, outer: scope };
        return evaluate(body, inner, budget);
      };
      return optional.value === undefined
        ? absent(argument, optional)
        : present(optional.value, argument, optional);
    },
  };
}

/** By name and number of arguments. */
export const MACROS: ReadonlyMap<string, Macro> = new Map<string, Macro>([
  ["all/2", loop(1, quantifier(false))],
  ["exists/2", loop(1, quantifier(true))],
  ["exists_one/2", loop(1, existsOne)],
  ["map/2", loop(1, transformed)],
  ["map/3", loop(1, transformed)],
  ["filter/2", loop(1, filtered)],
  ["sortBy/2", loop(1, sortedBy)],
  ["all/3", loop(2, quantifier(false))],
  ["exists/3", loop(2, quantifier(true))],
  ["exists_one/3", loop(2, existsOne)],
  ["existsOne/3", loop(2, existsOne)],
  ["transformList/3", loop(2, transformed)],
  ["transformList/4", loop(2, transformed)],
  ["transformMap/3", loop(2, transformedMap)],
  ["transformMap/4", loop(2, transformedMap)],
  ["transformMapEntry/3", loop(2, transformedEntries)],
  ["transformMapEntry/4", loop(2, transformedEntries)],
  [
    "orValue/1",
    onOptional(
      0,
      (value) => value,
      (argument) => argument(),
    ),
  ],
  [
    "or/1",
    onOptional(
      0,
      (_value, _argument, target) => target,
      (argument) => argument(),
    ),
  ],
  [
    "optMap/2",
    onOptional(
      1,
      (value, argument) => new CelOptional(argument(value)),
      (_argument, target) => target,
    ),
  ],
  [
    "optFlatMap/2",
    onOptional(
      1,
      (value, argument) => argument(value),
      (_argument, target) => target,
    ),
  ],
]);
