import { duplicate, type FieldError, forbidden, required } from "../schema/field-error.js";
import { jsonEqual, type JsonObject, ownValue } from "../schema/json.js";
import { goDiff } from "./go-diff.js";
import { objectAt, objectsAt, textAt } from "./json-access.js";

const LIST = "spec.ephemeralContainers";
/** What a container that is put into a running Pod cannot have. */
const NOT_ALLOWED = ["ports", "lifecycle", "livenessProbe", "readinessProbe", "startupProbe"];

/**
 * Ephemeral containers are added to Pods that are there already, and stay as they are.
 *
 * @param old undefined at creation.
 */
export function validateEphemeralContainers(
  pod: JsonObject,
  old: JsonObject | undefined,
): FieldError[] {
  const spec = objectAt(pod, "spec");
  if (old === undefined) {
    const isWithout = objectsAt(spec, "ephemeralContainers").length === 0;
    return isWithout ? [] : [forbidden(LIST, "cannot be set on create")];
  }
  const containers = objectsAt(spec, "ephemeralContainers");
  const taken = new Set(
    [...objectsAt(spec, "containers"), ...objectsAt(spec, "initContainers")].map((each) =>
      textAt(each, "name"),
    ),
  );
  const errors: FieldError[] = [];
  for (const [index, container] of containers.entries()) {
    const path = `${LIST}[${index}]`;
    const name = textAt(container, "name");
    if (name === "") errors.push(required(`${path}.name`));
    else if (taken.has(name)) errors.push(duplicate(`${path}.name`, name));
    taken.add(name);
    if (textAt(container, "image") === "") errors.push(required(`${path}.image`));
    for (const field of NOT_ALLOWED) {
      if (ownValue(container, field) !== undefined)
        errors.push(forbidden(`${path}.${field}`, "cannot be set for an Ephemeral Container"));
    }
  }
  return [...errors, ...changes(containers, objectAt(old, "spec"))];
}

function changes(containers: readonly JsonObject[], old: JsonObject): FieldError[] {
  return objectsAt(old, "ephemeralContainers").flatMap((before) => {
    const name = JSON.stringify(textAt(before, "name"));
    const now = containers.find((each) => each["name"] === before["name"]);
    if (now === undefined)
      return [forbidden(LIST, `existing ephemeral containers ${name} may not be removed\n`)];
    if (jsonEqual(now, before)) return [];
    const changed = goDiff("Pod", ["Spec", "EphemeralContainers"], before, now);
    return [
      forbidden(LIST, `existing ephemeral containers ${name} may not be changed\n${changed}`),
    ];
  });
}
