import type { JsonObject, JsonValue } from "../schema/json.js";

/** What stands where a template holds a placeholder such as `<time>`; made when it is met. */
export type Placeholders = Readonly<Record<string, () => JsonValue>>;

const PLACEHOLDER = /<[a-z]+>/g;

/** The template with its placeholders filled. Parts that have none are the template's own: never change them. */
export function fillTemplate(template: JsonObject, placeholders: Placeholders): JsonObject {
  return filled(template, placeholders) as JsonObject;
}

function filled(value: JsonValue, placeholders: Placeholders): JsonValue {
  if (typeof value === "string") return value.includes("<") ? textOf(value, placeholders) : value;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    const items = value.map((item) => filled(item, placeholders));
    return items.every((item, index) => item === value[index]) ? value : items;
  }
  let copy: JsonObject | undefined;
  for (const key of Object.keys(value)) {
    const before = value[key] as JsonValue;
    const after = filled(before, placeholders);
    if (after === before) continue;
    copy ??= { ...value };
    copy[key] = after;
  }
  return copy ?? value;
}

/** A placeholder alone becomes its value, whatever type that has; within a text it becomes text. */
function textOf(text: string, placeholders: Placeholders): JsonValue {
  const alone = Object.hasOwn(placeholders, text) ? placeholders[text] : undefined;
  if (alone !== undefined) return alone();
  return text.replaceAll(PLACEHOLDER, (name) =>
    Object.hasOwn(placeholders, name) ? String(placeholders[name]?.()) : name,
  );
}
