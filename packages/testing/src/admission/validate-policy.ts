import { AUTHORIZER } from "../schema/cel/authorizer-library.js";
import { type CelStaticType, simple } from "../schema/cel/cel-type.js";
import { checkCelText, typeProblem } from "../schema/check-cel-text.js";
import {
  duplicate,
  type FieldError,
  invalid,
  notSupported,
  required,
} from "../schema/field-error.js";
import type { JsonObject } from "../schema/json.js";
import { checkDns1035Label, checkDns1123Subdomain, checkLabelKey } from "../schema/name-rules.js";
import { supported } from "./field-rules.js";
import { objectAt, objectsAt, optionalObjectAt, textAt } from "./json-access.js";
import { validateMatchConditions, variablesOf } from "./validate-match-conditions.js";
import { validateMatchResources } from "./validate-match-resources.js";

const IDENTIFIER = /^[_a-zA-Z][_a-zA-Z0-9]*$/;
const RESERVED = new Set(
  "true false null in as break const continue else for function if import let loop package namespace return var void while".split(
    " ",
  ),
);
const REASONS = ["Forbidden", "Invalid", "RequestEntityTooLarge"];
const NOTHING = "validations or auditAnnotations must contain at least one item";

type Variables = ReadonlyMap<string, CelStaticType>;

/** ValidatingAdmissionPolicy. */
export function validatePolicy(policy: JsonObject): FieldError[] {
  const spec = objectAt(policy, "spec");
  const { errors, variables } = validatePolicyHead(spec);
  const validations = objectsAt(spec, "validations");
  const annotations = objectsAt(spec, "auditAnnotations");
  if (validations.length === 0 && annotations.length === 0)
    return [
      ...errors,
      required("spec.validations", NOTHING),
      required("spec.auditAnnotations", NOTHING),
    ];
  const owner = textAt(objectAt(policy, "metadata"), "name");
  return [
    ...errors,
    ...validations.flatMap((validation, index) =>
      validateValidation(validation, variables, `spec.validations[${index}]`),
    ),
    ...annotations.flatMap((annotation, index) => [
      ...validateAnnotation(annotation, owner, variables, `spec.auditAnnotations[${index}]`),
      ...(annotations.findIndex(({ key }) => key === annotation["key"]) < index
        ? [duplicate(`spec.auditAnnotations[${index}].key`, annotation["key"])]
        : []),
    ]),
  ];
}

/** What validating and mutating policies have in common, and what their expressions may name. */
export function validatePolicyHead(spec: JsonObject): {
  readonly errors: FieldError[];
  readonly variables: Variables;
} {
  const errors = supported(spec, "failurePolicy", "spec", ["Fail", "Ignore"]);
  const paramKind = optionalObjectAt(spec, "paramKind");
  if (paramKind !== undefined) errors.push(...validateParamKind(paramKind, "spec.paramKind"));
  const match = optionalObjectAt(spec, "matchConstraints");
  if (match === undefined) errors.push(required("spec.matchConstraints"));
  else {
    errors.push(...validateMatchResources(match, "spec.matchConstraints"));
    if (objectsAt(match, "resourceRules").length === 0)
      errors.push(required("spec.matchConstraints.resourceRules"));
  }
  const hasParams = paramKind !== undefined;
  errors.push(...validateMatchConditions(spec, "spec.matchConditions", hasParams));
  const variables = variablesOf(hasParams);
  const fields = new Map<string, CelStaticType>();
  if (objectsAt(spec, "variables").length > 0)
    variables.set("variables", { kind: "fields", name: "kubernetes.variables", fields });
  for (const [index, variable] of objectsAt(spec, "variables").entries())
    errors.push(...validateVariable(variable, variables, fields, `spec.variables[${index}]`));
  return { errors, variables };
}

function validateParamKind(kind: JsonObject, path: string): FieldError[] {
  const apiVersion = textAt(kind, "apiVersion");
  const name = textAt(kind, "kind");
  const errors =
    apiVersion === ""
      ? [required(`${path}.apiVersion`)]
      : validateApiVersion(apiVersion, `${path}.apiVersion`);
  if (name === "") return [...errors, required(`${path}.kind`)];
  const wrong = checkDns1035Label(name.toLowerCase());
  if (wrong.length > 0)
    errors.push(
      invalid(
        `${path}.kind`,
        name,
        `may have mixed case, but should otherwise match: ${wrong.join(",")}`,
      ),
    );
  return errors;
}

