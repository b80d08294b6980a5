import { checkExpression } from "./cel/check-expression.js";
import type { CheckedExpression } from "./cel/check-expression.js";
import type { CelCheckProblem } from "./cel/check-scope.js";
import { parseCel, usesVariable } from "./cel/cel-expression.js";
import type { CelExpression } from "./cel/cel-expression.js";
import { formatType, typeOfSchema } from "./cel/cel-type.js";
import type { CelStaticType } from "./cel/cel-type.js";
import { compileSchema } from "./compiled-schema.js";
import type { CompiledSchema } from "./compiled-schema.js";
import { CostBudget } from "./cost-budget.js";
import { expressionCost } from "./cel/cost/expression-cost.js";
import { invalid, notSupported, required } from "./field-error.js";
import type { FieldError } from "./field-error.js";
import { GoLiteral } from "./go-format.js";
import type { OpenApiSchema, ValidationRule } from "./open-api-schema.js";
import { rulePlaces } from "./rule-places.js";
import type { RulePlace } from "./rule-places.js";
import { ruleLiteral } from "./validate-rules.js";

const REASONS = [
  "FieldValueDuplicate",
  "FieldValueForbidden",
  "FieldValueInvalid",
  "FieldValueRequired",
];

const COMPILATION_FAILED = "compilation failed: ";

/**
 * What is wrong with the rules of a CustomResourceDefinition's schema: their parts, and that each one compiles.
 *
 * @param others what else is wrong with the schema: a rule is not compiled above of that.
 * @param compiles whether any rule is compiled.
 */
export function checkValidationRules(
  schema: OpenApiSchema,
  path: string,
  others: readonly FieldError[],
  compiles: boolean,
): FieldError[] {
  const places = [...rulePlaces(compileSchema(schema), path)];
  const parts: FieldError[] = [];
  for (const { schema: owner, path: at } of places) {
    for (const [index, rule] of owner.rules.entries()) {
      checkParts(rule, owner, `${at}.x-kubernetes-validations[${index}]`, parts);
    }
  }
  if (!compiles) return parts;
  const known = [...others, ...parts];
  const errors = [...parts];
  const budget = new CostBudget();
  for (const place of places) {
    if (known.some(({ field }) => field.startsWith(`${place.path}.`))) continue;
    for (const [index, rule] of place.schema.rules.entries()) {
      const field = `${place.path}.x-kubernetes-validations[${index}]`;
      errors.push(...compileRule(rule, place, field, budget));
    }
  }
  return [...errors, ...budget.total(path)];
}

function checkParts(
  rule: ValidationRule,
  schema: CompiledSchema,
  field: string,
  errors: FieldError[],
): void {
  const source = rule.rule ?? "";
  const message = rule.message ?? "";
  if (source.trim() === "") errors.push(required(`${field}.rule`, "rule is not specified"));
  if (message !== "" && message.trim() === "") {
    errors.push(invalid(`${field}.message`, message, "must be non-empty if specified"));
  } else if (/[\r\n]/.test(message.trim())) {
    errors.push(invalid(`${field}.message`, message, "must not contain line breaks"));
  } else if (message === "" && /[\r\n]/.test(source.trim())) {
    errors.push(
      required(`${field}.message`, "message must be specified if rule contains line breaks"),
    );
  }
  const expression = rule.messageExpression ?? "";
  if (expression !== "" && expression.trim() === "") {
    errors.push(required(`${field}.messageExpression`, "must be non-empty if specified"));
  }
  if (rule.reason !== undefined && !REASONS.includes(rule.reason)) {
    errors.push(notSupported(`${field}.reason`, rule.reason, REASONS));
  }
  if (rule.fieldPath !== undefined && !isFieldPath(rule.fieldPath, schema)) {
    errors.push(invalid(`${field}.fieldPath`, rule.fieldPath, "must be a valid path"));
  }
}

