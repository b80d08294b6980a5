import type { CelLibrary } from "./cel-function.js";
import { noOverload } from "./cel-operators.js";
import { formatDuration, formatTimestamp } from "./cel-time.js";
import {
  CelDuration,
  CelError,
  CelMap,
  CelTimestamp,
  CelUint,
  type CelValue,
} from "./cel-value.js";
import type { JsonObject, JsonValue } from "../json.js";
import { MAKE_OBJECT } from "./object-literals.js";

/** An object that an expression makes: `Object.spec{replicas: 1}`. */
export class CelTypedMap extends CelMap {
  constructor(readonly typeName: string) {
    super();
  }
}

/** What expressions of mutating policies may call besides. */
export const MUTATION_LIBRARY: CelLibrary = {
  [MAKE_OBJECT]: ([typeName, fields]) => {
    if (typeof typeName !== "string" || !(fields instanceof CelMap)) throw noOverload();
    const made = new CelTypedMap(typeName);
    for (const [key, value] of fields.entries()) made.set(key, value);
    return made;
  },
  "jsonpatch.escapeKey": ([key]) => {
    if (typeof key !== "string") throw noOverload();
    return key.replaceAll("~", "~0").replaceAll("/", "~1");
  },
};

/** A value of an expression as JSON. @throws CelError when it cannot be. */
export function toJson(value: CelValue): JsonValue {
  if (value === null || typeof value === "boolean" || typeof value === "string") return value;
  if (typeof value === "bigint" || typeof value === "number") return Number(value);
  if (value instanceof CelUint) return Number(value.value);
  if (value instanceof CelTimestamp) return formatTimestamp(value);
  if (value instanceof CelDuration) return formatDuration(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (Array.isArray(value)) return value.map(toJson);
  if (!(value instanceof CelMap)) throw new CelError("unsupported conversion to JSON");
  const object: JsonObject = {};
  for (const [key, each] of value.entries()) object[String(key)] = toJson(each);
  return object;
}

/** Objects are named after the place where they stand. @returns what is wrong with the names; undefined when they fit. */
export function typeNameProblem(value: CelValue, expected?: string): string | undefined {
  if (Array.isArray(value)) return firstOf(value.map((item) => typeNameProblem(item, expected)));
  if (!(value instanceof CelMap)) return undefined;
  const own = value instanceof CelTypedMap ? value.typeName : undefined;
  if (own !== undefined && expected !== undefined && own !== expected)
    return `unexpected type name "${own}", expected "${expected}", which matches field name path from root Object type`;
  return firstOf(
    value
      .entries()
      .map(([key, each]) =>
        typeNameProblem(each, own === undefined ? undefined : `${own}.${String(key)}`),
      ),
  );
}

const firstOf = (problems: readonly (string | undefined)[]): string | undefined =>
  problems.find((problem) => problem !== undefined);
