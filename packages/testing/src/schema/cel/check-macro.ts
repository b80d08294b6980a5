import type { ASTNode } from "@marcbachmann/cel-js";
import { BOOL, DYN, INT, formatType, isAssignable } from "./cel-type.js";
import type { CelStaticType } from "./cel-type.js";
import { joined, offsetOf, optionalOf, problem } from "./check-scope.js";
import type { CelTypeScope } from "./check-scope.js";

/** Checks a part of an expression. */
export type CheckNode = (node: ASTNode, scope: CelTypeScope) => CelStaticType;

/** Notes a problem unless an expression is a bool. */
export function expectBool(node: ASTNode, scope: CelTypeScope, check: CheckNode): void {
  const type = check(node, scope);
  if (!isAssignable(BOOL, type, new Map())) {
    problem(scope, `expected type 'bool' but found '${formatType(type)}'`, offsetOf(node));
  }
}

/** The type of a macro: a method whose arguments are evaluated for each element, or only when needed. */
export function checkMacro(
  name: string,
  target: CelStaticType,
  args: readonly ASTNode[],
  variables: number,
  node: ASTNode,
  scope: CelTypeScope,
  check: CheckNode,
): CelStaticType {
  const names = args.slice(0, variables).map((argument) => {
    if (argument.op === "id") return argument.args;
    problem(scope, "argument must be a simple name", argument.start);
    return "";
  });
  const bound = new Map(scope.variables);
  const inner: CelTypeScope = { ...scope, variables: bound };
  if (name.startsWith("o"))
    return optionalMacroType(name, target, args, names, bound, inner, check);
  const [first, second] = elementTypes(target, node, scope);
  const isSingle = variables === 1;
  bound.set(names[0] as string, isSingle && target.kind === "list" ? second : first);
  if (!isSingle) bound.set(names[1] as string, second);
  const bodies = args.slice(variables);
  const body = bodies.at(-1) as ASTNode;
  if (bodies.length === 2) expectBool(bodies[0] as ASTNode, inner, check);
  switch (name) {
    case "map":
    case "transformList":
      return { kind: "list", items: check(body, inner) };
    case "transformMap":
      return { kind: "map", keys: first, values: check(body, inner) };
    case "transformMapEntry":
      return check(body, inner);
    case "sortBy":
      check(body, inner);
      return target;
    case "filter":
      expectBool(body, inner, check);
      return target.kind === "map" ? { kind: "list", items: target.keys } : target;
    default:
      expectBool(body, inner, check);
      return BOOL;
  }
}

function optionalMacroType(
  name: string,
  target: CelStaticType,
  args: readonly ASTNode[],
  names: readonly string[],
  bound: Map<string, CelStaticType>,
  inner: CelTypeScope,
  check: CheckNode,
): CelStaticType {
  const value = target.kind === "optional" ? target.value : DYN;
  if (names[0] !== undefined) bound.set(names[0], value);
  const body = check(args.at(-1) as ASTNode, inner);
  if (name === "optMap") return optionalOf(body);
  if (name === "optFlatMap") return body;
  return name === "or" ? target : joined([value, body]);
}

function elementTypes(
  target: CelStaticType,
  node: ASTNode,
  scope: CelTypeScope,
): readonly [CelStaticType, CelStaticType] {
  switch (target.kind) {
    case "list":
      return [INT, target.items];
    case "map":
      return [target.keys, target.values];
    case "dyn":
    case "parameter":
      return [DYN, DYN];
    default: {
      const receiver = node.op === "rcall" ? node.args[1] : node;
      problem(
        scope,
        `expression of type '${formatType(target)}' cannot be range of a comprehension (must be list, map, or dynamic)`,
        offsetOf(receiver),
      );
      return [DYN, DYN];
    }
  }
}
