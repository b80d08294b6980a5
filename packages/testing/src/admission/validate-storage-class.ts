import {
  type FieldError,
  duplicate,
  invalid,
  notSupported,
  required,
  tooLong,
} from "../schema/field-error.js";
import { jsonEqual, type JsonObject } from "../schema/json.js";
import { checkQualifiedName } from "../schema/name-rules.js";
import { objectAt, objectsAt, textAt, textsAt } from "./json-access.js";

const MAX_PARAMETER_BYTES = 256 * 1024;

export function validateStorageClass(
  storageClass: JsonObject,
  old: JsonObject | undefined,
): FieldError[] {
  const provisioner = textAt(storageClass, "provisioner").toLowerCase();
  const errors: FieldError[] = [];
  if (provisioner === "") errors.push(required("provisioner"));
  else
    errors.push(
      ...checkQualifiedName(provisioner).map((detail) =>
        invalid("provisioner", provisioner, detail),
      ),
    );
  for (const [key, values] of [
    ["reclaimPolicy", ["Delete", "Retain"]],
    ["volumeBindingMode", ["Immediate", "WaitForFirstConsumer"]],
  ] as const) {
    const value = textAt(storageClass, key);
    if (value !== "" && !values.some((supportedValue) => supportedValue === value))
      errors.push(notSupported(key, value, values));
  }
  errors.push(
    ...validateParameters(objectAt(storageClass, "parameters")),
    ...validateTopologies(storageClass),
  );
  if (old === undefined) return errors;
  for (const key of ["provisioner", "parameters", "reclaimPolicy", "volumeBindingMode"]) {
    // The real server shows no value here.
    if (!jsonEqual(storageClass[key], old[key]))
      errors.push(invalid(key, null, "field is immutable"));
  }
  return errors;
}

function validateParameters(parameters: JsonObject): FieldError[] {
  const entries = Object.entries(parameters);
  const bytes = entries.reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(String(value)),
    0,
  );
  return [
    ...entries.flatMap(([key]) =>
      key === "" ? [invalid("parameters", key, "field can not be empty.")] : [],
    ),
    ...(bytes > MAX_PARAMETER_BYTES ? [tooLong("parameters", "", MAX_PARAMETER_BYTES)] : []),
  ];
}

function validateTopologies(storageClass: JsonObject): FieldError[] {
  return objectsAt(storageClass, "allowedTopologies").flatMap((topology, index) =>
    objectsAt(topology, "matchLabelExpressions").flatMap((expression, position) => {
      const field = `allowedTopologies[${index}].matchLabelExpressions[${position}]`;
      const key = textAt(expression, "key");
      const values = textsAt(expression, "values");
      return [
        ...(values.length === 0 ? [required(`${field}.values`)] : []),
        ...values.flatMap((value, each) =>
          values.indexOf(value) < each ? [duplicate(`${field}.values[${each}]`, value)] : [],
        ),
        ...checkQualifiedName(key).map((detail) => invalid(`${field}.key`, key, detail)),
      ];
    }),
  );
}
