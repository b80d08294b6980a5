import { checkExpression } from "./cel/check-expression.js";
import type { CelCheckProblem } from "./cel/check-scope.js";
import { parseCel, usesVariable } from "./cel/cel-expression.js";
import { formatType, typeOfSchema } from "./cel/cel-type.js";
import type { CelStaticType } from "./cel/cel-type.js";
import { compileSchema } from "./compiled-schema.js";
import type { CompiledSchema } from "./compiled-schema.js";
import { invalid, notSupported, required } from "./field-error.js";
import type { FieldError } from "./field-error.js";
import { GoLiteral } from "./go-format.js";
import type { OpenApiSchema, ValidationRule } from "./open-api-schema.js";
import { ruleLiteral } from "./validate-rules.js";

const REASONS = [
  "FieldValueDuplicate",
  "FieldValueForbidden",
  "FieldValueInvalid",
  "FieldValueRequired",
];

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
  const places = [...rulePlaces(compileSchema(schema), path, undefined)];
  const parts: FieldError[] = [];
  for (const { schema: owner, path: at } of places) {
    for (const [index, rule] of owner.rules.entries()) {
      checkParts(rule, owner, `${at}.x-kubernetes-validations[${index}]`, parts);
    }
  }
  if (!compiles) return parts;
  const known = [...others, ...parts];
  const errors = [...parts];
  for (const { schema: owner, path: at, uncorrelatable } of places) {
    if (known.some(({ field }) => field.startsWith(`${at}.`))) continue;
    for (const [index, rule] of owner.rules.entries()) {
      compileRule(rule, owner, `${at}.x-kubernetes-validations[${index}]`, uncorrelatable, errors);
    }
  }
  return errors;
}

interface RulePlace {
  readonly schema: CompiledSchema;
  readonly path: string;
  /** Above here, old and new values cannot be told to belong together. */
  readonly uncorrelatable: string | undefined;
}

function* rulePlaces(
  schema: CompiledSchema,
  path: string,
  uncorrelatable: string | undefined,
): Generator<RulePlace> {
  const { source, additionalProperties, items } = schema;
  if (schema.rules.length > 0) yield { schema, path, uncorrelatable };
  for (const name of Object.keys(source.properties ?? {})) {
    const property = schema.property(name);
    if (property === undefined) continue;
    yield* rulePlaces(property, `${path}.properties[${name}]`, uncorrelatable);
  }
  if (additionalProperties !== undefined) {
    yield* rulePlaces(additionalProperties, `${path}.additionalProperties`, uncorrelatable);
  }
  if (items === undefined) return;
  // Items of a list without keys cannot be told from each other between two versions of an object.
  const lost = schema.listType === "map" ? undefined : path;
  yield* rulePlaces(items, `${path}.items`, uncorrelatable ?? lost);
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
  schema: CompiledSchema,
  field: string,
  uncorrelatable: string | undefined,
  errors: FieldError[],
): void {
  const scope = scopeOf(rule, schema);
  const parsed = parseCel(rule.rule);
  const problem = ruleProblem(rule, schema);
  if (problem !== undefined) {
    errors.push(invalid(`${field}.rule`, new GoLiteral(ruleLiteral(rule)), problem));
    return;
  }
  if (
    typeof parsed !== "string" &&
    uncorrelatable !== undefined &&
    usesVariable(parsed.ast, "oldSelf")
  ) {
    errors.push(
      invalid(
        `${field}.rule`,
        rule.rule,
        `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelatable}`,
      ),
    );
  }
  if (
    rule.optionalOldSelf === true &&
    typeof parsed !== "string" &&
    !usesVariable(parsed.ast, "oldSelf")
  ) {
    errors.push(
      invalid(`${field}.optionalOldSelf`, true, "may not be set if oldSelf is not used in rule"),
    );
  }
  if (rule.messageExpression === undefined || rule.messageExpression === "") return;
  const wrong = checkType(
    rule.messageExpression,
    scope,
    "string",
    "messageExpression must evaluate to a string",
  );
  if (wrong !== undefined) {
    const literal = new GoLiteral(ruleLiteral(rule));
    errors.push(invalid(`${field}.messageExpression`, literal, wrong));
  }
}

/** What keeps a rule from being compiled, if anything does. */
export function ruleProblem(rule: ValidationRule, schema: CompiledSchema): string | undefined {
  const scope = scopeOf(rule, schema);
  return checkType(rule.rule, scope, "bool", "cel expression must evaluate to a bool");
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

function checkType(
  source: string,
  scope: ReadonlyMap<string, CelStaticType>,
  wanted: string,
  otherwise: string,
): string | undefined {
  const parsed = parseCel(source);
  if (typeof parsed === "string") {
    return compilationError(source, [{ message: parsed, offset: source.length }]);
  }
  const { type, problems } = checkExpression(parsed.ast, scope);
  if (problems.length > 0) return compilationError(source, problems);
  return type.kind === "dyn" || formatType(type) === wanted ? undefined : otherwise;
}

/** A compiler's messages, each with the line that it is about and a mark below the place. */
export function compilationError(source: string, problems: readonly CelCheckProblem[]): string {
  const texts = problems.map(({ message, offset }) => {
    const before = source.slice(0, offset).split("\n");
    const column = Array.from(before.at(-1) ?? "").length;
    const line = source.split("\n")[before.length - 1] ?? "";
    return `ERROR: <input>:${before.length}:${column + 1}: ${message}\n | ${line}\n | ${".".repeat(column)}^`;
  });
  return `compilation failed: ${texts.join("\n")}`;
}
