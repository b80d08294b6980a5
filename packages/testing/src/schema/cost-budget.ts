import { LIMITLESS, plus, times } from "./cel/cost/size-range.js";
import { mostRepetitions } from "./cel/cost/declared-size.js";
import { forbidden } from "./field-error.js";
import type { FieldError } from "./field-error.js";
import type { RulePlace } from "./rule-places.js";

/** Steps that one expression may take, and all of a schema together. */
const MOST_OF_A_RULE = 10_000_000;
const MOST_OF_A_SCHEMA = 100_000_000;
/** What takes less than a hundredth of the budget of a schema is not told of. */
const WORTH_TELLING = MOST_OF_A_SCHEMA / 100;
const TOLD = 4;

/** Counts what the rules of a schema may cost. */
export class CostBudget {
  #total = 0;
  readonly #expensive: { readonly field: string; readonly cost: number }[] = [];

  /** Counts a rule, as often as its values may occur; gives what is wrong with it. */
  addRule(field: string, cost: number, { schema, cardinality }: RulePlace): FieldError | undefined {
    const often = cardinality ?? mostRepetitions(schema);
    return this.#add(field, "estimated rule cost", times(cost, Math.min(often, LIMITLESS)));
  }

  /** Counts the expression of a message; gives what is wrong with it. */
  addMessage(field: string, cost: number): FieldError | undefined {
    return this.#add(field, "estimated messageExpression cost", cost);
  }

  #add(field: string, name: string, cost: number): FieldError | undefined {
    this.#total = plus(this.#total, cost);
    if (cost >= WORTH_TELLING) this.#expensive.push({ field, cost });
    return cost > MOST_OF_A_RULE
      ? forbidden(field, exceeding(name, cost, MOST_OF_A_RULE))
      : undefined;
  }

  /** What is wrong with all rules of the schema at a path together. */
  total(path: string): FieldError[] {
    if (this.#total <= MOST_OF_A_SCHEMA) return [];
    const most = this.#expensive.toSorted((left, right) => right.cost - left.cost).slice(0, TOLD);
    const name = "x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema";
    return [
      ...most.map(({ field }) =>
        forbidden(
          field,
          "contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema",
        ),
      ),
      forbidden(path, exceeding(name, this.#total, MOST_OF_A_SCHEMA)),
    ];
  }
}

function exceeding(name: string, cost: number, limit: number): string {
  const factor = cost / limit;
  let shown = factor < 1.5 ? `${factor.toFixed(6)}x` : `${factor.toFixed(1)}x`;
  if (factor > 100) shown = "more than 100x";
  return `${name} exceeds budget by factor of ${shown} (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)`;
}
