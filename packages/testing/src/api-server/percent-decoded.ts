/** A text of a URL without its escapes; bytes that are no UTF-8 become U+FFFD. Undefined when an escape is none. */
export function percentDecoded(text: string): string | undefined {
  if (!text.includes("%")) return text;
  if (/%(?![0-9a-fA-F]{2})/.test(text)) return undefined;
  const bytes = text
    .split(/(%[0-9a-fA-F]{2})/)
    .map((part, index) =>
      index % 2 === 1 ? Buffer.from(part.slice(1), "hex") : Buffer.from(part),
    );
  return Buffer.concat(bytes).toString("utf8");
}
