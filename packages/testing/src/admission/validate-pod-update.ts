import { type FieldError, forbidden } from "../schema/field-error.js";
import { copyJson, jsonEqual, type JsonObject } from "../schema/json.js";
import { objectAt, objectsAt, valuesAt } from "./json-access.js";

const MUTABLE =
  "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

/** What of a running Pod may be changed. The real server's message goes on with a difference of its own structures. */
export function validatePodUpdate(pod: JsonObject, old: JsonObject): FieldError[] {
  const spec = copyJson(objectAt(pod, "spec"));
  const oldSpec = copyJson(objectAt(old, "spec"));
  for (const list of ["containers", "initContainers"]) {
    if (objectsAt(spec, list).length !== objectsAt(oldSpec, list).length) {
      return [forbidden(`spec.${list}`, "pod updates may not add or remove containers")];
    }
  }
  for (const either of [spec, oldSpec]) {
    for (const list of ["containers", "initContainers"]) {
      for (const container of objectsAt(either, list)) delete container["image"];
    }
    delete either["activeDeadlineSeconds"];
  }
  if (keepsTolerations(spec, oldSpec)) {
    delete spec["tolerations"];
    delete oldSpec["tolerations"];
  }
  if (
    Number(oldSpec["terminationGracePeriodSeconds"]) < 0 &&
    spec["terminationGracePeriodSeconds"] === 1
  ) {
    delete spec["terminationGracePeriodSeconds"];
    delete oldSpec["terminationGracePeriodSeconds"];
  }
  // Gates may be taken away: that is what they are for.
  const gates = valuesAt(spec, "schedulingGates");
  if (
    gates.every((gate) =>
      valuesAt(oldSpec, "schedulingGates").some((oldGate) => jsonEqual(gate, oldGate)),
    )
  ) {
    delete spec["schedulingGates"];
    delete oldSpec["schedulingGates"];
  }
  return jsonEqual(spec, oldSpec) ? [] : [forbidden("spec", MUTABLE)];
}

function keepsTolerations(spec: JsonObject, oldSpec: JsonObject): boolean {
  const now = valuesAt(spec, "tolerations");
  return valuesAt(oldSpec, "tolerations").every((old) =>
    now.some((toleration) => jsonEqual(toleration, old)),
  );
}
