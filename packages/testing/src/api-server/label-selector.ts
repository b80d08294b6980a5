import { fieldErrorMessage, invalid } from "../schema/field-error.js";
import type { JsonObject } from "../schema/json.js";
import { checkLabelKey, checkLabelValue } from "../schema/name-rules.js";
import { everything, type Selector } from "./selector.js";
import { refuse } from "./refusal.js";

type LabelTest = (labels: Readonly<Record<string, string>>) => boolean;

type TokenKind =
  | "identifier"
  | "end"
  | "in"
  | "notin"
  | "="
  | "=="
  | "!="
  | "!"
  | ","
  | "("
  | ")"
  | ">"
  | "<";

interface Token {
  readonly kind: TokenKind;
  readonly text: string;
}

const SYMBOLS = ["==", "!=", "=", "!", ",", "(", ")", ">", "<"] as const;
const OPERATORS = "in, notin, =, ==, !=, gt, lt";
const END: Token = { kind: "end", text: "" };

/**
 * A label selector in the syntax of `metav1.LabelSelector` strings: `a=b,c!=d,e in (f,g),h,!i,j>5`.
 *
 * @throws ApiError BadRequest in the words of the real server.
 */
export function parseLabelSelector(text: string): Selector {
  const tests = new LabelSelectorParser(text).parse();
  if (tests.length === 0) return everything;
  return (object) => {
    const labels = ((object["metadata"] as JsonObject)["labels"] ?? {}) as Record<string, string>;
    return tests.every((matches) => matches(labels));
  };
}

class LabelSelectorParser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(text: string) {
    this.#tokens = tokensOf(text);
  }

  parse(): LabelTest[] {
    const tests: LabelTest[] = [];
    for (;;) {
      const token = this.#peek();
      if (token.kind === "end") return tests;
      if (token.kind !== "identifier" && token.kind !== "!") {
        throw refuse.badRequest(
          `found '${token.text}', expected: !, identifier, or 'end of string'`,
        );
      }
      tests.push(this.#requirement());
      const next = this.#take();
      if (next.kind === "end") return tests;
      if (next.kind !== ",") {
        throw refuse.badRequest(`found '${next.text}', expected: ',' or 'end of string'`);
      }
      const after = this.#peek();
      if (after.kind !== "identifier" && after.kind !== "!") {
        throw refuse.badRequest(`found '${after.text}', expected: identifier after ','`);
      }
    }
  }

  #requirement(): LabelTest {
    let token = this.#take();
    const isNegated = token.kind === "!";
    if (isNegated) token = this.#take();
    if (token.kind !== "identifier") throw problem(`found '${token.text}', expected: identifier`);
    const key = token.text;
    throwAll(keyErrors(key));
    const { kind } = this.#peek();
    if (isNegated || kind === "end" || kind === ",")
      return (labels) => Object.hasOwn(labels, key) !== isNegated;
    return this.#comparison(key);
  }

  #comparison(key: string): LabelTest {
    const operator = this.#take(true);
    switch (operator.kind) {
      case "in":
      case "notin": {
        const values = this.#values();
        throwAll(valueErrors(key, values));
        return (labels) => {
          const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
          const isIn = value !== undefined && values.has(value);
          return operator.kind === "in" ? isIn : !isIn;
        };
      }
      case "=":
      case "==":
      case "!=": {
        const wanted = this.#exactValue();
        throwAll(valueErrors(key, new Set([wanted])));
        return (labels) => {
          const isEqual = Object.hasOwn(labels, key) && labels[key] === wanted;
          return operator.kind === "!=" ? !isEqual : isEqual;
        };
      }
      case ">":
      case "<":
        return comparisonOf(key, operator.kind, this.#exactValue());
      default:
        throw problem(`found '${operator.text}', expected: ${OPERATORS}`);
    }
  }

  #exactValue(): string {
    const { kind } = this.#peek();
    if (kind === "end" || kind === ",") return "";
    const token = this.#take();
    if (token.kind !== "identifier") throw problem(`found '${token.text}', expected: identifier`);
    return token.text;
  }

  #values(): Set<string> {
    const opening = this.#take();
    if (opening.kind !== "(") throw problem(`found '${opening.text}' expected: '('`);
    const values = new Set<string>();
    const first = this.#peek();
    if (first.kind === ")") {
      this.#take();
      return values;
    }
    if (first.kind !== "identifier" && first.kind !== ",")
      throw problem(`found '${first.text}', expected: ',', ')' or identifier`);
    for (;;) {
      const token = this.#take();
      if (token.kind === ",") {
        values.add("");
        if (this.#peek().kind === ")") break;
        continue;
      }
      if (token.kind !== "identifier")
        throw problem(`found '${token.text}', expected: ',', or identifier`);
      values.add(token.text);
      const next = this.#peek();
      if (next.kind === ")") break;
      if (next.kind !== ",") throw problem(`found '${next.text}', expected: ',' or ')'`);
      this.#take();
      if (this.#peek().kind === ")") {
        values.add("");
        break;
      }
    }
    this.#take();
    return values;
  }

  #peek(): Token {
    return asValue(this.#tokens[this.#at] ?? END);
  }

  #take(isOperator = false): Token {
    const token = this.#tokens[this.#at] ?? END;
    this.#at += 1;
    return isOperator ? token : asValue(token);
  }
}

