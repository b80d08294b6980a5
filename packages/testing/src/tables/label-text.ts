import { objectAt, objectsAt, textAt, textsAt } from "../admission/json-access.js";
import type { JsonObject } from "../schema/json.js";
import { type CellReader, valueAtPath } from "./cell-reader.js";

/** Labels as `a=b,c=d`, sorted. */
export function labelsText(labels: JsonObject): string {
  const texts = Object.keys(labels)
    .toSorted()
    .map((key) => `${key}=${String(labels[key])}`);
  return texts.length === 0 ? "<none>" : texts.join(",");
}

/** A LabelSelector in the form of a query: `a=b,c in (d,e),!f`; empty when it selects everything. */
export function selectorText(selector: JsonObject): string {
  const labels = objectAt(selector, "matchLabels");
  const requirements = Object.keys(labels).map((key) => ({
    key,
    text: `${key}=${String(labels[key])}`,
  }));
  for (const expression of objectsAt(selector, "matchExpressions")) {
    const key = textAt(expression, "key");
    requirements.push({ key, text: expressionText(key, expression) });
  }
  return requirements
    .toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ text }) => text)
    .join(",");
}

function expressionText(key: string, expression: JsonObject): string {
  const values = textsAt(expression, "values").toSorted().join(",");
  switch (textAt(expression, "operator")) {
    case "In":
      return `${key} in (${values})`;
    case "NotIn":
      return `${key} notin (${values})`;
    case "DoesNotExist":
      return `!${key}`;
    default:
      return key;
  }
}

/** The labels at a path. */
export function labelsAt(path: string): CellReader {
  return (object) => labelsText((valueAtPath(object, path) ?? {}) as JsonObject);
}

/** The LabelSelector at a path. */
export function selectorAt(path: string, fallback = "<none>"): CellReader {
  return (object) => {
    const selector = valueAtPath(object, path);
    return (selector === undefined ? "" : selectorText(selector as JsonObject)) || fallback;
  };
}
