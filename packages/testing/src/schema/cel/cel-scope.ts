import type { CelValue } from "./cel-value.js";

/** Variables in reach of an expression. */
export interface CelScope {
  readonly name: string;
  readonly value: CelValue;
  readonly outer: CelScope | undefined;
}

/** The value of a variable; the innermost of that name counts. */
export function findVariable(scope: CelScope | undefined, name: string): CelValue | undefined {
  for (let current = scope; current !== undefined; current = current.outer) {
    if (current.name === name) return current.value;
  }
  return undefined;
}
