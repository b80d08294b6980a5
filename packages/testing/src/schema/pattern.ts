import { RE2JS } from "re2js";

/** How many answers a pattern remembers. Fleets write the same few values again and again; RE2 in JavaScript is slow. */
const REMEMBERED_ANSWERS = 256;
/** Longer texts are not remembered, so that a pattern holds little memory. */
const REMEMBERED_LENGTH = 256;

/** A regular expression with RE2's syntax and linear time, as Go's `regexp` has it. */
export interface Pattern {
  readonly source: string;
  /** Whether the pattern occurs anywhere in the text. */
  test(text: string): boolean;
}

/**
 * Compiles an RE2 pattern.
 *
 * @throws what re2js throws when the pattern is not valid.
 */
export function compilePattern(source: string): Pattern {
  const expression = RE2JS.compile(source);
  const answers = new Map<string, boolean>();
  return {
    source,
    test(text) {
      const known = answers.get(text);
      if (known !== undefined) return known;
      const answer = expression.matcher(text).find();
      if (text.length <= REMEMBERED_LENGTH) {
        if (answers.size >= REMEMBERED_ANSWERS) answers.clear();
        answers.set(text, answer);
      }
      return answer;
    },
  };
}

/** Why a pattern is not valid, in the words of Go's `regexp`; undefined when it is. */
export function patternError(source: string): string | undefined {
  try {
    RE2JS.compile(source);
    return undefined;
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    // re2js puts the place in quotes where Go uses backticks.
    const goText = text.replace(/^(error parsing regexp: [^:]+): [`']?(.*?)[`']?$/s, "$1: `$2`");
    if (goText.endsWith("trailing backslash at end of expression")) return `${goText}: \`\``;
    return goText.startsWith("error parsing regexp") ? goText : `error parsing regexp: ${goText}`;
  }
}
