import { ADMISSION_VARIABLES } from "../schema/admission-types.js";
import { AUTHORIZER } from "../schema/cel/authorizer-library.js";
import { type CelStaticType, DYN, simple } from "../schema/cel/cel-type.js";
import { typeProblem } from "../schema/check-cel-text.js";
import { duplicate, type FieldError, invalid, required, tooMany } from "../schema/field-error.js";
import type { JsonObject } from "../schema/json.js";
import { checkQualifiedName } from "../schema/name-rules.js";
import { objectsAt, textAt } from "./json-access.js";

const MAX_CONDITIONS = 64;

/** What expressions of a webhook or policy may name. */
export function variablesOf(hasParams: boolean): Map<string, CelStaticType> {
  const variables = new Map(ADMISSION_VARIABLES);
  if (hasParams) variables.set("params", DYN);
  return variables;
}

export function validateMatchConditions(
  owner: JsonObject,
  path: string,
  hasParams = false,
): FieldError[] {
  const conditions = objectsAt(owner, "matchConditions");
  const errors: FieldError[] = [];
  const names = new Set<string>();
  if (conditions.length > MAX_CONDITIONS)
    errors.push(tooMany(path, conditions.length, MAX_CONDITIONS));
  for (const [index, condition] of conditions.entries()) {
    const field = `${path}[${index}]`;
    const name = textAt(condition, "name");
    errors.push(...validateCondition(condition, field, hasParams));
    if (name !== "" && names.has(name)) errors.push(duplicate(`${field}.name`, name));
    names.add(name);
  }
  return errors;
}

function validateCondition(condition: JsonObject, path: string, hasParams: boolean): FieldError[] {
  const expression = textAt(condition, "expression").trim();
  const name = textAt(condition, "name");
  const errors: FieldError[] = [];
  if (expression === "") errors.push(required(`${path}.expression`));
  else {
    const variables = new Map([...variablesOf(hasParams), ["authorizer", simple(AUTHORIZER)]]);
    const problem = typeProblem(expression, variables, ["bool"]);
    if (problem !== undefined) errors.push(invalid(`${path}.expression`, expression, problem));
  }
  if (name === "") errors.push(required(`${path}.name`));
  else
    errors.push(...checkQualifiedName(name).map((detail) => invalid(`${path}.name`, name, detail)));
  return errors;
}
