import {
  numberAt,
  objectAt,
  objectsAt,
  optionalObjectAt,
  textAt,
} from "../admission/json-access.js";
import type { JsonObject } from "../schema/json.js";
import { at, type KindCells } from "./cell-reader.js";

const UNKNOWN = "<unknown>";
/** More metrics than these are only counted. */
const SHOWN_METRICS = 2;

/** Of an autoscaler in `autoscaling/v2`. */
export const autoscalerCells: KindCells = {
  Reference: (autoscaler) => {
    const target = objectAt(objectAt(autoscaler, "spec"), "scaleTargetRef");
    return `${textAt(target, "kind")}/${textAt(target, "name")}`;
  },
  Targets: metricsText,
  MinPods: (autoscaler) => {
    const least = numberAt(objectAt(autoscaler, "spec"), "minReplicas");
    return least === undefined ? "<unset>" : String(least);
  },
  MaxPods: at("spec.maxReplicas", 0),
  Replicas: at("status.currentReplicas", 0),
};

function metricsText(autoscaler: JsonObject): string {
  const metrics = objectsAt(objectAt(autoscaler, "spec"), "metrics");
  const current = objectsAt(objectAt(autoscaler, "status"), "currentMetrics");
  if (metrics.length === 0) return "<none>";
  const shown = metrics
    .slice(0, SHOWN_METRICS)
    .map((metric, index) => metricText(metric, current[index] ?? {}))
    .join(", ");
  const more = metrics.length - SHOWN_METRICS;
  return more > 0 ? `${shown} + ${more} more...` : shown;
}

const SOURCES: Readonly<Record<string, string>> = {
  External: "external",
  Pods: "pods",
  Object: "object",
  Resource: "resource",
  ContainerResource: "containerResource",
};

function metricText(metric: JsonObject, status: JsonObject): string {
  const type = textAt(metric, "type");
  const source = Object.hasOwn(SOURCES, type) ? SOURCES[type] : undefined;
  if (source === undefined) return "<unknown type>";
  const wanted = objectAt(objectAt(metric, source), "target");
  const current = optionalObjectAt(objectAt(status, source), "current");
  const isResource = type === "Resource" || type === "ContainerResource";
  const prefix = isResource ? `${textAt(objectAt(metric, source), "name")}: ` : "";
  const average = textAt(wanted, "averageValue");
  if (average !== "" || type === "Pods") {
    const present = textAt(current ?? {}, "averageValue") || UNKNOWN;
    const isMarked = type === "External" || type === "Object";
    return `${prefix}${present}/${average}${isMarked ? " (avg)" : ""}`;
  }
  if (!isResource) return `${textAt(current ?? {}, "value") || UNKNOWN}/${textAt(wanted, "value")}`;
  const present = percent(current, UNKNOWN);
  return `${prefix}${present}/${percent(wanted, "<auto>")}`;
}

function percent(target: JsonObject | undefined, fallback: string): string {
  const value = numberAt(target ?? {}, "averageUtilization");
  return value === undefined ? fallback : `${value}%`;
}
