import { builtInLayout, type MessageLayout } from "../protobuf/protobuf-layout.js";
import { goJson } from "../schema/go-format.js";
import { isJsonObject, type JsonObject, type JsonValue } from "../schema/json.js";
import { unifiedDiff } from "./unified-diff.js";

/** Structures that the real server prints with the names of their JSON, and without what is empty. */
const TAGGED = new Set(["LabelSelector", "LabelSelectorRequirement", "ObjectMeta"]);

/**
 * How a part of a built-in object has changed, as the real server shows it: as its Go structure in JSON without tags.
 *
 * @param path Go names that lead to the structure: `Spec`, `PersistentVolumeSource`.
 */
export function goDiff(
  kind: string,
  path: readonly string[],
  before: JsonObject,
  after: JsonObject,
): string {
  let layout = builtInLayout().findKind("v1", kind);
  for (const name of path) {
    const type = layout?.fields.find(({ goName }) => goName === name)?.type;
    layout = typeof type === "object" ? type : undefined;
  }
  if (layout === undefined) return "";
  const [from, to] = [before, after].map((value) => indented(goFields(layout, value), ""));
  return unifiedDiff(from ?? [], to ?? []);
}

type GoValue = readonly (readonly [name: string, value: GoValue])[] | GoList | string;
interface GoList {
  readonly items: readonly GoValue[];
}

function goFields(
  layout: MessageLayout,
  object: JsonObject,
): readonly (readonly [string, GoValue])[] {
  const isTagged = TAGGED.has(layout.name);
  return layout.fields.flatMap((field): (readonly [string, GoValue])[] => {
    if (field.isInline && typeof field.type === "object") return [...goFields(field.type, object)];
    const { goName, jsonName } = field;
    const value = object[jsonName];
    if (isTagged && value === undefined) return [];
    return [[isTagged ? jsonName : goName, goValue(field, value)]];
  });
}

type Field = MessageLayout["fields"][number];

function goValue(field: Field, value: JsonValue | undefined): GoValue {
  if (value === undefined || value === null) {
    if (field.isPointer || field.isRepeated || field.isMap) return "null";
    return typeof field.type === "object" && field.type.leaf === undefined
      ? goFields(field.type, {})
      : zero(field);
  }
  if (field.isMap && isJsonObject(value))
    return Object.keys(value)
      .toSorted()
      .map((key) => [key, single(field, value[key] as JsonValue)] as const);
  if (field.isRepeated && Array.isArray(value))
    return { items: value.map((item) => single(field, item)) };
  return single(field, value);
}

function single({ type }: Field, value: JsonValue): GoValue {
  return typeof type === "object" && type.leaf === undefined && isJsonObject(value)
    ? goFields(type, value)
    : goJson(value);
}

function zero({ type }: Field): string {
  if (typeof type === "object") return type.leaf === "Quantity" ? '"0"' : "null";
  if (type === "s") return '""';
  if (type === "b") return "false";
  return type === "y" ? "null" : "0";
}

/** The lines of `json.MarshalIndent` with one blank a level. */
function indented(value: GoValue, indent: string): readonly string[] {
  if (typeof value === "string") return [value];
  const isList = "items" in value;
  const inner = `${indent} `;
  const entries: readonly (readonly [string, GoValue])[] = isList
    ? value.items.map((item) => ["", item])
    : (value as readonly (readonly [string, GoValue])[]).map(([name, item]) => [
        `${goJson(name)}: `,
        item,
      ]);
  const [open, close] = isList ? ["[", "]"] : ["{", "}"];
  if (entries.length === 0) return [`${open}${close}`];
  const body = entries.flatMap(([head, item], index) => {
    const texts = [...indented(item, inner)];
    texts[0] = `${inner}${head}${texts[0] ?? ""}`;
    if (index < entries.length - 1) texts[texts.length - 1] += ",";
    return texts;
  });
  return [open, ...body, `${indent}${close}`];
}
