/**
 * A text of a URL without its escapes. A byte that is no UTF-8 becomes half a surrogate pair that tells it, see
 * {@link withoutStrayBytes}. Undefined when an escape is none.
 */
export function percentDecoded(text: string): string | undefined {
  if (!text.includes("%")) return text;
  if (/%(?![0-9a-fA-F]{2})/.test(text)) return undefined;
  const bytes = text
    .split(/(%[0-9a-fA-F]{2})/)
    .map((part, index) =>
      index % 2 === 1 ? Buffer.from(part.slice(1), "hex") : Buffer.from(part),
    );
  const all = Buffer.concat(bytes);
  const decoded = all.toString("utf8");
  return decoded.includes("\uFFFD") ? withStrayBytes(all) : decoded;
}

/** What is written of such a text: U+FFFD in the place of each stray byte. */
export function withoutStrayBytes(text: string): string {
  return text.replace(/[\uDC80-\uDCFF]/gu, "\uFFFD");
}

function withStrayBytes(bytes: Buffer): string {
  let text = "";
  for (let at = 0; at < bytes.length;) {
    const first = bytes[at] ?? 0;
    const length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    const part = bytes.subarray(at, at + length);
    const character = part.toString("utf8");
    const isWhole = Buffer.from(character).equals(part);
    text += isWhole ? character : String.fromCharCode(0xdc00 + first);
    at += isWhole ? length : 1;
  }
  return text;
}
