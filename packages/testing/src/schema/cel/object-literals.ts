/** The function that makes an object of a type; no expression can name it. */
export const MAKE_OBJECT = "__object";

/** A text without object literals, and where each of its characters was before. */
export interface Rewritten {
  readonly source: string;
  readonly offsets: readonly number[];
}

/**
 * Writes `Object.spec{replicas: 1}` as a call with a map, as the parser knows no object literals. Expressions that are not closed
 * stay as they are: the parser refuses them.
 */
export function withoutObjectLiterals(source: string): Rewritten {
  const out = new Writer();
  const closers: ("object" | "other")[] = [];
  let position = 0;
  while (position < source.length) {
    const rest = source.slice(position);
    const text = /^(?:r?"(?:\\.|[^"\\])*"|r?'(?:\\.|[^'\\])*'|\s+|\d[\w.]*)/i.exec(rest)?.[0];
    const head = /^(?:Object|JSONPatch)(?:\.\w+)*(?=\s*\{)/.exec(rest)?.[0];
    const name = /^[A-Za-z_]\w*(?:\s*\.\s*[A-Za-z_]\w*)*/.exec(rest)?.[0];
    if (head !== undefined) {
      const opening = source.indexOf("{", position + head.length);
      out.write(`${MAKE_OBJECT}("${head}",{`, position);
      closers.push("object");
      position = opening + 1;
    } else if (text !== undefined) {
      out.copy(text, position);
      position += text.length;
    } else if (name !== undefined) {
      const isField =
        closers.at(-1) === "object" &&
        /^\s*:/.test(rest.slice(name.length)) &&
        isKey(source, position);
      if (isField) out.write(`"${name}"`, position);
      else out.copy(name, position);
      position += name.length;
    } else {
      const character = rest.charAt(0);
      if ("([{".includes(character)) closers.push("other");
      const closed = ")]}".includes(character) ? closers.pop() : undefined;
      out.copy(character, position);
      if (closed === "object") out.write(")", position);
      position += 1;
    }
  }
  return out;
}

/** A name is that of a field after the opening brace or a comma; in `a ? b : c` it is not. */
function isKey(source: string, position: number): boolean {
  return /[{,]\s*$/.test(source.slice(0, position));
}

class Writer implements Rewritten {
  source = "";
  readonly offsets: number[] = [];

  copy(text: string, from: number): void {
    for (let index = 0; index < text.length; index++) this.offsets.push(from + index);
    this.source += text;
  }

  write(text: string, at: number): void {
    for (let index = 0; index < text.length; index++) this.offsets.push(at);
    this.source += text;
  }
}
