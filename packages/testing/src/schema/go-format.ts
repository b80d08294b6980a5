const ESCAPES: Readonly<Record<string, string>> = {
  "\u0007": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\",
  '"': '\\"',
};

const PLAIN = /^[ !#-[\]-~]*$/;
/** What Go does not count as printable; of spaces it knows only one. */
const NEEDS_ESCAPE = /["\\]|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu;

/** A string as Go's `%q` prints it. */
export function goQuote(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`;
  return `"${text.replace(NEEDS_ESCAPE, escaped)}"`;
}

function escaped(character: string): string {
  const known = ESCAPES[character];
  if (known !== undefined) return known;
  const code = character.codePointAt(0) ?? 0;
  const hex = (digits: number): string => code.toString(16).padStart(digits, "0");
  if (code < 0x80) return `\\x${hex(2)}`;
  // A byte of a URL that is no UTF-8.
  if (code >= 0xdc80 && code <= 0xdcff) return `\\x${(code - 0xdc00).toString(16)}`;
  return code < 0x1_0000 ? `\\u${hex(4)}` : `\\U${hex(8)}`;
}

/** A string as Go's package `time` quotes it: byte by byte, all that is not ASCII escaped. */
export function goTimeQuote(text: string): string {
  const quoted = [...Buffer.from(text)].map((byte) => {
    if (byte >= 0x80 || byte < 0x20) return `\\x${byte.toString(16).padStart(2, "0")}`;
    const character = String.fromCharCode(byte);
    return character === '"' || character === "\\" ? `\\${character}` : character;
  });
  return `"${quoted.join("")}"`;
}

/** A number as Go's `%v` prints it: an exponent has two digits there, and starts at 1e-05. */
export function goNumber(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e21) return String(value);
  if (Math.abs(value) < 1e-4 && value !== 0) {
    return value.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
  }
  return String(value);
}

/** A value as Go's encoding/json writes it: keys sorted, `<`, `>` and `&` escaped. */
export function goJson(value: unknown): string {
  if (value === undefined || value === null) return "null";
  if (value instanceof GoLiteral) return value.text;
  if (Array.isArray(value)) return `[${value.map(goJson).join(",")}]`;
  if (typeof value === "object") {
    const object = value as Readonly<Record<string, unknown>>;
    const fields = Object.keys(object)
      .toSorted()
      .map((key) => `${goJson(key)}:${goJson(object[key])}`);
    return `{${fields.join(",")}}`;
  }
  if (typeof value === "bigint") return String(value);
  return (JSON.stringify(value) ?? "null").replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** A text that stands for a value where the real server prints one of its own Go structs. */
export class GoLiteral {
  constructor(readonly text: string) {}
}
