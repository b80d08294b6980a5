import { type FieldError, forbidden, invalid, required } from "../schema/field-error.js";
import type { JsonObject } from "../schema/json.js";
import { checkLabelValue, checkQualifiedName } from "../schema/name-rules.js";
import { objectAt, objectsAt, textAt, valuesAt } from "./json-access.js";

/** A `metav1.LabelSelector`. */
export function validateLabelSelector(selector: JsonObject, path: string): FieldError[] {
  const errors = Object.entries(objectAt(selector, "matchLabels")).flatMap(([key, value]) => [
    ...checkQualifiedName(key).map((detail) => invalid(`${path}.matchLabels`, key, detail)),
    ...checkLabelValue(String(value)).map((detail) =>
      invalid(`${path}.matchLabels`, value, detail),
    ),
  ]);
  for (const [index, expression] of objectsAt(selector, "matchExpressions").entries()) {
    const field = `${path}.matchExpressions[${index}]`;
    const operator = textAt(expression, "operator");
    const hasValues = valuesAt(expression, "values").length > 0;
    if (operator === "In" || operator === "NotIn") {
      if (!hasValues)
        errors.push(
          required(`${field}.values`, "must be specified when `operator` is 'In' or 'NotIn'"),
        );
    } else if (operator === "Exists" || operator === "DoesNotExist") {
      if (hasValues)
        errors.push(
          forbidden(
            `${field}.values`,
            "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
          ),
        );
    } else errors.push(invalid(`${field}.operator`, operator, "not a valid selector operator"));
    const key = textAt(expression, "key");
    errors.push(...checkQualifiedName(key).map((detail) => invalid(`${field}.key`, key, detail)));
  }
  return errors;
}
