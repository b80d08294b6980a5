import { type CelExpression, parseCel } from "./cel/cel-expression.js";
import { type CelStaticType, formatType } from "./cel/cel-type.js";
import { checkExpression } from "./cel/check-expression.js";
import { compilationError } from "./check-validation-rules.js";

/** What is known of an expression without running it. */
export type CheckedText = { readonly type: CelStaticType } | { readonly problem: string };

type ParseCel = (source: string) => CelExpression | string;

export function checkCelText(
  source: string,
  variables: ReadonlyMap<string, CelStaticType>,
  parse: ParseCel = parseCel,
): CheckedText {
  const parsed = parse(source);
  if (typeof parsed === "string")
    return { problem: compilationError(source, [{ message: parsed, offset: source.length }]) };
  const { type, problems } = checkExpression(parsed.ast, variables);
  if (problems.length === 0) return { type };
  const { offsets } = parsed;
  const placed = problems.map(({ message, offset }) => ({
    message,
    offset: offsets?.[offset] ?? offset,
  }));
  return { problem: compilationError(source, placed) };
}

/** Why an expression is not of one of a few types; undefined when it is. */
export function typeProblem(
  source: string,
  variables: ReadonlyMap<string, CelStaticType>,
  wanted: readonly string[],
  parse: ParseCel = parseCel,
): string | undefined {
  const checked = checkCelText(source, variables, parse);
  if ("problem" in checked) return checked.problem;
  const actual = formatType(checked.type);
  if (wanted.includes(actual)) return undefined;
  return wanted.length === 1
    ? `must evaluate to ${wanted[0]} but got ${actual}`
    : `must evaluate to one of [${wanted.join(" ")}] but got ${actual}`;
}
