import { type FieldError, forbidden } from "../schema/field-error.js";
import { copyJson, jsonEqual, type JsonObject, type JsonValue } from "../schema/json.js";
import { goDiff } from "./go-diff.js";
import { objectAt, objectsAt, valuesAt } from "./json-access.js";
import { validatePodAnnotations } from "./validate-pod.js";
import { validatePodSpec } from "./validate-pod-spec.js";

const MUTABLE =
  "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

/** A Pod that takes the place of another one: it is judged as a new one is, and by what changed. */
export function validatePodUpdate(pod: JsonObject, old: JsonObject): FieldError[] {
  return [
    ...validatePodAnnotations(pod, "metadata.annotations"),
    ...validatePodSpec(objectAt(pod, "spec"), "spec"),
    ...changesOfPod(pod, old),
  ];
}

/** What of a running Pod may be changed. */
function changesOfPod(pod: JsonObject, old: JsonObject): FieldError[] {
  const next = copyJson(objectAt(pod, "spec"));
  const before = objectAt(old, "spec");
  const keep = (key: string, from: JsonObject, to: JsonObject): void => {
    if (from[key] === undefined) delete to[key];
    else to[key] = copyJson(from[key]);
  };
  for (const list of ["containers", "initContainers"]) {
    const [now, then] = [objectsAt(next, list), objectsAt(before, list)];
    if (now.length !== then.length)
      return [forbidden(`spec.${list}`, "pod updates may not add or remove containers")];
    for (const [index, container] of now.entries()) keep("image", then[index] ?? {}, container);
  }
  keep("activeDeadlineSeconds", before, next);
  if (keepsTolerations(next, before)) keep("tolerations", before, next);
  if (
    Number(before["terminationGracePeriodSeconds"]) < 0 &&
    next["terminationGracePeriodSeconds"] === 1
  )
    keep("terminationGracePeriodSeconds", before, next);
  // Gates may be taken away: that is what they are for.
  const gatesBefore = valuesAt(before, "schedulingGates");
  const isKnown = (gate: JsonValue): boolean => gatesBefore.some((each) => jsonEqual(gate, each));
  if (valuesAt(next, "schedulingGates").every(isKnown)) keep("schedulingGates", before, next);
  return jsonEqual(next, before)
    ? []
    : [forbidden("spec", `${MUTABLE}\n${goDiff("Pod", ["Spec"], before, next)}`)];
}

function keepsTolerations(spec: JsonObject, oldSpec: JsonObject): boolean {
  const now = valuesAt(spec, "tolerations");
  return valuesAt(oldSpec, "tolerations").every((old) =>
    now.some((toleration) => jsonEqual(toleration, old)),
  );
}
