/** A JSON text as it is written: keys in their order, also those that come twice, and numbers as texts. */
export type JsonText =
  | { readonly kind: "object"; readonly entries: (readonly [key: string, value: JsonText])[] }
  | { readonly kind: "array"; readonly items: JsonText[] }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "bool"; readonly value: boolean }
  | { readonly kind: "number"; readonly literal: string }
  | { readonly kind: "null" };

/** A token of a valid JSON text; white space, colons and commas say nothing that the rest does not. */
const TOKEN = /[{}[\]]|"(?:[^"\\]|\\.)*"|-?\d[-+.\deE]*|true|false|null/gsu;

/** Reads a JSON text that is known to be valid, without recursion. */
export function readJsonText(text: string): JsonText {
  const open: (JsonText & { readonly kind: "object" | "array" })[] = [];
  let root: JsonText = { kind: "null" };
  let key: string | undefined;
  const add = (value: JsonText): void => {
    const into = open.at(-1);
    if (into === undefined) root = value;
    else if (into.kind === "array") into.items.push(value);
    else into.entries.push([key ?? "", value]);
    key = undefined;
    if (value.kind === "object" || value.kind === "array") open.push(value);
  };
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === "}" || token === "]") open.pop();
    else if (token.startsWith('"') && open.at(-1)?.kind === "object" && key === undefined)
      key = wellFormed(JSON.parse(token) as string);
    else add(valueOf(token));
  }
  return root;
}

function valueOf(token: string): JsonText {
  switch (token.charAt(0)) {
    case "{":
      return { kind: "object", entries: [] };
    case "[":
      return { kind: "array", items: [] };
    case '"':
      return { kind: "string", value: wellFormed(JSON.parse(token) as string) };
    case "t":
    case "f":
      return { kind: "bool", value: token === "true" };
    case "n":
      return { kind: "null" };
    default:
      return { kind: "number", literal: token };
  }
}

/** Go has no half of a surrogate pair: it reads U+FFFD. */
export function wellFormed(text: string): string {
  return text.replaceAll(/\p{Surrogate}/gu, "\uFFFD");
}
