import type { CelBudget, CelValue } from "./cel-value.js";

/** What a function of a library gets besides its arguments. */
export interface CelCall {
  readonly budget: CelBudget;
}

/** One function; the receiver of a method is its first argument. Throws CelError. */
export type CelFunction = (args: readonly CelValue[], call: CelCall) => CelValue;

/** Functions by the name that expressions use: `size`, methods as `.size`, namespaced ones as `ip.isCanonical`. */
export type CelLibrary = Readonly<Record<string, CelFunction>>;
