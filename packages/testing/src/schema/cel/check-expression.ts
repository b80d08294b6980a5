import type { ASTNode } from "@marcbachmann/cel-js";
import { compilePattern } from "../pattern.js";
import {
  BOOL,
  DYN,
  INT,
  formatType,
  isAssignable,
  simple,
  substitute,
  typeOfSchema,
} from "./cel-type.js";
import type { CelStaticType } from "./cel-type.js";
import { parseDuration, parseTimestamp } from "./cel-time.js";
import { fieldSchema } from "./from-json.js";
import { MACROS } from "./macros.js";
import { SIGNATURES } from "./signatures.js";

/** Why an expression cannot be compiled, in the words of the real server, and where. */
export interface CelCheckProblem {
  readonly message: string;
  /** Characters from the start of the expression. */
  readonly offset: number;
}

/** What an expression is checked with. */
interface CelTypeScope {
  readonly variables: ReadonlyMap<string, CelStaticType>;
  readonly problems: CelCheckProblem[];
}

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

/** The type of an expression, and what is wrong with it, in the order of the places. */
export function checkExpression(
  node: ASTNode,
  variables: ReadonlyMap<string, CelStaticType>,
): { readonly type: CelStaticType; readonly problems: readonly CelCheckProblem[] } {
  const problems: CelCheckProblem[] = [];
  const type = typeOf(node, { variables, problems });
  return { type, problems: problems.toSorted((left, right) => left.offset - right.offset) };
}

/** Notes a problem. What comes of the wrong part may be anything: one mistake is told once. */
function problem(scope: CelTypeScope, message: string, offset: number): CelStaticType {
  scope.problems.push({ message, offset });
  return DYN;
}

function typeOf(node: ASTNode, scope: CelTypeScope): CelStaticType {
  switch (node.op) {
    case "value":
      return literalType(node.args);
    case "id":
      return identifierType(node, node.args, scope);
    case ".":
      return selectType(node, typeOf(node.args[0], scope), node.args[1], scope);
    case ".?": {
      const target = typeOf(node.args[0], scope);
      const inner = target.kind === "optional" ? target.value : target;
      const value = selectType(node, inner, node.args[1], scope);
      return optionalOf(value);
    }
    case "[]":
      return indexType(node, scope);
    case "[?]":
      return optionalOf(indexType(node, scope));
    case "list":
      return { kind: "list", items: joined(node.args.map((item) => typeOf(item, scope))) };
    case "map":
      return {
        kind: "map",
        keys: joined(node.args.map(([key]) => typeOf(key, scope))),
        values: joined(node.args.map(([, value]) => typeOf(value, scope))),
      };
    case "?:":
      expectBool(node.args[0], scope);
      return joined([typeOf(node.args[1], scope), typeOf(node.args[2], scope)]);
    case "||":
    case "&&":
      expectBool(node.args[0], scope);
      expectBool(node.args[1], scope);
      return BOOL;
    case "!_":
      expectBool(node.args, scope);
      return BOOL;
    case "-_":
      return resolve(scope, "-_", [typeOf(node.args, scope)], node.start, "-_", false);
    case "call":
      return callType(node.args[0], node.args[1], node, scope);
    case "rcall":
      return methodType(node, node.args[0], node.args[1], node.args[2], scope);
    default:
      return binaryType(node, scope);
  }
}

function literalType(value: unknown): CelStaticType {
  if (value === null) return simple("null");
  if (value instanceof Uint8Array) return simple("bytes");
  switch (typeof value) {
    case "bigint":
      return INT;
    case "number":
      return simple("double");
    case "boolean":
      return BOOL;
    case "string":
      return simple("string");
    default:
      return simple("uint");
  }
}

function optionalOf(value: CelStaticType): CelStaticType {
  return value.kind === "optional" ? value : { kind: "optional", value };
}

/** The type of values that may have any of some types. */
function joined(types: readonly CelStaticType[]): CelStaticType {
  const [first, ...rest] = types;
  if (first === undefined) return DYN;
  const isSame = rest.every((type) => isAssignable(first, type, new Map()) && type.kind !== "dyn");
  return isSame ? first : DYN;
}

function undeclared(scope: CelTypeScope, name: string, offset: number): CelStaticType {
  return problem(scope, `undeclared reference to '${name}' (in container '')`, offset);
}

function identifierType(node: ASTNode, name: string, scope: CelTypeScope): CelStaticType {
  const type = scope.variables.get(name);
  if (type !== undefined) return type;
  if (TYPE_NAMES.has(name)) return simple("type");
  return undeclared(scope, name, node.start);
}

