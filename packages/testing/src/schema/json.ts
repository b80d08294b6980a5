/** A value that JSON can express. */
export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject;

/** A JSON object. Its keys come from outside: read them with {@link ownValue} or `Object.keys`. */
export interface JsonObject {
  [key: string]: JsonValue;
}

/**
 * Objects nested deeper than this are refused. Encoding/json of the real server stops at 10,000; custom resources
 * that are real use less than 50 levels, and each level costs stack frames in the walks over a schema.
 */
export const MAX_JSON_DEPTH = 1000;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value that the object itself holds under a key; inherited ones (`constructor`) do not count. */
export function ownValue(object: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** Sets an own property whatever the key is: plain assignment of `__proto__` would change the prototype instead. */
export function setOwnValue(object: JsonObject, key: string, value: JsonValue): void {
  if (key === "__proto__") {
    Object.defineProperty(object, key, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
    return;
  }
  object[key] = value;
}

/** A deep copy. */
export function copyJson<T extends JsonValue>(value: T): T {
  return copyValue(value) as T;
}

function copyValue(value: JsonValue): JsonValue {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(copyValue);
  const copy: JsonObject = {};
  for (const key of Object.keys(value)) setOwnValue(copy, key, copyValue(value[key] as JsonValue));
  return copy;
}

/** Deep equality; the order of an object's keys does not count. */
export function jsonEqual(left: JsonValue | undefined, right: JsonValue | undefined): boolean {
  if (left === right) return true;
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) {
    return false;
  }
  if (Array.isArray(left)) {
    if (!Array.isArray(right) || left.length !== right.length) return false;
    for (let index = 0; index < left.length; index++) {
      if (!jsonEqual(left[index], right[index])) return false;
    }
    return true;
  }
  if (Array.isArray(right)) return false;
  const keys = Object.keys(left);
  if (keys.length !== Object.keys(right).length) return false;
  for (const key of keys) {
    if (!Object.hasOwn(right, key) || !jsonEqual(left[key], right[key])) return false;
  }
  return true;
}

/** Whether a value is nested deeper than a number of levels; never recurses deeper than that itself. */
export function isDeeperThan(value: JsonValue, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (levels === 0) return true;
  if (Array.isArray(value)) {
    for (const item of value) {
      if (typeof item === "object" && item !== null && isDeeperThan(item, levels - 1)) return true;
    }
    return false;
  }
  // The fastest way to walk an object; what a prototype adds is walked as well, which does no harm here.
  // eslint-disable-next-line guard-for-in -- see above
  for (const key in value) {
    const child = value[key] as JsonValue;
    if (typeof child === "object" && child !== null && isDeeperThan(child, levels - 1)) return true;
  }
  return false;
}
