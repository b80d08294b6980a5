const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+/;
const SPACE = /^[\t\n\v\f\r ]+/;
/** What a backslash may stand before within quotes. */
const SPECIAL = /[()<>@,;:\\"/[\]?=]/;

/** One `; name=value`, and what follows it. */
interface Parameter {
  readonly name: string;
  readonly value: string;
  readonly rest: string;
}

/**
 * The media type of a `Content-Type` header, in lower case and without its parameters.
 *
 * @returns undefined when the header is none by the rules of Go's package `mime`, which reads the parameters too.
 */
export function parseMediaType(header: string): string | undefined {
  const [base = ""] = header.split(";", 1);
  const type = base.trim().toLowerCase();
  const [main, sub, ...more] = type.split("/");
  if (!isToken(main) || more.length > 0 || (sub !== undefined && !isToken(sub))) return undefined;
  const values = new Map<string, string>();
  let rest = withoutSpace(header.slice(base.length));
  while (rest !== "") {
    const parameter = readParameter(rest);
    // A semicolon at the end is forgiven.
    if (parameter === undefined) return rest.trim() === ";" ? type : undefined;
    const before = values.get(parameter.name);
    if (before !== undefined && before !== parameter.value) return undefined;
    values.set(parameter.name, parameter.value);
    rest = withoutSpace(parameter.rest);
  }
  return type;
}

function readParameter(text: string): Parameter | undefined {
  if (!text.startsWith(";")) return undefined;
  const inner = withoutSpace(text.slice(1));
  const name = TOKEN.exec(inner)?.[0] ?? "";
  const equals = withoutSpace(inner.slice(name.length));
  if (name === "" || !equals.startsWith("=")) return undefined;
  const given = withoutSpace(equals.slice(1));
  const read = given.startsWith('"') ? readQuoted(given) : readToken(given);
  return read === undefined ? undefined : { name: name.toLowerCase(), ...read };
}

function readToken(text: string): Pick<Parameter, "value" | "rest"> | undefined {
  const value = TOKEN.exec(text)?.[0];
  return value === undefined ? undefined : { value, rest: text.slice(value.length) };
}

function readQuoted(text: string): Pick<Parameter, "value" | "rest"> | undefined {
  let value = "";
  for (let at = 1; at < text.length; at += 1) {
    let character = text.charAt(at);
    if (character === '"') return { value, rest: text.slice(at + 1) };
    if (character === "\r" || character === "\n") return undefined;
    const next = text.charAt(at + 1);
    if (character === "\\" && SPECIAL.test(next)) {
      character = next;
      at += 1;
    }
    value += character;
  }
  return undefined;
}

function isToken(text: string | undefined): boolean {
  return text !== undefined && TOKEN.exec(text)?.[0] === text;
}

function withoutSpace(text: string): string {
  return text.replace(SPACE, "");
}