function validateApiVersion(apiVersion: string, path: string): FieldError[] {
  const parts = apiVersion.split("/");
  if (parts.length > 2)
    return [invalid(path, apiVersion, `unexpected GroupVersion string: ${apiVersion}`)];
  const [version = "", group = ""] = parts.toReversed();
  const errors: FieldError[] = [];
  const wrongGroup = group === "" ? [] : checkDns1123Subdomain(group);
  if (wrongGroup.length > 0) errors.push(invalid(path, group, wrongGroup.join(",")));
  if (version === "") return [...errors, invalid(path, apiVersion, "version must be specified")];
  const wrong = checkDns1035Label(version);
  return wrong.length === 0 ? errors : [...errors, invalid(path, version, wrong.join(","))];
}

function validateVariable(
  variable: JsonObject,
  variables: Variables,
  fields: Map<string, CelStaticType>,
  path: string,
): FieldError[] {
  const name = textAt(variable, "name");
  const expression = textAt(variable, "expression");
  const errors: FieldError[] = [];
  if (name.trim() === "") errors.push(required(`${path}.name`, "name is not specified"));
  else if (!IDENTIFIER.test(name) || RESERVED.has(name))
    errors.push(invalid(`${path}.name`, name, "must be a valid CEL identifier"));
  if (expression.trim() === "")
    return [...errors, required(`${path}.expression`, "expression is not specified")];
  const checked = checkCelText(expression, withAuthorizer(variables));
  if ("type" in checked) fields.set(name, checked.type);
  else errors.push(invalid(`${path}.expression`, expression, checked.problem));
  return errors;
}

function validateValidation(
  validation: JsonObject,
  variables: Variables,
  path: string,
): FieldError[] {
  const expression = textAt(validation, "expression");
  const errors: FieldError[] = [];
  if (expression.trim() === "")
    errors.push(required(`${path}.expression`, "expression is not specified"));
  else {
    const problem = typeProblem(expression, withAuthorizer(variables), ["bool"]);
    if (problem !== undefined) errors.push(invalid(`${path}.expression`, expression, problem));
  }
  const telling = textAt(validation, "messageExpression");
  if (telling !== "" && telling.trim() === "")
    errors.push(invalid(`${path}.messageExpression`, telling, "must be non-empty if specified"));
  else if (telling !== "") {
    const problem = typeProblem(telling, variables, ["string"]);
    if (problem !== undefined) errors.push(invalid(`${path}.messageExpression`, telling, problem));
  }
  const message = textAt(validation, "message");
  if (message !== "" && message.trim() === "")
    errors.push(invalid(`${path}.message`, message, "must be non-empty if specified"));
  else if (/[\n\r]/.test(message.trim()))
    errors.push(invalid(`${path}.message`, message, "must not contain line breaks"));
  const { reason } = validation;
  if (typeof reason === "string" && !REASONS.includes(reason))
    errors.push(notSupported(`${path}.reason`, reason, REASONS));
  return errors;
}

function validateAnnotation(
  annotation: JsonObject,
  owner: string,
  variables: Variables,
  path: string,
): FieldError[] {
  const key = `${owner}/${textAt(annotation, "key")}`;
  const expression = textAt(annotation, "valueExpression");
  const errors = checkLabelKey(key).map((detail) => invalid(`${path}.key`, key, detail));
  if (expression.trim() === "")
    return [...errors, required(`${path}.valueExpression`, "valueExpression is not specified")];
  const problem = typeProblem(expression.trim(), withAuthorizer(variables), [
    "string",
    "null_type",
  ]);
  return problem === undefined
    ? errors
    : [...errors, invalid(`${path}.valueExpression`, expression, problem)];
}

/** Messages may not ask the authorizer, everything else may. */
export function withAuthorizer(variables: Variables): Variables {
  return new Map([...variables, ["authorizer", simple(AUTHORIZER)]]);
}