/** Where an expression is said to be: at the dot, the bracket or the operator. */
function offsetOf(node: ASTNode): number {
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

function openingBracket(node: ASTNode): number {
  const from = node.op === "rcall" ? node.args[1].end : node.start;
  return node.input.indexOf("(", from);
}

function selectType(
  node: ASTNode,
  target: CelStaticType,
  name: string,
  scope: CelTypeScope,
): CelStaticType {
  switch (target.kind) {
    case "dyn":
    case "parameter":
      return DYN;
    case "map":
      return target.values;
    case "optional":
      return optionalOf(selectType(node, target.value, name, scope));
    case "object": {
      const field = fieldSchema(target.schema, name);
      if (field === undefined) {
        return problem(scope, `undefined field '${name}'`, offsetOf(node));
      }
      return typeOfSchema(field.schema);
    }
    default:
      return problem(
        scope,
        `type '${formatType(target)}' does not support field selection`,
        offsetOf(node),
      );
  }
}

function indexType(
  node: Extract<ASTNode, { op: "[]" | "[?]" }>,
  scope: CelTypeScope,
): CelStaticType {
  const declared = typeOf(node.args[0], scope);
  const target = declared.kind === "optional" ? declared.value : declared;
  const key = typeOf(node.args[1], scope);
  const isRight =
    target.kind === "dyn" ||
    target.kind === "parameter" ||
    (target.kind === "list" && isAssignable(INT, key, new Map())) ||
    (target.kind === "map" && isAssignable(target.keys, key, new Map()));
  if (!isRight) return noOverload(scope, "_[_]", [target, key], offsetOf(node), false);
  if (target.kind === "list") return target.items;
  return target.kind === "map" ? target.values : DYN;
}

function expectBool(node: ASTNode, scope: CelTypeScope): void {
  const type = typeOf(node, scope);
  if (!isAssignable(BOOL, type, new Map())) {
    problem(scope, `expected type 'bool' but found '${formatType(type)}'`, offsetOf(node));
  }
}

function noOverload(
  scope: CelTypeScope,
  name: string,
  args: readonly CelStaticType[],
  offset: number,
  isMethod: boolean,
): CelStaticType {
  const texts = args.map(formatType);
  const shown = isMethod ? `${texts[0]}.(${texts.slice(1).join(", ")})` : `(${texts.join(", ")})`;
  return problem(scope, `found no matching overload for '${name}' applied to '${shown}'`, offset);
}

function resolve(
  scope: CelTypeScope,
  key: string,
  args: readonly CelStaticType[],
  offset: number,
  name: string,
  isMethod: boolean,
): CelStaticType {
  const results: CelStaticType[] = [];
  for (const signature of SIGNATURES.get(key) ?? []) {
    const bindings = new Map<string, CelStaticType>();
    const fits =
      signature.args.length === args.length &&
      signature.args.every((wanted, index) =>
        isAssignable(wanted, args[index] as CelStaticType, bindings),
      );
    if (fits) results.push(substitute(signature.result, bindings));
  }
  if (results.length === 0) return noOverload(scope, name, args, offset, isMethod);
  return joined(results);
}

const ORDERED = new Set([
  "int",
  "uint",
  "double",
  "string",
  "bool",
  "bytes",
  "timestamp",
  "duration",
]);
const NUMBERS = new Set(["int", "uint", "double"]);

function binaryType(
  node: Exclude<
    ASTNode,
    {
      op:
        | "value"
        | "id"
        | "."
        | ".?"
        | "[]"
        | "[?]"
        | "call"
        | "rcall"
        | "list"
        | "map"
        | "?:"
        | "||"
        | "&&"
        | "!_"
        | "-_";
    }
  >,
  scope: CelTypeScope,
): CelStaticType {
  const left = typeOf(node.args[0], scope);
  const right = typeOf(node.args[1], scope);
  const name = node.op === "in" ? "@in" : `_${node.op}_`;
  const fail = () => noOverload(scope, name, [left, right], offsetOf(node), false);
  switch (node.op) {
    case "==":
    case "!=":
      if (!isAssignable(left, right, new Map()) && !isAssignable(right, left, new Map())) {
        return fail();
      }
      return BOOL;
    case "<":
    case "<=":
    case ">":
    case ">=":
      if (!isOrdered(left, right)) return fail();
      return BOOL;
    case "in": {
      const isRight =
        right.kind === "dyn" ||
        (right.kind === "list" && isAssignable(right.items, left, new Map())) ||
        (right.kind === "map" && isAssignable(right.keys, left, new Map()));
      if (!isRight) return fail();
      return BOOL;
    }
    default:
      return resolve(scope, name, [left, right], offsetOf(node), name, false);
  }
}

function isOrdered(left: CelStaticType, right: CelStaticType): boolean {
  if (left.kind === "dyn" || right.kind === "dyn") return true;
  if (left.kind === "parameter" || right.kind === "parameter") return true;
  if (left.kind !== "simple" || right.kind !== "simple") return false;
  if (NUMBERS.has(left.name) && NUMBERS.has(right.name)) return true;
  return left.name === right.name && ORDERED.has(left.name);
}

function callType(
  name: string,
  args: readonly ASTNode[],
  node: ASTNode,
  scope: CelTypeScope,
): CelStaticType {
  const offset = openingBracket(node);
  if (name === "has") {
    const [field] = args;
    if (args.length !== 1 || (field?.op !== "." && field?.op !== ".?")) {
      return problem(scope, "invalid argument to has() macro", field?.start ?? offset);
    }
    typeOf(field, scope);
    return BOOL;
  }
  const types = args.map((argument) => typeOf(argument, scope));
  if (!SIGNATURES.has(name)) return undeclared(scope, name, offset);
  checkConstants(name, args, scope);
  return resolve(scope, name, types, offset, name, false);
}

function methodType(
  node: ASTNode,
  name: string,
  receiver: ASTNode,
  args: readonly ASTNode[],
  scope: CelTypeScope,
): CelStaticType {
  const offset = openingBracket(node);
  if (receiver.op === "id" && !scope.variables.has(receiver.args)) {
    const key = `${receiver.args}.${name}`;
    const types = args.map((argument) => typeOf(argument, scope));
    if (!SIGNATURES.has(key)) {
      undeclared(scope, receiver.args, receiver.start);
      return undeclared(scope, name, offset);
    }
    return resolve(scope, key, types, offset, key, false);
  }
  const macro = MACROS.get(`${name}/${args.length}`);
  const target = typeOf(receiver, scope);
  if (macro !== undefined) return macroType(name, target, args, macro.variables, node, scope);
  const types = args.map((argument) => typeOf(argument, scope));
  if (!SIGNATURES.has(`.${name}`)) return undeclared(scope, name, offset);
  checkConstants(name, [receiver, ...args], scope);
  return resolve(scope, `.${name}`, [target, ...types], offset, name, true);
}

/** Constant arguments are tried before the expression ever runs. */
function checkConstants(name: string, args: readonly ASTNode[], scope: CelTypeScope): void {
  const node = name === "matches" ? args[1] : args[0];
  if (node?.op !== "value" || typeof node.args !== "string") return;
  const text = node.args;
  const isWrong =
    (name === "duration" && parseDuration(text) === undefined) ||
    (name === "timestamp" && (!text.includes("T") || parseTimestamp(text) === undefined)) ||
    (name === "matches" && !isPattern(text));
  if (isWrong) problem(scope, `invalid ${name} argument`, node.start);
}

function isPattern(text: string): boolean {
  try {
    compilePattern(text);
    return true;
  } catch {
    return false;
  }
}

function macroType(
  name: string,
  target: CelStaticType,
  args: readonly ASTNode[],
  variables: number,
  node: ASTNode,
  scope: CelTypeScope,
): CelStaticType {
  const names = args.slice(0, variables).map((argument) => {
    if (argument.op === "id") return argument.args;
    problem(scope, "argument must be a simple name", argument.start);
    return "";
  });
  const bound = new Map(scope.variables);
  const inner: CelTypeScope = { variables: bound, problems: scope.problems };
  if (name.startsWith("o")) return optionalMacroType(name, target, args, names, bound, inner);
  const [first, second] = elementTypes(target, node, scope);
  const isSingle = variables === 1;
  bound.set(names[0] as string, isSingle && target.kind === "list" ? second : first);
  if (!isSingle) bound.set(names[1] as string, second);
  const bodies = args.slice(variables);
  const body = bodies.at(-1) as ASTNode;
  if (bodies.length === 2) expectBool(bodies[0] as ASTNode, inner);
  switch (name) {
    case "map":
    case "transformList":
      return { kind: "list", items: typeOf(body, inner) };
    case "transformMap":
      return { kind: "map", keys: first, values: typeOf(body, inner) };
    case "transformMapEntry":
      return typeOf(body, inner);
    case "sortBy":
      typeOf(body, inner);
      return target;
    case "filter":
      expectBool(body, inner);
      return target.kind === "map" ? { kind: "list", items: target.keys } : target;
    default:
      expectBool(body, inner);
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
): CelStaticType {
  const value = target.kind === "optional" ? target.value : DYN;
  if (names[0] !== undefined) bound.set(names[0], value);
  const body = typeOf(args.at(-1) as ASTNode, inner);
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
