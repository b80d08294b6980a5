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
import { AUTHORIZER, RESOURCE_CHECK } from "./authorizer-library.js";
import { parseDuration, parseTimestamp } from "./cel-time.js";
import { checkMacro, expectBool } from "./check-macro.js";
import { joined, offsetOf, openingBracket, optionalOf, problem } from "./check-scope.js";
import type { CelCheckProblem, CelTypeScope } from "./check-scope.js";
import { fieldSchema } from "./from-json.js";
import { MACROS } from "./macros.js";
import { MAKE_OBJECT } from "./object-literals.js";
import { SIGNATURES } from "./signatures.js";

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

export interface CheckedExpression {
  readonly type: CelStaticType;
  /** The types of the parts of the expression. */
  readonly types: ReadonlyMap<ASTNode, CelStaticType>;
  readonly problems: readonly CelCheckProblem[];
}

/** The type of an expression, and what is wrong with it, in the order of the places. */
export function checkExpression(
  node: ASTNode,
  variables: ReadonlyMap<string, CelStaticType>,
): CheckedExpression {
  const problems: CelCheckProblem[] = [];
  const types = new Map<ASTNode, CelStaticType>();
  const type = typeOf(node, { variables, problems, types });
  return { type, types, problems: problems.toSorted((left, right) => left.offset - right.offset) };
}

function typeOf(node: ASTNode, scope: CelTypeScope): CelStaticType {
  const type = findType(node, scope);
  scope.types.set(node, type);
  return type;
}

function findType(node: ASTNode, scope: CelTypeScope): CelStaticType {
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
      return choiceType(node, scope);
    case "||":
    case "&&":
      expectBool(node.args[0], scope, typeOf);
      expectBool(node.args[1], scope, typeOf);
      return BOOL;
    case "!_":
      return notType(node, scope);
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

function undeclared(scope: CelTypeScope, name: string, offset: number): CelStaticType {
  return problem(scope, `undeclared reference to '${name}' (in container '')`, offset);
}

function identifierType(node: ASTNode, name: string, scope: CelTypeScope): CelStaticType {
  const type = scope.variables.get(name);
  if (type !== undefined) return type;
  if (TYPE_NAMES.has(name)) return simple("type");
  return undeclared(scope, name, node.start);
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
    case "fields":
      return target.fields.get(name) ?? problem(scope, `undefined field '${name}'`, offsetOf(node));
    case "object": {
      const field = fieldSchema(target.schema, name);
      if (field === undefined) {
        return problem(scope, `undefined field '${name}'`, offsetOf(node));
      }
      return typeOfSchema(field.schema);
    }
    default:
      if (formatType(target) === AUTHORIZER && name === "requestResource")
        return simple(RESOURCE_CHECK);
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

function notType(node: Extract<ASTNode, { op: "!_" }>, scope: CelTypeScope): CelStaticType {
  const type = typeOf(node.args, scope);
  if (isAssignable(BOOL, type, new Map())) return BOOL;
  return noOverload(scope, "!_", [type], node.start, false);
}

function choiceType(node: Extract<ASTNode, { op: "?:" }>, scope: CelTypeScope): CelStaticType {
  const types = node.args.map((part) => typeOf(part, scope));
  const [condition = DYN, first = DYN, second = DYN] = types;
  const fits =
    isAssignable(BOOL, condition, new Map()) &&
    (isAssignable(first, second, new Map()) || isAssignable(second, first, new Map()));
  if (!fits) {
    return noOverload(scope, "_?_:_", types, offsetOf(node), false);
  }
  return joined([first, second]);
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
      const place = field === undefined ? offset : offsetOf(field);
      return problem(scope, "invalid argument to has() macro", place);
    }
    typeOf(field, scope);
    return BOOL;
  }
  if (name === MAKE_OBJECT) return objectType(args, scope);
  const types = args.map((argument) => typeOf(argument, scope));
  if (!SIGNATURES.has(name)) return undeclared(scope, name, offset);
  checkConstants(name, args, scope);
  return resolve(scope, name, types, offset, name, false);
}

const PATCH_FIELDS = new Set(["op", "path", "from", "value"]);

/** An object literal; its fields are checked where it is used. */
function objectType(args: readonly ASTNode[], scope: CelTypeScope): CelStaticType {
  const [typeName, fields] = args;
  const name = typeName?.op === "value" ? String(typeName.args) : "";
  for (const [key, value] of fields?.op === "map" ? fields.args : []) {
    const type = typeOf(value, scope);
    const field = key.op === "value" ? String(key.args) : "";
    if (name === "JSONPatch" && !PATCH_FIELDS.has(field))
      problem(
        scope,
        `expected type of field '${field}' is '' but provided type is '${formatType(type)}'`,
        key.end,
      );
  }
  return simple(name);
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
  if (macro !== undefined)
    return checkMacro(name, target, args, macro.variables, node, scope, typeOf);
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
