import type { ObjectHistory, ObjectWrite } from "./object-history.js";

/** Writes that were this close (seconds) may swap in another run. */
const CLOSE_SECONDS = 0.15;

interface Value {
  readonly value: string | undefined;
  /** Index of the write that set it. */
  readonly index: number;
  /** The next write of the object replaced it: had the two been one write, nobody would have seen it. */
  readonly isPassing: boolean;
}

/**
 * What differs between two lives of the same object, in words; nothing when they are equal.
 *
 * Equal means: each field takes the same values in the same order, and writes come in the same order. What may differ is what
 * differs between two runs of the real thing: a value that the object's next write replaces may be missing on either side
 * (the two writes were one), and writes may swap when they are neighbours or closer than 0.15 s in the recording.
 */
export function compareHistories(recorded: ObjectHistory, seen: ObjectHistory): string[] {
  const differences: string[] = [];
  const pairs: (readonly [recorded: number, seen: number, path: string])[] = [];
  const paths = new Set(
    [...recorded.writes, ...seen.writes].flatMap(({ changes }) => [...changes.keys()]),
  );
  for (const path of paths) {
    const left = valuesOf(recorded.writes, path);
    const right = valuesOf(seen.writes, path);
    const matched = match(left, right);
    if (matched === undefined) {
      differences.push(`${path}: recorded ${show(left)}, seen ${show(right)}`);
      continue;
    }
    for (const [a, b] of matched) pairs.push([a, b, path]);
  }
  if (recorded.isDeleted !== seen.isDeleted)
    differences.push(`deleted: recorded ${recorded.isDeleted}, seen ${seen.isDeleted}`);
  return [...differences, ...orderDifferences(pairs, recorded.writes)];
}

function valuesOf(writes: readonly ObjectWrite[], path: string): Value[] {
  const values: { value: string | undefined; index: number; isPassing: boolean }[] = [];
  let present: string | undefined;
  for (const [index, { changes }] of writes.entries()) {
    if (!changes.has(path)) continue;
    const value = changes.get(path);
    if (value === present) continue;
    present = value;
    const last = values.at(-1);
    if (last?.index === index - 1) last.isPassing = true;
    values.push({ value, index, isPassing: false });
  }
  return values;
}

/** Pairs equal values in order; passing ones may stay alone. Undefined when that cannot be done. */
function match(left: readonly Value[], right: readonly Value[]): [number, number][] | undefined {
  const memory = new Map<string, [number, number][] | undefined>();
  const from = (i: number, j: number): [number, number][] | undefined => {
    const a = left[i];
    const b = right[j];
    if (a === undefined && b === undefined) return [];
    const key = `${i} ${j}`;
    if (memory.has(key)) return memory.get(key);
    let found: [number, number][] | undefined;
    if (a !== undefined && b !== undefined && a.value === b.value) {
      const rest = from(i + 1, j + 1);
      if (rest !== undefined) found = [[a.index, b.index], ...rest];
    }
    if (found === undefined && a?.isPassing === true) found = from(i + 1, j);
    if (found === undefined && b?.isPassing === true) found = from(i, j + 1);
    memory.set(key, found);
    return found;
  };
  return from(0, 0);
}

function orderDifferences(
  pairs: readonly (readonly [recorded: number, seen: number, path: string])[],
  writes: readonly ObjectWrite[],
): string[] {
  const sorted = pairs.toSorted(([a], [b]) => a - b);
  const differences: string[] = [];
  for (const [index, [later, seenLater, path]] of sorted.entries()) {
    const before = sorted.slice(0, index).find(([earlier, seenEarlier]) => {
      if (seenEarlier <= seenLater || later - earlier < 2) return false;
      const gap = (writes[later]?.at ?? 0) - (writes[earlier]?.at ?? 0);
      return gap > CLOSE_SECONDS;
    });
    if (before !== undefined)
      differences.push(
        `${path} (write ${later}) was seen before ${before[2]} (write ${before[0]})`,
      );
  }
  return differences;
}

function show(values: readonly Value[]): string {
  return values
    .map(({ value, isPassing }) => `${value ?? "(none)"}${isPassing ? "~" : ""}`)
    .join(" -> ");
}
