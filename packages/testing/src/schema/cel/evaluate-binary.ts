import { celArithmetic, celCompare, celEqual, noOverload } from "./cel-operators.js";
import { fieldValue } from "./from-json.js";
import { CelMap, CelObject } from "./cel-value.js";
import type { CelBudget, CelValue } from "./cel-value.js";

/** Texts and lists cost by their length, in tenths of a step a character. */
export function costOf(value: CelValue): number {
  if (typeof value === "string") return Math.ceil(value.length / 10);
  return Array.isArray(value) ? value.length : 0;
}

/** The value of a binary operator. @throws CelError */
export function evaluateBinary(
  operator: string,
  left: CelValue,
  right: CelValue,
  budget: CelBudget,
): CelValue {
  budget.spend(Math.min(costOf(left), costOf(right)));
  switch (operator) {
    case "==":
      return celEqual(left, right);
    case "!=":
      return !celEqual(left, right);
    case "<":
      return celCompare(left, right) < 0;
    case "<=":
      return celCompare(left, right) <= 0;
    case ">":
      return celCompare(left, right) > 0;
    case ">=":
      return celCompare(left, right) >= 0;
    case "in":
      return isIn(left, right, budget);
    case "+":
      budget.spend(costOf(left) + costOf(right));
      return celArithmetic(operator, left, right);
    default:
      return celArithmetic(operator, left, right);
  }
}

function isIn(item: CelValue, container: CelValue, budget: CelBudget): boolean {
  if (Array.isArray(container)) {
    budget.spend(container.length);
    return container.some((member) => celEqual(member, item));
  }
  if (container instanceof CelMap) return container.has(item);
  if (container instanceof CelObject && typeof item === "string") {
    return fieldValue(container, item) !== undefined;
  }
  throw noOverload();
}
