/** One block of a PEM text. */
export interface PemBlock {
  /** `CERTIFICATE`, `EC PRIVATE KEY`, ... */
  readonly label: string;
  readonly text: string;
}

const BEGIN = "-----BEGIN ";
const DASHES = "-----";

/** The blocks of a PEM text (RFC 7468) in order, in one pass; what stands between them is left out, and so is one that does not end. */
export function pemBlocks(text: string): PemBlock[] {
  const blocks: PemBlock[] = [];
  let from = 0;
  for (;;) {
    const start = text.indexOf(BEGIN, from);
    if (start === -1) return blocks;
    const labelEnd = text.indexOf(DASHES, start + BEGIN.length);
    if (labelEnd === -1) return blocks;
    const label = text.slice(start + BEGIN.length, labelEnd);
    const endLine = `-----END ${label}-----`;
    const end = text.indexOf(endLine, labelEnd);
    // A block that nothing ends is no block, and everything behind it is its content.
    if (end === -1) return blocks;
    from = end + endLine.length;
    blocks.push({ label, text: `${text.slice(start, from)}\n` });
  }
}
