import { parseCel, usesVariable } from "./cel/cel-expression.js";
import type { CelExpression } from "./cel/cel-expression.js";
import { CelBudget, CelBudgetError, CelError, CelOptional } from "./cel/cel-value.js";
import type { CelValue } from "./cel/cel-value.js";
import { evaluate } from "./cel/evaluate.js";
import type { CelScope } from "./cel/cel-scope.js";
import { fromJson } from "./cel/from-json.js";
import type { CompiledSchema } from "./compiled-schema.js";
import { correlateItems } from "./correlate-items.js";
import { NO_FIELD, invalid } from "./field-error.js";
import type { FieldError, FieldErrorType } from "./field-error.js";
import { goJson } from "./go-format.js";
import { isJsonObject, jsonEqual, ownValue } from "./json.js";
import type { JsonValue } from "./json.js";
import type { ValidationRule } from "./open-api-schema.js";
import { hasTrait } from "./schema-traits.js";

/** Steps that all rules of one object together may take: as many as the cost units of the real server. */
export const DEFAULT_CEL_BUDGET = 10_000_000;
/** Steps that one rule may take on one value. */
const RULE_BUDGET = 1_000_000;
/** Longer messages of a `messageExpression` are not used. */
const MAX_MESSAGE_LENGTH = 5 * 1024;

interface CompiledRule {
  readonly rule: ValidationRule;
  /** What a rule is called that cannot be judged: its message, else its source. */
  readonly named: string;
  readonly expression: CelExpression | string;
  readonly messageExpression: CelExpression | undefined;
  readonly isTransition: boolean;
}

interface RuleWalk {
  readonly errors: FieldError[];
  readonly forgiven: FieldError[] | undefined;
  stepsLeft: number;
}

/**
 * Appends the rules of `x-kubernetes-validations` that a value breaks.
 *
 * @param forgiven gets those that the old value breaks as well, at a place that did not change.
 */
export function validateRules(
  schema: CompiledSchema,
  value: JsonValue,
  path: string,
  old: JsonValue | undefined,
  budget: number,
  errors: FieldError[],
  forgiven?: FieldError[],
): void {
  const walk: RuleWalk = { errors, forgiven, stepsLeft: budget };
  try {
    visit(schema, value, path, old, walk);
  } catch (error) {
    if (!(error instanceof OutOfBudget)) throw error;
    errors.push(error.problem);
  }
}

/** Ends the walk: no further rule is looked at. */
class OutOfBudget extends Error {
  constructor(readonly problem: FieldError) {
    super("the rules of the object take too many steps");
  }
}

function visit(
  schema: CompiledSchema,
  value: JsonValue,
  path: string,
  old: JsonValue | undefined,
  walk: RuleWalk,
): void {
  if (value === null || !hasTrait(schema, "rules")) return;
  if (schema.rules.length > 0) checkRules(schema, value, path, old, walk);
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items === undefined) return;
    const oldOf = correlateItems(schema, old);
    for (const [index, item] of value.entries()) {
      visit(items, item, `${path}[${index}]`, oldOf?.(item), walk);
    }
    return;
  }
  if (!isJsonObject(value)) return;
  const oldObject = isJsonObject(old) ? old : undefined;
  for (const key of Object.keys(value)) {
    const declared = schema.property(key);
    const next = declared ?? schema.additionalProperties;
    if (next === undefined) continue;
    const oldChild = oldObject === undefined ? undefined : ownValue(oldObject, key);
    const field = declared === undefined ? `${path}[${key}]` : path === "" ? key : `${path}.${key}`;
    visit(next, value[key] as JsonValue, field, oldChild, walk);
  }
}

function compiledRules(schema: CompiledSchema): readonly CompiledRule[] {
  return schema.derive(schema.rules, () =>
    schema.rules.map((rule): CompiledRule => {
      const expression = parseCel(rule.rule);
      const message = rule.messageExpression === undefined ? "" : parseCel(rule.messageExpression);
      return {
        rule,
        named: (rule.message ?? "").trim() || rule.rule.trim(),
        expression,
        messageExpression: typeof message === "string" ? undefined : message,
        isTransition: typeof expression !== "string" && usesVariable(expression.ast, "oldSelf"),
      };
    }),
  );
}

function checkRules(
  schema: CompiledSchema,
  value: Exclude<JsonValue, null>,
  path: string,
  old: JsonValue | undefined,
  walk: RuleWalk,
): void {
  const self = fromJson(value, schema);
  const isUnchanged = old !== undefined && jsonEqual(value, old);
  for (const compiled of compiledRules(schema)) {
    const scope = scopeOf(compiled, self, old, schema);
    if (scope === undefined) continue;
    const error = checkRule(compiled, value, path, scope, walk);
    // What an update does not touch is not judged again, unless the rule is about the change.
    if (error === undefined) continue;
    if (!isUnchanged || compiled.isTransition) walk.errors.push(error);
    else walk.forgiven?.push(error);
  }
}

/** The variables of a rule; undefined when it is about a change and there is nothing to compare with. */
function scopeOf(
  { rule, isTransition }: CompiledRule,
  self: CelValue,
  old: JsonValue | undefined,
  schema: CompiledSchema,
): CelScope | undefined {
  const scope: CelScope = { name: "self", value: self, outer: undefined };
  if (!isTransition) return scope;
  const oldSelf = old === undefined || old === null ? undefined : fromJson(old, schema);
  if (rule.optionalOldSelf === true) {
    return { name: "oldSelf", value: new CelOptional(oldSelf), outer: scope };
  }
  return oldSelf === undefined ? undefined : { name: "oldSelf", value: oldSelf, outer: scope };
}

