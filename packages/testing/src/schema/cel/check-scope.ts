import type { ASTNode } from "@marcbachmann/cel-js";
import { DYN, WRONG, isAssignable } from "./cel-type.js";
import type { CelStaticType } from "./cel-type.js";

/** Why an expression cannot be compiled, in the words of the real server, and where. */
export interface CelCheckProblem {
  readonly message: string;
  /** Characters from the start of the expression. */
  readonly offset: number;
}

/** What an expression is checked with. */
export interface CelTypeScope {
  readonly variables: ReadonlyMap<string, CelStaticType>;
  readonly problems: CelCheckProblem[];
  /** The types of all parts, as they are found. */
  readonly types: Map<ASTNode, CelStaticType>;
}

/** Notes a problem. What comes of the wrong part may be anything: one mistake is told once. */
export function problem(scope: CelTypeScope, message: string, offset: number): CelStaticType {
  scope.problems.push({ message, offset });
  return WRONG;
}

/** An optional of a type; an optional stays as it is. */
export function optionalOf(value: CelStaticType): CelStaticType {
  return value.kind === "optional" ? value : { kind: "optional", value };
}

/** The type of values that may have any of some types. */
export function joined(types: readonly CelStaticType[]): CelStaticType {
  const [first, ...rest] = types;
  if (first === undefined) return DYN;
  const isSame = rest.every((type) => isAssignable(first, type, new Map()) && type.kind !== "dyn");
  return isSame ? first : DYN;
}

/** Where an expression is said to be: at the dot, the bracket or the operator. */
export function offsetOf(node: ASTNode): number {
  switch (node.op) {
    case ".":
      return node.args[0].end + leadingSpace(node.input, node.args[0].end);
    case "call":
    case "rcall":
      return openingBracket(node);
    case "value":
    case "id":
    case "list":
    case "map":
    case "!_":
    case "-_":
      return node.start;
    default: {
      const left = (node.args as readonly unknown[])[0] as ASTNode;
      return left.end + leadingSpace(node.input, left.end);
    }
  }
}

function leadingSpace(input: string, from: number): number {
  return /^[\s)]*/.exec(input.slice(from))?.[0].length ?? 0;
}

/** Where the arguments of a call begin. */
export function openingBracket(node: ASTNode): number {
  const from = node.op === "rcall" ? node.args[1].end : node.start;
  return node.input.indexOf("(", from);
}
