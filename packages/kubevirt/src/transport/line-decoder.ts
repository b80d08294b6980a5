import { isUtf8 } from "node:buffer";

const NEWLINE = 0x0a;

/** Cuts a stream of bytes into lines of text; lines and characters may be spread over chunks. */
export class LineDecoder {
  readonly #parts: Buffer[] = [];
  #pendingBytes = 0;

  /** Bytes of the line that is not complete yet. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** The lines that the chunk completes, without empty ones. @throws SyntaxError for bytes that are no UTF-8. */
  write(chunk: Buffer): string[] {
    const lines: string[] = [];
    let start = 0;
    // A byte of this value is never a part of a longer character.
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      this.#keep(chunk.subarray(start, end));
      const line = this.#take();
      if (line.trim() !== "") lines.push(line);
      start = end + 1;
    }
    this.#keep(chunk.subarray(start));
    return lines;
  }

  /** The last line, which nothing ended; empty when there is none. @throws SyntaxError for bytes that are no UTF-8. */
  end(): string {
    return this.#take().trim();
  }

  #keep(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#parts.push(bytes);
    this.#pendingBytes += bytes.length;
  }

  #take(): string {
    const [first] = this.#parts;
    if (first === undefined) return "";
    const bytes = this.#parts.length === 1 ? first : Buffer.concat(this.#parts);
    this.#parts.length = 0;
    this.#pendingBytes = 0;
    if (!isUtf8(bytes)) throw new SyntaxError("not UTF-8");
    return bytes.toString("utf8");
  }
}
