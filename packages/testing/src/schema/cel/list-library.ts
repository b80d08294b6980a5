import { celArithmetic, celCompare, celEqual, noOverload } from "./cel-operators.js";
import { STRING_SEARCH } from "./string-library.js";
import { CelDuration, CelError, CelMap, CelOptional } from "./cel-value.js";
import type { CelValue } from "./cel-value.js";
import type { CelLibrary } from "./cel-function.js";

function list(value: CelValue | undefined): CelValue[] {
  if (!Array.isArray(value)) throw noOverload();
  return value;
}

function extreme(name: string, items: CelValue[], sign: number): CelValue {
  if (items.length === 0) throw new CelError(`${name} called on empty list`);
  return items.reduce((best, item) => (celCompare(item, best) * sign > 0 ? item : best));
}

function sum(items: CelValue[]): CelValue {
  const first = items[0];
  if (first === undefined) return 0n;
  return items
    .slice(1)
    .reduce<CelValue>(
      (total, item) => celArithmetic("+", total, item),
      first instanceof CelDuration ? new CelDuration(first.nanos) : first,
    );
}

function contains(items: CelValue[], wanted: CelValue): boolean {
  return items.some((item) => celEqual(item, wanted));
}

function integer(value: CelValue | undefined): number {
  if (typeof value !== "bigint") throw noOverload();
  return Number(value);
}

function flatten(items: CelValue[], depth: number): CelValue[] {
  return items.flatMap((item) =>
    Array.isArray(item) && depth > 0 ? flatten(item, depth - 1) : [item],
  );
}

/** `lists.range` past this is refused, so that a rule cannot fill the memory. */
const MAX_RANGE = 100_000;

/** Lists, the extended lists library and sets. */
export const LIST_LIBRARY: CelLibrary = {
  ".isSorted": ([items]) => {
    const all = list(items);
    return all.every(
      (item, index) => index === 0 || celCompare(all[index - 1] as CelValue, item) <= 0,
    );
  },
  ".sum": ([items], { budget }) => {
    budget.spend(list(items).length);
    return sum(list(items));
  },
  ".min": ([items]) => extreme("min", list(items), -1),
  ".max": ([items]) => extreme("max", list(items), 1),
  ".indexOf": ([subject, wanted, from]) => {
    if (typeof subject === "string" && typeof wanted === "string") {
      return STRING_SEARCH.indexOf(subject, wanted, from === undefined ? 0 : integer(from));
    }
    return BigInt(list(subject).findIndex((item) => celEqual(item, wanted as CelValue)));
  },
  ".lastIndexOf": ([subject, wanted, from]) => {
    if (typeof subject === "string" && typeof wanted === "string") {
      return STRING_SEARCH.lastIndexOf(
        subject,
        wanted,
        from === undefined ? undefined : integer(from),
      );
    }
    return BigInt(list(subject).findLastIndex((item) => celEqual(item, wanted as CelValue)));
  },
  ".contains": ([subject, wanted]) => {
    if (typeof subject !== "string" || typeof wanted !== "string") throw noOverload();
    return subject.includes(wanted);
  },
  ".flatten": ([items, depth]) => flatten(list(items), depth === undefined ? 1 : integer(depth)),
  ".sort": ([items], { budget }) => {
    budget.spend(list(items).length);
    return list(items).toSorted(celCompare);
  },
  ".distinct": ([items], { budget }) => {
    const found: CelValue[] = [];
    for (const item of list(items)) {
      budget.spend(found.length + 1);
      if (!contains(found, item)) found.push(item);
    }
    return found;
  },
  ".reverse": ([items]) => list(items).toReversed(),
  ".slice": ([items, start, end]) => {
    const [from, to] = [integer(start), integer(end)];
    const all = list(items);
    if (from < 0 || to < 0 || from > to || to > all.length) {
      throw new CelError(`cannot slice(${from}, ${to}), list is length ${all.length}`);
    }
    return all.slice(from, to);
  },
  ".first": ([items]) => new CelOptional(list(items)[0]),
  ".last": ([items]) => new CelOptional(list(items).at(-1)),
  "lists.range": ([length], { budget }) => {
    const count = integer(length);
    if (count > MAX_RANGE) throw new CelError(`range of ${count} is too long`);
    budget.spend(Math.max(count, 0));
    return Array.from({ length: Math.max(count, 0) }, (_, index) => BigInt(index));
  },
  "sets.contains": ([all, some], { budget }) => {
    budget.spend(list(all).length * list(some).length);
    return list(some).every((item) => contains(list(all), item));
  },
  "sets.equivalent": ([left, right], { budget }) => {
    budget.spend(list(left).length * list(right).length);
    return (
      list(left).every((item) => contains(list(right), item)) &&
      list(right).every((item) => contains(list(left), item))
    );
  },
  "sets.intersects": ([left, right], { budget }) => {
    budget.spend(list(left).length * list(right).length);
    return list(left).some((item) => contains(list(right), item));
  },
  ".hasValue": ([optional]) => {
    if (!(optional instanceof CelOptional)) throw noOverload();
    return optional.value !== undefined;
  },
  ".value": ([optional]) => {
    if (!(optional instanceof CelOptional)) throw noOverload();
    if (optional.value === undefined) throw new CelError("optional.none() dereference");
    return optional.value;
  },
  "optional.of": ([value]) => new CelOptional(value),
  "optional.none": () => new CelOptional(undefined),
  "optional.ofNonZeroValue": ([value]) => new CelOptional(isZero(value) ? undefined : value),
};

function isZero(value: CelValue | undefined): boolean {
  if (value === undefined || value === null) return true;
  if (value === "" || value === 0 || value === 0n || value === false) return true;
  if (value instanceof CelMap) return value.size === 0;
  return (Array.isArray(value) || value instanceof Uint8Array) && value.length === 0;
}
