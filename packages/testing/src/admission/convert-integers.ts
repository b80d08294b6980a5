import {
  builtInLayout,
  type MessageField,
  type MessageLayout,
} from "../protobuf/protobuf-layout.js";
import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  ownValue,
  setOwnValue,
} from "../schema/json.js";
import { BuiltInTypeError } from "./built-in-type-error.js";
import { textAt } from "./json-access.js";

/**
 * Whole numbers as Go converts them to the integers of a built-in kind's type where no text is read: of what is too long the
 * low bits stay. The object is changed; other kinds stay as they are.
 *
 * @throws BuiltInTypeError for a number where a whole number or a text may stand: that type reads its value as a text.
 */
export function convertIntegers(object: JsonObject): void {
  const layout = builtInLayout().findKind(textAt(object, "apiVersion"), textAt(object, "kind"));
  if (layout !== undefined) convertMessage(layout, object);
}

function convertMessage(layout: MessageLayout, json: JsonValue): JsonValue {
  if (layout.leaf === "IntOrString") checkInt32(json);
  if (layout.leaf !== undefined || layout.choice !== undefined || !isJsonObject(json)) return json;
  for (const field of layout.fields) {
    if (field.isInline && typeof field.type === "object") {
      convertMessage(field.type, json);
      continue;
    }
    const value = ownValue(json, field.jsonName);
    if (value !== undefined && value !== null)
      setOwnValue(json, field.jsonName, convertField(field, value));
  }
  return json;
}

function convertField(field: MessageField, value: JsonValue): JsonValue {
  if (field.isMap && isJsonObject(value)) {
    for (const [key, item] of Object.entries(value))
      setOwnValue(value, key, convertValue(field, item));
    return value;
  }
  if (field.isRepeated && Array.isArray(value))
    return value.map((item) => convertValue(field, item));
  return convertValue(field, value);
}

function convertValue({ type }: MessageField, value: JsonValue): JsonValue {
  if (typeof type === "object") return convertMessage(type, value);
  if ((type !== "i" && type !== "l") || !Number.isInteger(value)) return value;
  if (Number.isSafeInteger(value) && (type === "l" || value === (Number(value) | 0))) return value;
  const whole = BigInt(value as number);
  // What no integer holds becomes the least one.
  const held = BigInt.asIntN(64, whole) === whole ? whole : -(2n ** 63n);
  return Number(type === "i" ? BigInt.asIntN(32, held) : held);
}

function checkInt32(value: JsonValue): void {
  if (typeof value !== "number" || value === (value | 0)) return;
  throw new BuiltInTypeError({
    problem: `json: cannot unmarshal number ${value} into Go value of type int32`,
  });
}
