import { Environment, ParseError } from "@marcbachmann/cel-js";
import type { ASTNode } from "@marcbachmann/cel-js";
import { withoutObjectLiterals } from "./object-literals.js";

/** A parsed expression. */
export interface CelExpression {
  readonly source: string;
  readonly ast: ASTNode;
  /** Where in the source each character of what was parsed stands, if that is not the source itself. */
  readonly offsets?: readonly number[];
}

/** Structures that no reviewed rule comes near; a deeper one could exhaust the stack. */
const LIMITS = { maxAstNodes: 20_000, maxDepth: 100 };

/** Parses an expression; gives the reason as a text when it is none. */
export function parseCel(source: string): CelExpression | string {
  try {
    const environment = new Environment({
      enableOptionalTypes: true,
      unlistedVariablesAreDyn: true,
      limits: LIMITS,
    });
    return { source, ast: environment.parse(source).ast };
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    return `Syntax error: ${error.summary}`;
  }
}

/** Parses an expression of a mutating policy, which may make objects: `Object{...}`, `JSONPatch{...}`. */
export function parseMutation(source: string): CelExpression | string {
  const { source: rewritten, offsets } = withoutObjectLiterals(source);
  const parsed = parseCel(rewritten);
  return typeof parsed === "string" ? parsed : { ...parsed, source, offsets };
}

/** Whether an expression uses a variable. */
export function usesVariable(node: ASTNode, name: string): boolean {
  if (node.op === "id") return node.args === name;
  const children: unknown = node.args;
  return searchIn(children, name);
}

function searchIn(part: unknown, name: string): boolean {
  if (Array.isArray(part)) return part.some((item) => searchIn(item, name));
  return isNode(part) && usesVariable(part, name);
}

function isNode(part: unknown): part is ASTNode {
  return typeof part === "object" && part !== null && "op" in part && "args" in part;
}
