import { isJsonObject, type JsonObject, type JsonValue, ownValue } from "../schema/json.js";

type Step = (values: readonly JsonValue[]) => JsonValue[];

const TOKEN =
  /\.?([A-Za-z0-9_$-]+)(\(\))?|\.?\['((?:[^'\\]|\\.)*)'\]|\[(\d+)\]|\[\*\]|\[\?\(@\.([A-Za-z0-9_.]+)\s*==\s*["']([^"']*)["']\)\]|\.\*/gy;

/** The part of kubectl's JSONPath that printer columns use: fields, quoted fields, indices, `[*]`, equality filters. */
export function readJsonPath(object: JsonObject, path: string): JsonValue[] {
  let values: JsonValue[] = [object];
  for (const step of parse(path)) values = step(values);
  return values;
}

function parse(path: string): Step[] {
  const text = path.startsWith("{") && path.endsWith("}") ? path.slice(1, -1) : path;
  const steps: Step[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const match = TOKEN.exec(text);
    // kubectl shows an empty cell for a path it cannot follow.
    if (match === null) return [() => []];
    const [whole, field, call, quoted, index, filterPath, filterValue] = match;
    const name = field ?? quoted?.replaceAll("\\", "");
    if (call !== undefined) steps.push(() => []);
    else if (name !== undefined)
      steps.push((values) => values.flatMap((value) => child(value, name)));
    else if (index !== undefined) {
      steps.push((values) =>
        values.flatMap((value) => (Array.isArray(value) ? (value[Number(index)] ?? []) : [])),
      );
    } else if (filterPath !== undefined) {
      steps.push((values) =>
        values.flatMap((value) =>
          Array.isArray(value)
            ? value.filter(
                (item) =>
                  isJsonObject(item) &&
                  String(readJsonPath(item, `.${filterPath}`)[0]) === filterValue,
              )
            : [],
        ),
      );
    } else if (whole !== "") {
      steps.push((values) =>
        values.flatMap((value) =>
          typeof value === "object" && value !== null ? Object.values(value) : [],
        ),
      );
    }
  }
  return steps;
}

function child(value: JsonValue, name: string): JsonValue[] {
  const found = isJsonObject(value) ? ownValue(value, name) : undefined;
  return found === undefined ? [] : [found];
}
