import { objectAt } from "../admission/json-access.js";
import type { JsonObject, JsonValue } from "../schema/json.js";

/** What a metric should be, or what it is. */
export type MetricSide = "target" | "current";

/**
 * A metric of a HorizontalPodAutoscaler as version 1 writes it, in an annotation: what version 2 says of its value in an object
 * stands beside its name there. What cannot be left out there is zero.
 */
export function metricInVersion1(metric: JsonObject, side: MetricSide): JsonObject {
  const { type } = metric;
  const key = keyOf(type);
  const source = objectAt(metric, key);
  const value = objectAt(source, side);
  const { name: metricName, selector } = objectAt(source, "metric");
  const zero = side === "current" ? "0" : undefined;
  const ofResource = {
    name: source["name"],
    [`${side}AverageUtilization`]: value["averageUtilization"],
    [`${side}AverageValue`]: value["averageValue"] ?? zero,
  };
  const sources: Readonly<Record<string, Readonly<Record<string, JsonValue | undefined>>>> = {
    resource: ofResource,
    containerResource: { ...ofResource, container: source["container"] },
    object: {
      target: referenceOf(objectAt(source, "describedObject")),
      metricName,
      [`${side}Value`]: value["value"] ?? "0",
      selector,
      averageValue: value["averageValue"],
    },
    pods: { metricName, [`${side}AverageValue`]: value["averageValue"] ?? "0", selector },
    external: {
      metricName,
      metricSelector: selector,
      [`${side}Value`]: value["value"] ?? zero,
      [`${side}AverageValue`]: value["averageValue"],
    },
  };
  return withoutUndefined({ type, [key]: withoutUndefined(sources[key] ?? {}) });
}

/** The opposite of {@link metricInVersion1}. */
export function metricInVersion2(metric: JsonObject, side: MetricSide): JsonObject {
  const { type } = metric;
  const key = keyOf(type);
  const source = objectAt(metric, key);
  const { metricName: name, selector, metricSelector } = source;
  const utilization = source[`${side}AverageUtilization`];
  const average = source[`${side}AverageValue`];
  const value = source[`${side}Value`];
  const valued = (
    targetType: string,
    values: Readonly<Record<string, JsonValue | undefined>>,
  ): JsonObject =>
    withoutUndefined({ ...(side === "target" ? { type: targetType } : {}), ...values });
  const ofResource = {
    name: source["name"],
    [side]: valued(utilization === undefined ? "AverageValue" : "Utilization", {
      averageValue: average,
      averageUtilization: utilization,
    }),
  };
  const ownAverage = source["averageValue"];
  const isAveraged = side === "target" && ownAverage !== undefined;
  const sources: Readonly<Record<string, Readonly<Record<string, JsonValue | undefined>>>> = {
    resource: ofResource,
    containerResource: { ...ofResource, container: source["container"] },
    object: {
      describedObject: source["target"],
      [side]: valued(isAveraged ? "AverageValue" : "Value", {
        value: isAveraged && value === "0" ? undefined : value,
        averageValue: ownAverage,
      }),
      metric: withoutUndefined({ name, selector }),
    },
    pods: {
      metric: withoutUndefined({ name, selector }),
      [side]: valued("AverageValue", { averageValue: average }),
    },
    external: {
      metric: withoutUndefined({ name, selector: metricSelector }),
      [side]: valued(value === undefined ? "AverageValue" : "Value", {
        value,
        averageValue: average,
      }),
    },
  };
  return withoutUndefined({ type, [key]: withoutUndefined(sources[key] ?? {}) });
}

/** `ContainerResource` is said in `containerResource`. */
function keyOf(type: JsonValue | undefined): string {
  const text = typeof type === "string" ? type : "";
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}

function referenceOf({ kind, name, apiVersion }: JsonObject): JsonObject {
  return withoutUndefined({ kind, name, apiVersion });
}

function withoutUndefined(fields: Readonly<Record<string, JsonValue | undefined>>): JsonObject {
  const said = Object.entries(fields).filter(
    (entry): entry is [string, JsonValue] => entry[1] !== undefined,
  );
  return Object.fromEntries(said);
}
