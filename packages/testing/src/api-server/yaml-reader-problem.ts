const WIDTHS = [
  { mask: 0x80, lead: 0x00, width: 1, least: 0 },
  { mask: 0xe0, lead: 0xc0, width: 2, least: 0x80 },
  { mask: 0xf0, lead: 0xe0, width: 3, least: 0x800 },
  { mask: 0xf8, lead: 0xf0, width: 4, least: 0x1_0000 },
] as const;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** Why the bytes are no text that YAML can be in, as Go's reader says it, before any grammar; undefined when they are one. */
export function yamlReaderProblem(bytes: Uint8Array): string | undefined {
  let at = BYTE_ORDER_MARK.every((byte, index) => bytes[index] === byte) ? 3 : 0;
  while (at < bytes.length) {
    const lead = bytes[at] ?? 0;
    const form = WIDTHS.find((each) => (lead & each.mask) === each.lead);
    if (form === undefined) return "invalid leading UTF-8 octet";
    const { mask, width, least } = form;
    if (at + width > bytes.length) return "incomplete UTF-8 octet sequence";
    let code = lead & ~mask;
    for (const octet of bytes.subarray(at + 1, at + width)) {
      if ((octet & 0xc0) !== 0x80) return "invalid trailing UTF-8 octet";
      code = (code << 6) | (octet & 0x3f);
    }
    if (code < least) return "invalid length of a UTF-8 sequence";
    if ((code >= 0xd800 && code <= 0xdfff) || code > 0x10_ffff) return "invalid Unicode character";
    if (!isAllowed(code)) return "control characters are not allowed";
    at += width;
  }
  return undefined;
}

function isAllowed(code: number): boolean {
  if (code < 0x20) return code === 0x09 || code === 0x0a || code === 0x0d;
  if (code < 0xa0) return code <= 0x7e || code === 0x85;
  return code <= 0xfffd || code >= 0x1_0000;
}
