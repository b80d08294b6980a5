interface Match {
  readonly a: number;
  readonly b: number;
  readonly size: number;
}

/** A run of lines that is equal in both texts, or what stands in its place in each. */
interface Change {
  readonly equal: boolean;
  readonly a: readonly [from: number, to: number];
  readonly b: readonly [from: number, to: number];
}

const CONTEXT = 3;
/** From so many lines on, those that are everywhere do not start a match. */
const LONG_TEXT = 200;

/** The differences of two texts as `diff -u` shows them, without its head; the longest run of equal lines is kept first. */
export function unifiedDiff(before: readonly string[], after: readonly string[]): string {
  return hunks(changes(before, after))
    .map((hunk) => {
      const [first, last] = [hunk[0], hunk.at(-1)];
      if (first === undefined || last === undefined) return "";
      const head = `@@ -${range(first.a[0], last.a[1])} +${range(first.b[0], last.b[1])} @@\n`;
      return (
        head +
        hunk
          .map(({ equal, a, b }) =>
            equal
              ? lines(" ", before.slice(...a))
              : lines("-", before.slice(...a)) + lines("+", after.slice(...b)),
          )
          .join("")
      );
    })
    .join("");
}

const lines = (mark: string, texts: readonly string[]): string =>
  texts.map((text) => `${mark}${text}\n`).join("");

function range(from: number, to: number): string {
  const length = to - from;
  if (length === 1) return String(from + 1);
  return length === 0 ? `${from},0` : `${from + 1},${length}`;
}

function changes(before: readonly string[], after: readonly string[]): Change[] {
  const found: Change[] = [];
  let [a, b] = [0, 0];
  const end: Match = { a: before.length, b: after.length, size: 0 };
  for (const match of [...matches(before, after), end]) {
    if (a < match.a || b < match.b) found.push({ equal: false, a: [a, match.a], b: [b, match.b] });
    [a, b] = [match.a + match.size, match.b + match.size];
    if (match.size > 0) found.push({ equal: true, a: [match.a, a], b: [match.b, b] });
  }
  return found;
}

/** Changes that are near to one another stand in one hunk, with some equal lines around. */
function hunks(all: readonly Change[]): Change[][] {
  if (all.every(({ equal }) => equal)) return [];
  const found: Change[][] = [[]];
  for (const [index, change] of all.entries()) {
    const hunk = found.at(-1) ?? [];
    if (!change.equal) {
      hunk.push(change);
      continue;
    }
    const head = index > 0 ? part(change, 0, CONTEXT) : undefined;
    const tail = index < all.length - 1 ? part(change, -CONTEXT, Infinity) : undefined;
    const size = change.a[1] - change.a[0];
    if (head !== undefined && tail !== undefined && size <= 2 * CONTEXT) hunk.push(change);
    else {
      if (head !== undefined) hunk.push(head);
      if (head !== undefined && tail !== undefined) found.push([tail]);
      else if (tail !== undefined) hunk.push(tail);
    }
  }
  return found;
}

function part({ a, b }: Change, from: number, to: number): Change {
  const size = a[1] - a[0];
  const first = from < 0 ? Math.max(size + from, 0) : 0;
  const last = Math.min(to, size);
  return { equal: true, a: [a[0] + first, a[0] + last], b: [b[0] + first, b[0] + last] };
}

function matches(before: readonly string[], after: readonly string[]): Match[] {
  const places = placesOf(after);
  const found: Match[] = [];
  const search = (aFrom: number, aTo: number, bFrom: number, bTo: number): void => {
    const best = longest({ before, after, places }, aFrom, aTo, bFrom, bTo);
    if (best.size === 0) return;
    search(aFrom, best.a, bFrom, best.b);
    found.push(best);
    search(best.a + best.size, aTo, best.b + best.size, bTo);
  };
  search(0, before.length, 0, after.length);
  return found;
}

function placesOf(after: readonly string[]): ReadonlyMap<string, readonly number[]> {
  const places = new Map<string, number[]>();
  for (const [index, line] of after.entries()) {
    const known = places.get(line);
    if (known === undefined) places.set(line, [index]);
    else known.push(index);
  }
  if (after.length >= LONG_TEXT) {
    for (const [line, known] of places)
      if (known.length > Math.floor(after.length / 100) + 1) places.delete(line);
  }
  return places;
}

interface Texts {
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly places: ReadonlyMap<string, readonly number[]>;
}

function longest(
  { before, after, places }: Texts,
  aFrom: number,
  aTo: number,
  bFrom: number,
  bTo: number,
): Match {
  let best: Match = { a: aFrom, b: bFrom, size: 0 };
  let lengths = new Map<number, number>();
  for (let a = aFrom; a < aTo; a += 1) {
    const next = new Map<number, number>();
    for (const b of places.get(before[a] ?? "") ?? []) {
      if (b < bFrom || b >= bTo) continue;
      const size = (lengths.get(b - 1) ?? 0) + 1;
      next.set(b, size);
      if (size > best.size) best = { a: a - size + 1, b: b - size + 1, size };
    }
    lengths = next;
  }
  // Lines that start no match may still belong to one.
  let { a, b, size } = best;
  while (a > aFrom && b > bFrom && before[a - 1] === after[b - 1])
    [a, b, size] = [a - 1, b - 1, size + 1];
  while (a + size < aTo && b + size < bTo && before[a + size] === after[b + size]) size += 1;
  return { a, b, size };
}
