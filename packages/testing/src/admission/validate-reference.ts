import { type FieldError, invalid, required } from "../schema/field-error.js";
import type { JsonObject } from "../schema/json.js";
import { checkPathSegment } from "../schema/name-rules.js";
import { textAt } from "./json-access.js";

/** What an autoscaler says it is about. @param options.needsGroup Whether the core group, which has no name, will not do. */
export function validateReference(
  reference: JsonObject,
  path: string,
  options: { readonly needsGroup: boolean },
): FieldError[] {
  const errors: FieldError[] = [];
  for (const name of ["kind", "name"]) {
    const text = textAt(reference, name);
    if (text === "") errors.push(required(`${path}.${name}`));
    else
      errors.push(
        ...checkPathSegment(text).map((detail) => invalid(`${path}.${name}`, text, detail)),
      );
  }
  const apiVersion = textAt(reference, "apiVersion");
  const slashes = apiVersion.split("/").length - 1;
  if (slashes > 1) {
    errors.push(
      invalid(`${path}.apiVersion`, apiVersion, `unexpected GroupVersion string: ${apiVersion}`),
    );
  } else if (options.needsGroup && (slashes === 0 || apiVersion.startsWith("/"))) {
    errors.push(invalid(`${path}.apiVersion`, apiVersion, "apiVersion must specify API group"));
  }
  return errors;
}
