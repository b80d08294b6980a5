/** A media type that a client takes. */
export interface Clause {
  /** `application/json`; `*` alone means any. */
  readonly type: string;
  readonly quality: number;
  readonly parameters: ReadonlyMap<string, string>;
}

/** The parts of an `Accept` header, the best first, as Go's package `goautoneg` reads them: what it cannot read it passes over. */
export function clausesOf(accept: string): readonly Clause[] {
  return inOrder(accept.split(",").flatMap(clauseOf));
}

/** The media types that a header names, whatever their parameters, as go-restful chooses routes by them. */
export function namedTypes(accept: string): readonly string[] {
  return accept.split(",").map((part) => trimmed(part.split(";", 1)[0] ?? ""));
}

function clauseOf(part: string): Clause[] {
  const [type = "", ...rest] = trimmed(part).split(";");
  const [main = "", sub, ...more] = type.split("/").map(trimmed);
  if (more.join("") !== "") return [];
  // A slash with nothing behind it is none.
  const isWhole = sub !== undefined && (sub !== "" || more.length > 0);
  if (!isWhole && main !== "*") return [];
  const parameters = new Map<string, string>();
  let quality = 1;
  for (const parameter of rest) {
    const [key = "", value = "", ...extra] = parameter.split("=");
    if (value === "" || extra.join("=") !== "") continue;
    if (trimmed(key) === "q") quality = floatOf(value);
    else parameters.set(trimmed(key), trimmed(value));
  }
  return [{ type: `${main}/${isWhole ? sub : "*"}`, quality, parameters }];
}

/** What is no number counts nothing. */
function floatOf(text: string): number {
  return /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/.test(text) ? Number(text) : 0;
}

/** The order of Go's insertion sort: its comparison is none that an order can be told from. */
function inOrder(clauses: readonly Clause[]): readonly Clause[] {
  const sorted: Clause[] = [];
  for (const clause of clauses) {
    let at = sorted.length;
    while (at > 0 && isBetter(clause, sorted[at - 1] as Clause)) at -= 1;
    sorted.splice(at, 0, clause);
  }
  return sorted;
}

function isBetter(left: Clause, right: Clause): boolean {
  if (left.quality > right.quality) return true;
  if (!left.type.startsWith("*/") && right.type.startsWith("*/")) return true;
  return !left.type.endsWith("/*") && right.type.endsWith("/*");
}

function trimmed(text: string): string {
  return text.replaceAll(/^ +| +$/g, "");
}
