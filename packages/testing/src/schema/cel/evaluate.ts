import type { ASTNode } from "@marcbachmann/cel-js";
import { AUTHORIZER_LIBRARY, requestResource } from "./authorizer-library.js";
import { celArithmetic, noOverload } from "./cel-operators.js";
import { costOf, evaluateBinary } from "./evaluate-binary.js";
import { findVariable } from "./cel-scope.js";
import type { CelScope } from "./cel-scope.js";
import { CORE_LIBRARY } from "./core-library.js";
import { fieldValue } from "./from-json.js";
import { KUBERNETES_LIBRARY } from "./kubernetes-library.js";
import { LIST_LIBRARY } from "./list-library.js";
import { MACROS } from "./macros.js";
import { MUTATION_LIBRARY } from "./mutation-library.js";
import { STRING_LIBRARY } from "./string-library.js";
import {
  CelBudgetError,
  CelError,
  CelMap,
  CelObject,
  CelOpaque,
  CelOptional,
  CelType,
  CelUint,
} from "./cel-value.js";
import type { CelBudget, CelValue } from "./cel-value.js";
import type { CelFunction } from "./cel-function.js";

const FUNCTIONS: ReadonlyMap<string, CelFunction> = new Map(
  [
    CORE_LIBRARY,
    STRING_LIBRARY,
    LIST_LIBRARY,
    KUBERNETES_LIBRARY,
    AUTHORIZER_LIBRARY,
    MUTATION_LIBRARY,
  ].flatMap((library) => Object.entries(library)),
);

const TYPE_NAMES = new Set([
  "int",
  "uint",
  "double",
  "string",
  "bool",
  "bytes",
  "list",
  "map",
  "type",
  "null_type",
]);

/**
 * The value of an expression.
 *
 * @throws CelError when it has none, CelBudgetError when it takes too many steps.
 */
export function evaluate(node: ASTNode, scope: CelScope | undefined, budget: CelBudget): CelValue {
  budget.spend(1);
  switch (node.op) {
    case "value":
      return literal(node.args);
    case "id":
      return variable(node.args, scope);
    case ".":
      return select(evaluate(node.args[0], scope, budget), node.args[1]);
    case ".?":
      return optionalSelect(evaluate(node.args[0], scope, budget), node.args[1]);
    case "[]":
      return index(evaluate(node.args[0], scope, budget), evaluate(node.args[1], scope, budget));
    case "[?]":
      return optionalIndex(
        evaluate(node.args[0], scope, budget),
        evaluate(node.args[1], scope, budget),
      );
    case "list":
      return node.args.map((item) => evaluate(item, scope, budget));
    case "map": {
      const map = new CelMap();
      for (const [key, value] of node.args) {
        map.set(evaluate(key, scope, budget), evaluate(value, scope, budget));
      }
      return map;
    }
    case "?:":
      return truth(evaluate(node.args[0], scope, budget))
        ? evaluate(node.args[1], scope, budget)
        : evaluate(node.args[2], scope, budget);
    case "||":
      return either(node.args, true, scope, budget);
    case "&&":
      return either(node.args, false, scope, budget);
    case "!_":
      return !truth(evaluate(node.args, scope, budget));
    case "-_":
      return negate(evaluate(node.args, scope, budget));
    case "call":
      return callFunction(node.args[0], node.args[1], scope, budget);
    case "rcall":
      return callMethod(node.args[0], node.args[1], node.args[2], scope, budget);
    default: {
      const left = evaluate(node.args[0], scope, budget);
      return evaluateBinary(node.op, left, evaluate(node.args[1], scope, budget), budget);
    }
  }
}

function literal(value: Extract<ASTNode, { op: "value" }>["args"]): CelValue {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  return new CelUint(BigInt(String(value.valueOf())));
}

function variable(name: string, scope: CelScope | undefined): CelValue {
  const value = findVariable(scope, name);
  if (value !== undefined) return value;
  if (TYPE_NAMES.has(name)) return new CelType(name);
  throw new CelError(`undeclared reference to '${name}' (in container '')`);
}

/** @throws CelError when the value is no bool. */
export function truth(value: CelValue): boolean {
  if (typeof value !== "boolean") throw noOverload();
  return value;
}

/** `||` and `&&`: one side that decides makes an error of the other not count. */
function either(
  sides: readonly [ASTNode, ASTNode],
  decisive: boolean,
  scope: CelScope | undefined,
  budget: CelBudget,
): boolean {
  let failure: unknown;
  for (const side of sides) {
    try {
      if (truth(evaluate(side, scope, budget)) === decisive) return decisive;
    } catch (error) {
      if (error instanceof CelBudgetError) throw error;
      failure ??= error;
    }
  }
  if (failure !== undefined) throw failure;
  return !decisive;
}

