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

// eslint-disable-next-line no-control-regex -- control characters are what has to be escaped
const NEEDS_ESCAPE = /[\u0000-\u001f"\\\u007f-\u00a0\u2028\u2029\ufeff]/g;

/** A string as Go's `%q` prints it. */
export function goQuote(text: string): string {
  const escaped = text.replace(NEEDS_ESCAPE, (character) => {
    const known = ESCAPES[character];
    if (known !== undefined) return known;
    const code = character.charCodeAt(0);
    return code < 0x80
      ? `\\x${code.toString(16).padStart(2, "0")}`
      : `\\u${code.toString(16).padStart(4, "0")}`;
  });
  return `"${escaped}"`;
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