/** Whether a path such as `.a.b` or `.a['b']` leads to a field of the schema. */
function isFieldPath(fieldPath: string, schema: CompiledSchema): boolean {
  const steps = [...fieldPath.matchAll(/\.([^.[\]]+)|\['([^']*)'\]|\["([^"]*)"\]/g)];
  if (fieldPath === "" || steps.map(([text]) => text).join("") !== fieldPath) return false;
  let current: CompiledSchema | undefined = schema;
  for (const [, dotted, single, double] of steps) {
    const name: string = dotted ?? single ?? double ?? "";
    if (current.isRoot && name === "metadata") return true;
    const next: CompiledSchema | undefined =
      current.property(name) ?? (dotted === undefined ? current.additionalProperties : undefined);
    if (next === undefined) return false;
    current = next;
  }
  return true;
}

function compileRule(
  rule: ValidationRule,
  place: RulePlace,
  field: string,
  budget: CostBudget,
): FieldError[] {
  const compiled = compileCondition(rule, place.schema);
  if (typeof compiled === "string") {
    return [invalid(`${field}.rule`, new GoLiteral(ruleLiteral(rule)), compiled)];
  }
  const cost = expressionCost(compiled.ast, compiled.types, place.schema);
  const errors = [
    budget.addRule(`${field}.rule`, cost, place),
    checkMessageExpression(rule, place.schema, field, budget),
  ];
  const usesOld = usesVariable(compiled.ast, "oldSelf");
  if (usesOld && place.uncorrelatable !== undefined) {
    const detail = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${place.uncorrelatable}`;
    errors.push(invalid(`${field}.rule`, rule.rule, detail));
  }
  if (!usesOld && rule.optionalOldSelf === true) {
    const detail = "may not be set if oldSelf is not used in rule";
    errors.push(invalid(`${field}.optionalOldSelf`, true, detail));
  }
  return errors.filter((error) => error !== undefined);
}

function checkMessageExpression(
  rule: ValidationRule,
  schema: CompiledSchema,
  field: string,
  budget: CostBudget,
): FieldError | undefined {
  if (rule.messageExpression === undefined || rule.messageExpression === "") return undefined;
  const compiled = compile(
    rule.messageExpression,
    scopeOf(rule, schema),
    "string",
    "messageExpression must evaluate to a string",
  );
  if (typeof compiled === "string") {
    const literal = new GoLiteral(ruleLiteral(rule));
    const prefix = compiled.startsWith(COMPILATION_FAILED) ? "messageExpression " : "";
    return invalid(`${field}.messageExpression`, literal, `${prefix}${compiled}`);
  }
  const cost = expressionCost(compiled.ast, compiled.types, schema);
  return budget.addMessage(`${field}.messageExpression`, cost);
}

/** What keeps a rule from being compiled, if anything does. */
export function ruleProblem(rule: ValidationRule, schema: CompiledSchema): string | undefined {
  const compiled = compileCondition(rule, schema);
  return typeof compiled === "string" ? compiled : undefined;
}

function compileCondition(rule: ValidationRule, schema: CompiledSchema): TypedExpression | string {
  const scope = scopeOf(rule, schema);
  return compile(rule.rule, scope, "bool", "cel expression must evaluate to a bool");
}

function scopeOf(rule: ValidationRule, schema: CompiledSchema): Map<string, CelStaticType> {
  const self = typeOfSchema(schema);
  const oldSelf: CelStaticType =
    rule.optionalOldSelf === true ? { kind: "optional", value: self } : self;
  return new Map([
    ["self", self],
    ["oldSelf", oldSelf],
  ]);
}

interface TypedExpression {
  readonly ast: CelExpression["ast"];
  readonly types: CheckedExpression["types"];
}

/** An expression with the types of its parts; the reason as a text when it does not compile. */
function compile(
  source: string,
  scope: ReadonlyMap<string, CelStaticType>,
  wanted: string,
  otherwise: string,
): TypedExpression | string {
  const parsed = parseCel(source);
  if (typeof parsed === "string") {
    return compilationError(source, [{ message: parsed, offset: source.length }]);
  }
  const { type, types, problems } = checkExpression(parsed.ast, scope);
  if (problems.length > 0) return compilationError(source, problems);
  const fits = type.kind === "dyn" || formatType(type) === wanted;
  return fits ? { ast: parsed.ast, types } : otherwise;
}

/** A compiler's messages, each with the line that it is about and a mark below the place. */
export function compilationError(source: string, problems: readonly CelCheckProblem[]): string {
  const texts = problems.map(({ message, offset }) => {
    const before = source.slice(0, offset).split("\n");
    const column = Array.from(before.at(-1) ?? "").length;
    const line = source.split("\n")[before.length - 1] ?? "";
    return `ERROR: <input>:${before.length}:${column + 1}: ${message}\n | ${line}\n | ${".".repeat(column)}^`;
  });
  return `${COMPILATION_FAILED}${texts.join("\n")}`;
}
