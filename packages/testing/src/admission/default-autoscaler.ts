import { convertAutoscaler } from "../api-server/convert-autoscaler.js";
import type { JsonObject } from "../schema/json.js";
import {
  ensureObjectAt,
  objectAt,
  optionalObjectAt,
  setDefault,
  textAt,
  valuesAt,
} from "./json-access.js";

const PERIOD_SECONDS = 15;
/** As fast as can be: pods are doubled, or four are added, whichever is more. */
const SCALE_UP: JsonObject = {
  stabilizationWindowSeconds: 0,
  selectPolicy: "Max",
  policies: [
    { type: "Pods", value: 4, periodSeconds: PERIOD_SECONDS },
    { type: "Percent", value: 100, periodSeconds: PERIOD_SECONDS },
  ],
};
const SCALE_DOWN: JsonObject = {
  selectPolicy: "Max",
  policies: [{ type: "Percent", value: 100, periodSeconds: PERIOD_SECONDS }],
};
/**
 * In place: at least one replica, 80 % of the CPU where no metric is named, and whole rules where some are given. What version 1
 * keeps in annotations counts too.
 */
export function defaultAutoscaler(autoscaler: JsonObject): void {
  if (textAt(autoscaler, "apiVersion") !== "autoscaling/v1") {
    defaultSpec(ensureObjectAt(autoscaler, "spec"));
    return;
  }
  const inVersion2 = convertAutoscaler(autoscaler, "autoscaling/v2");
  defaultSpec(ensureObjectAt(inVersion2, "spec"));
  Object.assign(autoscaler, convertAutoscaler(inVersion2, "autoscaling/v1"));
}

function defaultSpec(spec: JsonObject): void {
  setDefault(spec, "minReplicas", 1);
  if (valuesAt(spec, "metrics").length === 0) {
    const target = { type: "Utilization", averageUtilization: 80 };
    spec["metrics"] = [{ type: "Resource", resource: { name: "cpu", target } }];
  }
  const behavior = optionalObjectAt(spec, "behavior");
  if (behavior === undefined) return;
  behavior["scaleUp"] = { ...SCALE_UP, ...objectAt(behavior, "scaleUp") };
  behavior["scaleDown"] = { ...SCALE_DOWN, ...objectAt(behavior, "scaleDown") };
}
