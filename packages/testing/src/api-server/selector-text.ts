import { isJsonObject, type JsonObject, type JsonValue } from "../schema/json.js";

const OPERATORS: Readonly<Record<string, string>> = { In: "in", NotIn: "notin" };

/** A label selector as text: `app=a,tier in (x,y)`. A plain map of labels, as a ReplicationController has it, too. */
export function selectorText(selector: JsonObject): string {
  const isStructured = "matchLabels" in selector || "matchExpressions" in selector;
  const labels = isStructured ? selector["matchLabels"] : selector;
  const requirements = isJsonObject(labels)
    ? Object.entries(labels).map(([key, value]) => ({ key, text: `${key}=${String(value)}` }))
    : [];
  const expressions = isStructured ? selector["matchExpressions"] : [];
  if (Array.isArray(expressions)) requirements.push(...expressions.flatMap(requirementOf));
  return requirements
    .toSorted((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ text }) => text)
    .join(",");
}

function requirementOf(expression: JsonValue): { key: string; text: string }[] {
  if (!isJsonObject(expression)) return [];
  const key = String(expression["key"] ?? "");
  const operator = String(expression["operator"] ?? "");
  const values = Array.isArray(expression["values"]) ? expression["values"].map(String) : [];
  switch (operator) {
    case "Exists":
      return [{ key, text: key }];
    case "DoesNotExist":
      return [{ key, text: `!${key}` }];
    default:
      return [
        { key, text: `${key} ${OPERATORS[operator] ?? ""} (${values.toSorted().join(",")})` },
      ];
  }
}
