/** What stands before the first document: marks, comments, directives, and its own `---`. */
const BEFORE = /^\uFEFF?(?:[ \t]*(?:#[^\n]*)?\r?\n|%[^\n]*\n)*(?:---(?=\s))?/;
const NEXT_DOCUMENT = /\n(?:---|\.\.\.)(?=\s|$)/;

/** The part of a YAML text that a reader of its first document alone looks at. */
export function firstDocument(text: string): string {
  const before = BEFORE.exec(text)?.[0].length ?? 0;
  const next = NEXT_DOCUMENT.exec(text.slice(before));
  return next === null ? text : text.slice(0, before + next.index + 1);
}

/** What a scan of a flow collection, or of a quoted text, comes by. */
export interface FlowScan {
  /** Where the root ends; undefined when it does not. */
  readonly end: number | undefined;
  /** Insides of double quoted texts; the last one may have no end. */
  readonly quoted: readonly (readonly [start: number, end: number])[];
  /** The brackets that are open at the end. */
  readonly open: string;
}

/** Scans a document whose root is written as JSON would be; undefined for another one. */
export function scanFlow(text: string, until = text.length): FlowScan | undefined {
  let at = BEFORE.exec(text)?.[0].length ?? 0;
  while (/\s/.test(text[at] ?? "")) at += 1;
  if (!/^[{["']/.test(text[at] ?? "")) return undefined;
  const quoted: [number, number][] = [];
  let open = "";
  for (; at < until; at += 1) {
    const char = text[at] ?? "";
    const isStart = /^[\s{[,:"']?$/.test(text[at - 1] ?? "");
    if (char === '"' && isStart) {
      const start = at + 1;
      at = endOfDouble(text, start);
      quoted.push([start, at]);
    } else if (char === "'" && isStart) at = endOfSingle(text, at + 1);
    else if (char === "#" && /\s/.test(text[at - 1] ?? "")) at = lineEnd(text, at);
    else if (char === "{" || char === "[") open += char;
    else if (char === "}" || char === "]") open = open.slice(0, -1);
    if (open === "") return { end: at < text.length ? at + 1 : undefined, quoted, open };
  }
  return { end: undefined, quoted, open };
}

function endOfDouble(text: string, start: number): number {
  let at = start;
  while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at;
}

function endOfSingle(text: string, start: number): number {
  let at = start;
  while (at < text.length && (text[at] !== "'" || text[at + 1] === "'"))
    at += text[at] === "'" ? 2 : 1;
  return at;
}

function lineEnd(text: string, from: number): number {
  const at = text.indexOf("\n", from);
  return at < 0 ? text.length : at;
}
