import { goQuote } from "../schema/go-format.js";

/** What the real server's JSON reader finds beyond values: why a text is none, and which keys come twice. */
export interface JsonScan {
  /** In the words of Go's encoding/json; undefined when the text is valid. */
  readonly error: string | undefined;
  /** Of the first number that is too large for any type; a text with one is valid all the same. */
  readonly numberError: string | undefined;
  /** Paths of keys that an object has more than once (`data.k`), in the order in which they are found. */
  readonly duplicates: readonly string[];
}

/** The nesting at which encoding/json gives up. */
const MAX_DEPTH = 10_000;
const END = "unexpected end of JSON input";
/** Inside a token Go takes the end of the text for a space. */
const PAST_END = " ";
const HEX = /[0-9a-fA-F]/;

class ScanError extends Error {}

interface Frame {
  readonly isObject: boolean;
  readonly keys: Set<string>;
  key: string;
  /** Of the present item; -1 before the first. */
  index: number;
}

/** Reads a JSON text as strictly as the real server, without recursion: the text may be nested as deep as it likes. */
export function scanGoJson(text: string): JsonScan {
  const scanner = new GoJsonScanner(text);
  try {
    scanner.scan();
    const { numberError, duplicates } = scanner;
    return { error: undefined, numberError, duplicates };
  } catch (error) {
    if (error instanceof ScanError)
      return { error: error.message, numberError: undefined, duplicates: [] };
    throw error;
  }
}

class GoJsonScanner {
  readonly duplicates: string[] = [];
  numberError: string | undefined;
  readonly #text: string;
  readonly #frames: Frame[] = [];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  scan(): void {
    this.#value("looking for beginning of value");
    while (this.#frames.length > 0) {
      const frame = this.#frames.at(-1) as Frame;
      if (frame.index < 0) this.#first(frame);
      else this.#afterValue(frame);
    }
    const rest = this.#next();
    if (rest !== "") throw this.#invalid(rest, "after top-level value");
  }

  /** Reads a value; of an object or a list its beginning alone. */
  #value(context: string): void {
    const character = this.#next();
    switch (character) {
      case "":
        throw new ScanError(END);
      case "{":
        this.#open(true, character);
        return;
      case "[":
        this.#open(false, character);
        return;
      case '"':
        this.#string();
        return;
      default:
        if (character === "-" || isDigit(character)) this.#number();
        else if (!this.#literal(character)) throw this.#invalid(character, context);
    }
  }

  /** What comes after an opening bracket. */
  #first(frame: Frame): void {
    frame.index = 0;
    if (this.#next() === (frame.isObject ? "}" : "]")) this.#close();
    else if (frame.isObject) this.#key("looking for beginning of object key string");
    else this.#value("looking for beginning of value");
  }

  #afterValue(frame: Frame): void {
    const character = this.#next();
    if (character === "") throw new ScanError(END);
    if (character === (frame.isObject ? "}" : "]")) {
      this.#close();
      return;
    }
    if (character !== ",") {
      throw this.#invalid(
        character,
        frame.isObject ? "after object key:value pair" : "after array element",
      );
    }
    this.#at += 1;
    frame.index += 1;
    if (frame.isObject) this.#key("looking for beginning of object key string");
    else this.#value("looking for beginning of value");
  }

  #key(context: string): void {
    const frame = this.#frames.at(-1) as Frame;
    const character = this.#next();
    if (character === "") throw new ScanError(END);
    if (character !== '"') throw this.#invalid(character, context);
    frame.key = this.#string();
    if (frame.keys.has(frame.key)) this.duplicates.push(this.#path());
    frame.keys.add(frame.key);
    const colon = this.#next();
    if (colon === "") throw new ScanError(END);
    if (colon !== ":") throw this.#invalid(colon, "after object key");
    this.#at += 1;
    this.#value("looking for beginning of value");
  }

  #open(isObject: boolean, character: string): void {
    if (this.#frames.length >= MAX_DEPTH) {
      throw new ScanError(`invalid character '${character}' exceeded max depth`);
    }
    this.#frames.push({ isObject, keys: new Set(), key: "", index: -1 });
    this.#at += 1;
  }

  #close(): void {
    this.#frames.pop();
    this.#at += 1;
  }

  #string(): string {
    const start = this.#at;
    this.#at += 1;
    for (;;) {
      const character = this.#text[this.#at] ?? "";
      if (character === "") throw new ScanError(END);
      this.#at += 1;
      if (character === '"') break;
      if (character === "\\") this.#escape();
      else if (character < " ") throw this.#invalid(character, "in string literal");
    }
    return JSON.parse(this.#text.slice(start, this.#at)) as string;
  }

  #escape(): void {
    const character = this.#text[this.#at] ?? PAST_END;
    this.#at += 1;
    if ('bfnrt\\/"'.includes(character)) return;
    if (character !== "u") throw this.#invalid(character, "in string escape code");
    for (let digit = 0; digit < 4; digit += 1) {
      const hex = this.#text[this.#at] ?? PAST_END;
      if (!HEX.test(hex)) throw this.#invalid(hex, "in \\u hexadecimal character escape");
      this.#at += 1;
    }
  }

  #number(): void {
    const start = this.#at;
    if (this.#text[this.#at] === "-") this.#at += 1;
    if (this.#text[this.#at] === "0") this.#at += 1;
    else this.#digits("in numeric literal");
    if (this.#text[this.#at] === ".") {
      this.#at += 1;
      this.#digits("after decimal point in numeric literal");
    }
    if (/[eE]/.test(this.#text[this.#at] ?? "")) {
      this.#at += 1;
      if (/[+-]/.test(this.#text[this.#at] ?? "")) this.#at += 1;
      this.#digits("in exponent of numeric literal");
    }
    const literal = this.#text.slice(start, this.#at);
    if (!Number.isFinite(Number(literal))) {
      this.numberError ??= `json: cannot unmarshal number ${literal} into Go value of type float64`;
    }
  }

  #digits(context: string): void {
    const first = this.#text[this.#at] ?? PAST_END;
    if (!isDigit(first)) throw this.#invalid(first, context);
    while (isDigit(this.#text[this.#at] ?? "")) this.#at += 1;
  }

  #literal(first: string): boolean {
    const word = ["true", "false", "null"].find((each) => each.startsWith(first));
    if (word === undefined) return false;
    for (const expected of word) {
      const character = this.#text[this.#at] ?? PAST_END;
      if (character !== expected) {
        throw this.#invalid(character, `in literal ${word} (expecting '${expected}')`);
      }
      this.#at += 1;
    }
    return true;
  }

  /** The next character that is no white space, without passing it. */
  #next(): string {
    while (/[ \t\r\n]/.test(this.#text[this.#at] ?? "")) this.#at += 1;
    return this.#text[this.#at] ?? "";
  }

  #path(): string {
    let path = "";
    for (const { isObject, key, index } of this.#frames) {
      if (!isObject) path += `[${index}]`;
      else path += path === "" ? key : `.${key}`;
    }
    return path;
  }

  #invalid(character: string, context: string): ScanError {
    const shown = character === '"' ? "'\"'" : character === "'" ? "'\\''" : quoted(character);
    return new ScanError(`invalid character ${shown} ${context}`);
  }
}

function quoted(character: string): string {
  return `'${goQuote(character).slice(1, -1)}'`;
}

function isDigit(character: string): boolean {
  return character >= "0" && character <= "9" && character.length === 1;
}
