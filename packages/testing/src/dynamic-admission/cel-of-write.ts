import { objectAt } from "../admission/json-access.js";
import type { ServedResource } from "../api-server/resource-registry.js";
import { type CelExpression, parseCel } from "../schema/cel/cel-expression.js";
import type { CelScope } from "../schema/cel/cel-scope.js";
import {
  CelBudget,
  CelBudgetError,
  CelError,
  CelMap,
  type CelValue,
} from "../schema/cel/cel-value.js";
import { evaluate } from "../schema/cel/evaluate.js";
import { isJsonObject, type JsonObject, type JsonValue } from "../schema/json.js";
import type { AdmittedWrite } from "./admitted-write.js";
import { authorizerOf } from "./ask-authorizer.js";
import { namespaceOf } from "./match-resource.js";
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

/** The variables that every expression about a write has; `resource`: in which version its objects are seen. */
export function scopeOfWrite(
  write: AdmittedWrite,
  resource: ServedResource = write.resource,
): CelScope {
  const { object, oldObject, options, ...request } = reviewRequest(write, resource);
  const seen: JsonObject = {
    subResource: "",
    requestSubResource: "",
    name: "",
    namespace: "",
    ...request,
    options: options ?? null,
  };
  const variables: readonly (readonly [string, CelValue])[] = [
    ["object", untyped(object ?? null)],
    ["oldObject", untyped(oldObject ?? null)],
    ["request", untyped(seen)],
    ["namespaceObject", untyped(namespaceSeen(write))],
    ["authorizer", authorizerOf(write)],
  ];
  let scope: CelScope | undefined;
  for (const [name, value] of variables) scope = { name, value, outer: scope };
  return scope as CelScope;
}

/** The parts of a namespace that expressions see. */
function namespaceSeen(write: AdmittedWrite): JsonValue {
  if (write.resource.storageKey === "/namespaces") return null;
  const namespace = namespaceOf(write);
  if (namespace === undefined) return null;
  const { managedFields: _1, ownerReferences: _2, ...metadata } = objectAt(namespace, "metadata");
  return { metadata, spec: objectAt(namespace, "spec"), status: objectAt(namespace, "status") };
}

/** Variables of a policy: each is evaluated when it is first asked for. */
export class LazyVariables extends CelMap {
  readonly #expressions: ReadonlyMap<string, string>;
  readonly #known = new Map<string, Evaluated>();
  readonly #scope: CelScope;

  constructor(variables: ReadonlyMap<string, string>, outer: CelScope) {
    super();
    this.#expressions = variables;
    this.#scope = { name: "variables", value: this, outer };
  }

  get scope(): CelScope {
    return this.#scope;
  }

  override get(key: CelValue): CelValue | undefined {
    const name = String(key);
    const expression = this.#expressions.get(name);
    if (expression === undefined) return undefined;
    const found = this.#known.get(name) ?? evaluateText(expression, this.#scope);
    this.#known.set(name, found);
    if ("value" in found) return found.value;
    throw new CelError(
      `composited variable ${JSON.stringify(name)} fails to evaluate: ${found.problem}`,
    );
  }

  override has(key: CelValue): boolean {
    return this.#expressions.has(String(key));
  }
}

/** The value of an expression, or why it has none. */
export type Evaluated = { readonly value: CelValue } | { readonly problem: string };

export function evaluateText(
  source: string,
  scope: CelScope,
  parse: (source: string) => CelExpression | string = parseCel,
): Evaluated {
  const parsed = parse(source);
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