/** Where no operator can stand, `in` and `notin` are names like any other. */
function asValue(token: Token): Token {
  return token.kind === "in" || token.kind === "notin"
    ? { kind: "identifier", text: token.text }
    : token;
}

/** NUL is the end of the text to the real server, but for one right after a word, which ends the word alone. */
function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    const rest = text.slice(at).replace(/^[ \t\r\n]+/, "");
    at = text.length - rest.length;
    if (rest === "" || rest.startsWith("\0")) return tokens;
    const symbol = SYMBOLS.find((each) => rest.startsWith(each));
    const word = symbol ?? /^[^ \t\r\n=!,()<>\0]+/.exec(rest)?.[0] ?? rest;
    tokens.push({
      kind: symbol ?? (word === "in" || word === "notin" ? word : "identifier"),
      text: word,
    });
    at += word.length;
    if (symbol === undefined && text[at] === "\0") at += 1;
  }
}

function comparisonOf(key: string, operator: ">" | "<", value: string): LabelTest {
  const errors = valueErrors(key, new Set([value]));
  if (!/^[+-]?\d+$/.test(value)) {
    const detail = "for 'Gt', 'Lt' operators, the value must be an integer";
    errors.unshift(`values[0]: ${fieldErrorMessage(invalid("", value, detail))}`);
  }
  throwAll(errors);
  const bound = Number(value);
  return (labels) => {
    const text = Object.hasOwn(labels, key) ? labels[key] : undefined;
    if (text === undefined || !/^[+-]?\d+$/.test(text)) return false;
    return operator === ">" ? Number(text) > bound : Number(text) < bound;
  };
}

function keyErrors(key: string): string[] {
  const details = checkLabelKey(key);
  if (details.length === 0) return [];
  return [`<nil>: ${fieldErrorMessage(invalid("", key, details.join("; ")))}`];
}

function valueErrors(key: string, values: ReadonlySet<string>): string[] {
  return [...values].toSorted().flatMap((value, index) => {
    const details = checkLabelValue(value);
    if (details.length === 0) return [];
    const message = fieldErrorMessage(invalid("", value, details.join("; ")));
    return [`values[${index}][${key}]: ${message}`];
  });
}

function throwAll(errors: readonly string[]): void {
  const [first] = errors;
  if (first === undefined) return;
  throw problem(errors.length === 1 ? first : `[${errors.join(", ")}]`);
}

function problem(message: string) {
  return refuse.badRequest(`unable to parse requirement: ${message}`);
}
