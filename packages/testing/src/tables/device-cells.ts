import { objectAt, optionalObjectAt, valuesAt } from "../admission/json-access.js";
import type { JsonObject } from "../schema/json.js";
import { ageAt, at, isBeingDeleted, type KindCells } from "./cell-reader.js";

/** Of dynamic resource allocation. */
export const deviceCells: Readonly<Record<string, KindCells>> = {
  "resource.k8s.io/devicetaintrules": {
    Key: at("spec.taint.key", ""),
    Value: at("spec.taint.value", ""),
    Effect: at("spec.taint.effect", ""),
    TimeAdded: ageAt("spec.taint.timeAdded", ""),
  },
  "resource.k8s.io/resourceclaims": { State: claimState },
  "resource.k8s.io/resourceslices": {
    Node: at("spec.nodeName", ""),
    Driver: at("spec.driver", ""),
    Pool: at("spec.pool.name", ""),
  },
};

function claimState(claim: JsonObject): string {
  const status = objectAt(claim, "status");
  const states = [
    ...(isBeingDeleted(claim) ? ["deleted"] : []),
    ...(optionalObjectAt(status, "allocation") === undefined ? [] : ["allocated"]),
    ...(valuesAt(status, "reservedFor").length === 0 ? [] : ["reserved"]),
  ];
  return states.length === 0 ? "pending" : states.join(",");
}