function negate(value: CelValue): CelValue {
  if (typeof value === "number") return -value;
  if (typeof value === "bigint") return celArithmetic("-", 0n, value);
  throw noOverload();
}

/** The value of a field; undefined when it is absent. */
export function findField(target: CelValue, name: string): CelValue | undefined {
  if (target instanceof CelObject) return fieldValue(target, name);
  if (target instanceof CelMap) return target.get(name);
  if (target instanceof CelOpaque && name === "requestResource") return requestResource(target);
  throw noOverload();
}

function select(target: CelValue, name: string): CelValue {
  if (target instanceof CelOptional) return optionalSelect(target, name);
  const value = findField(target, name);
  if (value === undefined) throw new CelError(`no such key: ${name}`);
  return value;
}

function optionalSelect(target: CelValue, name: string): CelOptional {
  if (!(target instanceof CelOptional)) return new CelOptional(findField(target, name));
  return target.value === undefined ? target : new CelOptional(findField(target.value, name));
}

function findIndex(target: CelValue, key: CelValue): CelValue | undefined {
  if (target instanceof CelMap) return target.get(key);
  if (target instanceof CelObject && typeof key === "string") return fieldValue(target, key);
  if (!Array.isArray(target)) throw noOverload();
  const position = key instanceof CelUint ? key.value : key;
  if (typeof position !== "bigint" && typeof position !== "number") throw noOverload();
  return target[Number(position)];
}

function index(target: CelValue, key: CelValue): CelValue {
  if (target instanceof CelOptional) return optionalIndex(target, key);
  const value = findIndex(target, key);
  if (value !== undefined) return value;
  const shown = showKey(key);
  throw new CelError(
    Array.isArray(target) ? `index out of bounds: ${shown}` : `no such key: ${shown}`,
  );
}

function showKey(key: CelValue): string {
  if (key instanceof CelUint) return String(key.value);
  return typeof key === "object" ? "" : String(key);
}

function optionalIndex(target: CelValue, key: CelValue): CelOptional {
  if (!(target instanceof CelOptional)) return new CelOptional(findIndex(target, key));
  return target.value === undefined ? target : new CelOptional(findIndex(target.value, key));
}

function callFunction(
  name: string,
  argNodes: readonly ASTNode[],
  scope: CelScope | undefined,
  budget: CelBudget,
): CelValue {
  if (name === "has") return hasField(argNodes[0], scope, budget);
  const implementation = FUNCTIONS.get(name);
  if (implementation === undefined) {
    throw new CelError(`undeclared reference to '${name}' (in container '')`);
  }
  return run(
    implementation,
    argNodes.map((argument) => evaluate(argument, scope, budget)),
    budget,
  );
}

function hasField(
  node: ASTNode | undefined,
  scope: CelScope | undefined,
  budget: CelBudget,
): boolean {
  if (node?.op !== "." && node?.op !== ".?") throw new CelError("invalid argument to has() macro");
  const target = evaluate(node.args[0], scope, budget);
  if (target instanceof CelOptional) {
    return target.value !== undefined && findField(target.value, node.args[1]) !== undefined;
  }
  return findField(target, node.args[1]) !== undefined;
}

function callMethod(
  name: string,
  receiver: ASTNode,
  argNodes: readonly ASTNode[],
  scope: CelScope | undefined,
  budget: CelBudget,
): CelValue {
  const namespaced = namespacedFunction(name, receiver, scope);
  if (namespaced !== undefined) {
    return run(
      namespaced,
      argNodes.map((argument) => evaluate(argument, scope, budget)),
      budget,
    );
  }
  const target = evaluate(receiver, scope, budget);
  const macro = MACROS.get(`${name}/${argNodes.length}`);
  if (macro !== undefined && macro.takes(target)) {
    return macro.run(target, argNodes, scope, budget, evaluate);
  }
  const implementation = FUNCTIONS.get(`.${name}`);
  if (implementation === undefined) {
    throw new CelError(`undeclared reference to '${name}' (in container '')`);
  }
  const args = argNodes.map((argument) => evaluate(argument, scope, budget));
  return run(implementation, [target, ...args], budget);
}

function namespacedFunction(
  name: string,
  receiver: ASTNode,
  scope: CelScope | undefined,
): CelFunction | undefined {
  if (receiver.op !== "id" || findVariable(scope, receiver.args) !== undefined) return undefined;
  return FUNCTIONS.get(`${receiver.args}.${name}`);
}

function run(implementation: CelFunction, args: readonly CelValue[], budget: CelBudget): CelValue {
  for (const argument of args) budget.spend(costOf(argument));
  return implementation(args, { budget });
}
