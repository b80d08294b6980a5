import { isJsonObject, type JsonObject, type JsonValue } from "../schema/json.js";

const RULES = ["stabilizationWindowSeconds", "selectPolicy", "policies", "tolerance"];
const POLICY = ["type", "value", "periodSeconds"];

/**
 * How a HorizontalPodAutoscaler scales, as version 1 writes it in an annotation: with names that begin in capitals, and null for
 * what is not said.
 */
export function behaviorInVersion1(behavior: JsonValue): JsonObject {
  return capitalised(behavior, ["scaleUp", "scaleDown"], (rules) =>
    capitalised(rules, RULES, (value, name) =>
      name === "policies" && Array.isArray(value)
        ? value.map((policy) => capitalised(policy, POLICY, (each) => each))
        : value,
    ),
  );
}

/** The opposite of {@link behaviorInVersion1}; undefined when nothing is said. */
export function behaviorInVersion2(value: JsonValue | undefined): JsonValue | undefined {
  const behavior = uncapitalised(value ?? null);
  return isJsonObject(behavior) && Object.keys(behavior).length > 0 ? behavior : undefined;
}

function capitalised(
  value: JsonValue,
  names: readonly string[],
  convert: (value: JsonValue, name: string) => JsonValue,
): JsonObject {
  const object = isJsonObject(value) ? value : {};
  return Object.fromEntries(
    names.map((name): [string, JsonValue] => {
      const said = object[name] ?? null;
      const capital = name.slice(0, 1).toUpperCase() + name.slice(1);
      return [capital, said === null ? null : convert(said, name)];
    }),
  );
}

function uncapitalised(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(uncapitalised);
  if (!isJsonObject(value)) return value;
  const said = Object.entries(value).filter(([, each]) => each !== null);
  return Object.fromEntries(
    said.map(([name, each]): [string, JsonValue] => [
      name.slice(0, 1).toLowerCase() + name.slice(1),
      uncapitalised(each),
    ]),
  );
}
