import { isJsonObject, type JsonObject, type JsonValue } from "../schema/json.js";
import { parseCel } from "../schema/cel/cel-expression.js";
import type { CelScope } from "../schema/cel/cel-scope.js";
import {
  CelBudget,
  CelBudgetError,
  CelError,
  CelMap,
  type CelValue,
} from "../schema/cel/cel-value.js";
import { evaluate } from "../schema/cel/evaluate.js";
import type { AdmittedWrite } from "./admitted-write.js";
import { reviewRequest } from "./webhook-review.js";

/** Steps that one expression may take. */
const EXPRESSION_BUDGET = 1_000_000;

/** A value without a schema, as expressions see it. */
export function untyped(value: JsonValue): CelValue {
  if (typeof value === "number") return Number.isInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(untyped);
  if (!isJsonObject(value)) return value;
  const map = new CelMap();
  for (const [key, each] of Object.entries(value)) map.set(key, untyped(each));
  return map;
}

/** The variables that every expression about a write has. */
export function scopeOfWrite(write: AdmittedWrite): CelScope {
  const { object: _1, oldObject: _2, options, ...request } = reviewRequest(write, write.resource);
  const variables: readonly (readonly [string, JsonValue])[] = [
    ["object", write.object ?? null],
    ["oldObject", write.old ?? null],
    [
      "request",
      {
        subResource: "",
        requestSubResource: "",
        name: "",
        namespace: "",
        ...request,
        options: options ?? null,
      } as JsonObject,
    ],
  ];
  let scope: CelScope | undefined;
  for (const [name, value] of variables) scope = { name, value: untyped(value), outer: scope };
  return scope as CelScope;
}

/** The value of an expression, or why it has none. */
export type Evaluated = { readonly value: CelValue } | { readonly problem: string };

export function evaluateText(source: string, scope: CelScope): Evaluated {
  const parsed = parseCel(source);
  if (typeof parsed === "string") return { problem: `compilation error: ${parsed}` };
  try {
    return { value: evaluate(parsed.ast, scope, new CelBudget(EXPRESSION_BUDGET)) };
  } catch (error) {
    if (error instanceof CelBudgetError)
      return { problem: "operation cancelled: actual cost limit exceeded" };
    if (!(error instanceof CelError)) throw error;
    return { problem: error.message };
  }
}
