import { type CelStaticType } from "../schema/cel/cel-type.js";
import { parseMutation } from "../schema/cel/cel-expression.js";
import { typeProblem } from "../schema/check-cel-text.js";
import { type FieldError, invalid, notSupported, required } from "../schema/field-error.js";
import type { JsonObject } from "../schema/json.js";
import { objectAt, objectsAt, optionalObjectAt, textAt } from "./json-access.js";
import { validatePolicyHead, withAuthorizer } from "./validate-policy.js";

const KINDS = [
  { type: "JSONPatch", key: "jsonPatch", wanted: "list(JSONPatch)" },
  { type: "ApplyConfiguration", key: "applyConfiguration", wanted: "Object" },
] as const;

/** MutatingAdmissionPolicy. */
export function validateMutatingPolicy(policy: JsonObject): FieldError[] {
  const spec = objectAt(policy, "spec");
  const { errors, variables } = validatePolicyHead(spec);
  const mutations = objectsAt(spec, "mutations");
  if (mutations.length === 0)
    errors.push(required("spec.mutations", "mutations must contain at least one item"));
  for (const [index, mutation] of mutations.entries())
    errors.push(...validateMutation(mutation, variables, `spec.mutations[${index}]`));
  const reinvocation = textAt(spec, "reinvocationPolicy");
  if (reinvocation === "") errors.push(required("spec.reinvocationPolicy"));
  else if (reinvocation !== "Never" && reinvocation !== "IfNeeded")
    errors.push(notSupported("spec.reinvocationPolicy", reinvocation, ["IfNeeded", "Never"]));
  return errors;
}

function validateMutation(
  mutation: JsonObject,
  variables: ReadonlyMap<string, CelStaticType>,
  path: string,
): FieldError[] {
  const type = textAt(mutation, "patchType");
  if (type === "") return [required(`${path}.patchType`)];
  const kind = KINDS.find((each) => each.type === type);
  if (kind === undefined)
    return [notSupported(`${path}.patchType`, type, KINDS.map((each) => each.type).toSorted())];
  const errors: FieldError[] = [];
  const given = optionalObjectAt(mutation, kind.key);
  if (given === undefined)
    errors.push(
      required(`${path}.${kind.key}`, `must be specified when patchType is ${kind.type}`),
    );
  else {
    const expression = textAt(given, "expression");
    const field = `${path}.${kind.key}.expression`;
    if (expression.trim() === "") errors.push(required(field));
    else {
      const problem = typeProblem(
        expression,
        withAuthorizer(variables),
        [kind.wanted],
        parseMutation,
      );
      if (problem !== undefined) errors.push(invalid(field, expression, problem));
    }
  }
  for (const { key } of KINDS)
    if (key !== kind.key && mutation[key] !== undefined)
      errors.push(
        invalid(
          `${path}.${key}`,
          `{${key}}`,
          `must not be specified when patchType is ${kind.type}`,
        ),
      );
  return errors;
}
