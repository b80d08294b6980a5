import type { CompiledSchema } from "../compiled-schema.js";
import type { JsonObject } from "../json.js";

/** What an expression of CEL works on: `int` is a bigint, `double` a number. */
export type CelValue =
  | null
  | boolean
  | bigint
  | number
  | string
  | Uint8Array
  | CelValue[]
  | CelMap
  | CelObject
  | CelUint
  | CelTimestamp
  | CelDuration
  | CelOptional
  | CelType
  | CelOpaque;

export class CelUint {
  constructor(readonly value: bigint) {}
}

/** Nanoseconds since 1970. */
export class CelTimestamp {
  constructor(readonly nanos: bigint) {}
}

export class CelDuration {
  constructor(readonly nanos: bigint) {}
}

/** A value that may be absent: undefined then. */
export class CelOptional {
  constructor(readonly value: CelValue | undefined) {}
}

export class CelType {
  constructor(readonly name: string) {}
}

/** A value of a Kubernetes library, such as a quantity or an IP address. */
export class CelOpaque {
  constructor(
    readonly type: string,
    readonly content: unknown,
  ) {}
}

/** A map; keys are compared by value, numbers across their types. */
export class CelMap {
  readonly #entries = new Map<string, readonly [CelValue, CelValue]>();

  get(key: CelValue): CelValue | undefined {
    return this.#entries.get(keyOf(key))?.[1];
  }

  set(key: CelValue, value: CelValue): void {
    this.#entries.set(keyOf(key), [key, value]);
  }

  has(key: CelValue): boolean {
    return this.#entries.has(keyOf(key));
  }

  get size(): number {
    return this.#entries.size;
  }

  entries(): readonly (readonly [CelValue, CelValue])[] {
    return [...this.#entries.values()];
  }
}

function keyOf(key: CelValue): string {
  if (typeof key === "string") return `s${key}`;
  if (key instanceof CelUint) return `n${key.value}`;
  return `${typeof key === "boolean" ? "b" : "n"}${String(key)}`;
}

/** An object of a resource: its fields are those that the schema declares. */
export class CelObject {
  /** Fields that were converted already, by the name that expressions use. */
  readonly fields = new Map<string, CelValue | undefined>();

  constructor(
    readonly json: JsonObject,
    readonly schema: CompiledSchema,
  ) {}
}

/** A list of type `set` or `map`: equal to a list with the same items in another order. */
export class CelUnorderedList extends Array<CelValue> {
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }
}

/** Why an expression has no value. */
export class CelError extends Error {}

/** The steps that rules may take are used up. Not absorbed by `||` and `&&`: it ends the evaluation. */
export class CelBudgetError extends Error {}

/** Counts the steps of an evaluation. */
export class CelBudget {
  #left: number;

  constructor(steps: number) {
    this.#left = steps;
  }

  get left(): number {
    return this.#left;
  }

  /** @throws CelBudgetError when none is left. */
  spend(steps: number): void {
    this.#left -= steps;
    if (this.#left < 0) throw new CelBudgetError("the expression takes too many steps");
  }
}
