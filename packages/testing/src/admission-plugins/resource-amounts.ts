import { objectAt, objectsAt } from "../admission/json-access.js";
import {
  compareQuantity,
  formatQuantity,
  parseQuantity,
  type Quantity,
} from "../schema/quantity.js";
import type { JsonObject } from "../schema/json.js";

/** Amounts by the names of resources. */
export type Amounts = ReadonlyMap<string, Quantity>;

export const ONE: Quantity = { nanos: 1_000_000_000n, format: "DecimalSI" };
export const NOTHING: Quantity = { nanos: 0n, format: "DecimalSI" };

/** The amounts that an object lists; what is none is left out. */
export function amountsOf(object: JsonObject): Map<string, Quantity> {
  const amounts = new Map<string, Quantity>();
  for (const [name, value] of Object.entries(object)) {
    const quantity = parseQuantity(String(value));
    if (quantity !== undefined) amounts.set(name, quantity);
  }
  return amounts;
}

/** The sum of two amounts, written as the first one is, unless that is nothing. */
export function addQuantity(left: Quantity, right: Quantity): Quantity {
  const { format } = left.nanos === 0n ? right : left;
  return { nanos: left.nanos + right.nanos, format };
}

export function addAmounts(left: Amounts, right: Amounts): Map<string, Quantity> {
  const sum = new Map(left);
  for (const [name, quantity] of right)
    sum.set(name, addQuantity(sum.get(name) ?? NOTHING, quantity));
  return sum;
}

function largerAmounts(left: Amounts, right: Amounts): Map<string, Quantity> {
  const larger = new Map(left);
  for (const [name, quantity] of right) {
    const present = larger.get(name);
    if (present === undefined || compareQuantity(quantity, present) > 0) larger.set(name, quantity);
  }
  return larger;
}

/** What a Pod asks for in all: its containers together, or its hungriest init container. */
export function podAmounts(pod: JsonObject, part: "requests" | "limits"): Amounts {
  const spec = objectAt(pod, "spec");
  const amountsIn = (container: JsonObject): Amounts =>
    amountsOf(objectAt(objectAt(container, "resources"), part));
  let sum: Amounts = new Map();
  for (const container of objectsAt(spec, "containers"))
    sum = addAmounts(sum, amountsIn(container));
  let sidecars: Amounts = new Map();
  let initial: Amounts = new Map();
  for (const container of objectsAt(spec, "initContainers")) {
    if (container["restartPolicy"] === "Always")
      sidecars = addAmounts(sidecars, amountsIn(container));
    else initial = largerAmounts(initial, addAmounts(sidecars, amountsIn(container)));
  }
  return largerAmounts(addAmounts(sum, sidecars), initial);
}

/** `cpu=1,memory=2Gi`, sorted. */
export function amountsText(amounts: Amounts): string {
  return [...amounts]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, quantity]) => `${name}=${formatQuantity(quantity)}`)
    .join(",");
}
