import { StringDecoder } from "node:string_decoder";

/** Cuts a stream of bytes into lines; characters and lines may be spread over chunks. */
export class LineDecoder {
  readonly #decoder = new StringDecoder("utf8");
  readonly #parts: string[] = [];
  #pendingLength = 0;

  /** Characters of the line that is not complete yet. */
  get pendingLength(): number {
    return this.#pendingLength;
  }

  /** The lines that the chunk completes, without empty ones. */
  write(chunk: Buffer): string[] {
    const text = this.#decoder.write(chunk);
    const lines: string[] = [];
    let start = 0;
    for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", start)) {
      this.#keep(text.slice(start, end));
      const line = this.#take();
      if (line.trim() !== "") lines.push(line);
      start = end + 1;
    }
    this.#keep(text.slice(start));
    return lines;
  }

  /** The last line, which nothing ended; empty when there is none. */
  end(): string {
    this.#keep(this.#decoder.end());
    return this.#take().trim();
  }

  #keep(text: string): void {
    if (text === "") return;
    this.#parts.push(text);
    this.#pendingLength += text.length;
  }

  #take(): string {
    const line = this.#parts.length === 1 ? (this.#parts[0] ?? "") : this.#parts.join("");
    this.#parts.length = 0;
    this.#pendingLength = 0;
    return line;
  }
}