function checkRule(
  compiled: CompiledRule,
  value: Exclude<JsonValue, null>,
  path: string,
  scope: CelScope,
  walk: RuleWalk,
): FieldError | undefined {
  const { expression, named } = compiled;
  const field = path === "" ? NO_FIELD : path;
  if (typeof expression === "string") {
    return invalid(field, typeNameOf(value), `rule compile error: ${expression}`);
  }
  try {
    const result = spend(walk, path, value, (budget) => evaluate(expression.ast, scope, budget));
    if (result === true) return undefined;
  } catch (error) {
    if (error instanceof CelBudgetError) {
      throw new OutOfBudget(
        invalid(
          field,
          typeNameOf(value),
          `'operation cancelled: actual cost limit exceeded': no further validation rules will be run due to call cost exceeds limit for rule: ${named}`,
        ),
      );
    }
    if (!(error instanceof CelError)) throw error;
    const detail =
      error.message === "no such overload"
        ? `'no such overload': call arguments did not match a supported operator, function or macro signature for rule: ${named}`
        : `${error.message} evaluating rule: ${named}`;
    return invalid(field, typeNameOf(value), detail);
  }
  return failure(compiled, value, path, scope, walk);
}

/** Runs an expression within what one rule may take and within what is left for the object. */
function spend(
  walk: RuleWalk,
  path: string,
  value: JsonValue,
  run: (budget: CelBudget) => CelValue,
): CelValue {
  const allowed = Math.min(RULE_BUDGET, walk.stepsLeft);
  const budget = new CelBudget(allowed);
  try {
    return run(budget);
  } catch (error) {
    if (error instanceof CelBudgetError && allowed < RULE_BUDGET) {
      throw new OutOfBudget(
        invalid(
          path === "" ? NO_FIELD : path,
          typeof value === "object" ? undefined : value,
          "validation failed due to running out of cost budget, no further validation rules will be run",
        ),
      );
    }
    throw error;
  } finally {
    walk.stepsLeft -= allowed - Math.max(budget.left, 0);
  }
}

export function typeNameOf(value: Exclude<JsonValue, null>): string {
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

const REASONS: ReadonlySet<string> = new Set([
  "FieldValueInvalid",
  "FieldValueForbidden",
  "FieldValueRequired",
  "FieldValueDuplicate",
]);

function failure(
  compiled: CompiledRule,
  value: Exclude<JsonValue, null>,
  path: string,
  scope: CelScope,
  walk: RuleWalk,
): FieldError {
  const { rule } = compiled;
  const expressed = expressedMessage(compiled, path, value, scope, walk);
  const message = expressed ?? rule.message?.trim();
  const detail =
    message === undefined || message === "" ? `failed rule: ${rule.rule.trim()}` : message;
  const field = joinPath(path, rule.fieldPath ?? "");
  const type = (
    rule.reason !== undefined && REASONS.has(rule.reason) ? rule.reason : "FieldValueInvalid"
  ) as FieldErrorType;
  const isShown = typeof value !== "object" && rule.fieldPath === undefined;
  return {
    type,
    field: field === "" ? NO_FIELD : field,
    ...(isShown ? { badValue: value } : {}),
    detail: type === "FieldValueDuplicate" ? "" : detail,
  };
}

function expressedMessage(
  { messageExpression }: CompiledRule,
  path: string,
  value: JsonValue,
  scope: CelScope,
  walk: RuleWalk,
): string | undefined {
  if (messageExpression === undefined) return undefined;
  try {
    const message = spend(walk, path, value, (budget) =>
      evaluate(messageExpression.ast, scope, budget),
    );
    if (typeof message !== "string") return undefined;
    const trimmed = message.trim();
    const isUsable =
      trimmed !== "" && !/[\r\n]/.test(trimmed) && trimmed.length <= MAX_MESSAGE_LENGTH;
    return isUsable ? trimmed : undefined;
  } catch (error) {
    if (error instanceof CelError || error instanceof CelBudgetError) return undefined;
    throw error;
  }
}

/** `.a['b']` under a path is written `path.a[b]`. */
function joinPath(path: string, fieldPath: string): string {
  const relative = fieldPath.replaceAll(/\[(?:'([^']*)'|"([^"]*)")\]/g, (_, single, double) => {
    return `[${String(single ?? double)}]`;
  });
  return path === "" ? relative.replace(/^\./, "") : `${path}${relative}`;
}

/** How the real server prints a rule in its errors. */
export function ruleLiteral(rule: ValidationRule): string {
  const orNull = (text: string | undefined) => (text === undefined ? "null" : goJson(text));
  return (
    `{"Rule":${goJson(rule.rule)},"Message":${goJson(rule.message ?? "")},` +
    `"MessageExpression":${goJson(rule.messageExpression ?? "")},"Reason":${orNull(rule.reason)},` +
    `"FieldPath":${goJson(rule.fieldPath ?? "")},"OptionalOldSelf":${rule.optionalOldSelf ?? "null"}}`
  );
}
