import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
} from "../schema/field-error.js";
import type { JsonObject } from "../schema/json.js";
import { checkDns1123Subdomain, checkPathSegment } from "../schema/name-rules.js";
import { objectAt, optionalObjectAt, textAt, textsAt } from "./json-access.js";
import { validateMatchResources } from "./validate-match-resources.js";
import { validateLabelSelector } from "./validate-label-selector.js";

const ACTIONS = ["Audit", "Deny", "Warn"];

/** ValidatingAdmissionPolicyBinding, MutatingAdmissionPolicyBinding. */
export function validatePolicyBinding(binding: JsonObject, isMutating = false): FieldError[] {
  const spec = objectAt(binding, "spec");
  const name = textAt(spec, "policyName");
  const errors =
    name === ""
      ? [required("spec.policyName")]
      : checkDns1123Subdomain(name).map((detail) => invalid("spec.policyName", name, detail));
  const reference = optionalObjectAt(spec, "paramRef");
  if (reference !== undefined) errors.push(...validateParamRef(reference, "spec.paramRef"));
  const match = optionalObjectAt(spec, "matchResources");
  if (match !== undefined) errors.push(...validateMatchResources(match, "spec.matchResources"));
  return isMutating ? errors : [...errors, ...validateActions(spec, "spec.validationActions")];
}

function validateActions(spec: JsonObject, path: string): FieldError[] {
  const actions = textsAt(spec, "validationActions");
  if (actions.length === 0) return [required(path)];
  const repeated = actions.flatMap((action, index) =>
    actions.indexOf(action) < index ? [duplicate(`${path}[${index}]`, action)] : [],
  );
  const errors = actions.flatMap((action, index) =>
    ACTIONS.includes(action) ? [] : [notSupported(`${path}[${index}]`, action, ACTIONS)],
  );
  if (actions.includes("Deny") && actions.includes("Warn"))
    errors.push(
      invalid(
        path,
        actions,
        "must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)",
      ),
    );
  return [...repeated, ...errors];
}

function validateParamRef(reference: JsonObject, path: string): FieldError[] {
  const name = textAt(reference, "name");
  const selector = optionalObjectAt(reference, "selector");
  const both = "name and selector are mutually exclusive";
  const errors =
    name === ""
      ? []
      : checkPathSegment(name).map((detail) => invalid(`${path}.name`, name, detail));
  if (name !== "" && selector !== undefined) errors.push(forbidden(`${path}.name`, both));
  if (selector !== undefined) errors.push(...validateLabelSelector(selector, `${path}.selector`));
  if (name !== "" && selector !== undefined) errors.push(forbidden(`${path}.selector`, both));
  if (name === "" && selector === undefined)
    errors.push(required(path, "one of name or selector must be specified"));
  const action = textAt(reference, "parameterNotFoundAction");
  if (action === "") errors.push(required(`${path}.parameterNotFoundAction`));
  else if (action !== "Deny" && action !== "Allow")
    errors.push(notSupported(`${path}.parameterNotFoundAction`, action, ["Deny", "Allow"]));
  return errors;
}
