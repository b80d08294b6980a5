import { BuiltInTypeError } from "../admission/built-in-type-error.js";
import { builtInSchema } from "../built-in/built-in-resources.js";
import { decodeBuiltIn } from "../admission/default-built-in.js";
import { defaultCustomResourceDefinition } from "../schema/default-custom-resource-definition.js";
import { applyDefaults } from "../schema/defaults.js";
import { invalid } from "../schema/field-error.js";
import { goJson } from "../schema/go-format.js";
import { isJsonObject, type JsonObject, type JsonValue } from "../schema/json.js";
import { findMetadataTypeError } from "../schema/metadata-type-error.js";
import { pruneObject } from "../schema/prune.js";
import { goJsonKind } from "../patch/go-json-kind.js";
import { refuse } from "./refusal.js";
import type { ServedResource } from "./resource-registry.js";
import { apiVersionOf } from "./write-target.js";

/** An object as its kind's type holds it, with what strict validation has to say. */
export interface DecodedObject {
  readonly object: JsonObject;
  /** `unknown field "spec.nope"` and the like. */
  readonly strictErrors: readonly string[];
}

const SCHEME = 'in scheme "pkg/runtime/scheme.go:111"';
const TYPE_META =
  'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';

/** Why a body is no object of the kind: what comes in parentheses or after a colon in the refusal. */
export class DecodeError extends Error {}

/** A value is of another kind, or has a field of a wrong type. */
export class KindError extends Error {
  /** @param problem the fault alone, @param named what comes before it in a refusal: which kind was meant. */
  constructor(
    readonly problem: string,
    readonly named: string,
  ) {
    super(`${named}: ${problem}`);
  }
}

/**
 * Reads a value as an object of a resource's kind: types, unknown fields, defaults. The value is not changed.
 *
 * @param duplicates what was wrong with the text already.
 * @throws DecodeError when it names no kind; KindError when its kind or a type is wrong; ApiError when it is meant for elsewhere.
 */
export function decodeObject(
  value: JsonValue,
  resource: ServedResource,
  duplicates: readonly string[] = [],
): DecodedObject {
  if (value !== null && !isJsonObject(value)) {
    throw new DecodeError(
      `couldn't get version/kind; json parse error: json: cannot unmarshal ${goJsonKind(value)} into Go value of type ${TYPE_META}`,
    );
  }
  const body = value ?? {};
  for (const key of ["apiVersion", "kind"]) {
    const given = body[key] ?? "";
    if (typeof given !== "string") {
      throw new DecodeError(
        `couldn't get version/kind; json parse error: json: cannot unmarshal ${goJsonKind(given)} into Go struct field .${key} of type string`,
      );
    }
  }
  return resource.isCustom
    ? decodeCustom(body, resource, duplicates)
    : decodeTyped(body, resource, duplicates);
}

function decodeTyped(
  body: JsonObject,
  resource: ServedResource,
  duplicates: readonly string[],
): DecodedObject {
  const { group, kind } = resource;
  const apiVersion = apiVersionOf(resource);
  // Go's typed decoder takes the endpoint's own type where the body names none.
  const givenVersion = textOr(body["apiVersion"], apiVersion);
  const givenKind = textOr(body["kind"], kind);
  const named = `${givenKind} in version "${givenVersion.split("/").at(-1) ?? ""}" cannot be handled as a ${kind}`;
  try {
    if (givenVersion !== apiVersion || givenKind !== kind) {
      return refuseForeign({ body, givenVersion, givenKind, resource, named });
    }
    const { object, unknownFields } = decodeBuiltIn(group, kind, { ...body, kind, apiVersion });
    const defaulted =
      kind === "CustomResourceDefinition"
        ? decodeBuiltIn(group, kind, defaultCustomResourceDefinition(object)).object
        : object;
    return { object: withMetadata(defaulted), strictErrors: strict(duplicates, unknownFields) };
  } catch (error) {
    if (BuiltInTypeError.isInstance(error)) throw new KindError(error.problem, named);
    throw error;
  }
}

/** An object of another kind is read as what it says it is, before it turns out not to fit. */
function refuseForeign(foreign: {
  readonly body: JsonObject;
  readonly givenVersion: string;
  readonly givenKind: string;
  readonly resource: ServedResource;
  readonly named: string;
}): never {
  const { body, givenVersion, givenKind, resource, named } = foreign;
  const [givenGroup = "", version = givenVersion] = givenVersion.includes("/")
    ? givenVersion.split("/")
    : ["", givenVersion];
  if (builtInSchema(givenGroup, version, givenKind) === undefined) {
    throw new KindError(
      `no kind "${givenKind}" is registered for version "${givenVersion}" ${SCHEME}`,
      named,
    );
  }
  decodeBuiltIn(givenGroup, givenKind, { ...body, kind: givenKind, apiVersion: givenVersion });
  const { group, kind } = resource;
  if (givenGroup === group && givenKind === kind) {
    throw refuse.badRequest(
      `the API version in the data (${givenVersion}) does not match the expected API version (${apiVersionOf(resource)})`,
    );
  }
  const internal = group === "" ? "core" : (group.split(".")[0] ?? group);
  throw new KindError(
    `converting (${version}.${givenKind}) to (${internal}.${kind}): unknown conversion`,
    named,
  );
}

function decodeCustom(
  body: JsonObject,
  resource: ServedResource,
  duplicates: readonly string[],
): DecodedObject {
  const { version, kind, schema } = resource;
  const apiVersion = apiVersionOf(resource);
  const given = { kind: textOr(body["kind"], ""), apiVersion: textOr(body["apiVersion"], "") };
  if (given.kind === "") throw new DecodeError(`Object 'Kind' is missing in '${goJson(body)}'`);
  const named = `${given.kind} in version "${given.apiVersion.split("/").at(-1) ?? version}" cannot be handled as a ${kind}`;
  if (schema !== undefined) {
    const problem = findMetadataTypeError(schema, body);
    if (problem !== undefined) throw new KindError(problem, named);
  }
  if (given.apiVersion !== apiVersion) {
    throw refuse.badRequest(
      `the API version in the data (${given.apiVersion}) does not match the expected API version (${apiVersion})`,
    );
  }
  if (given.kind !== kind) {
    const name = isJsonObject(body["metadata"]) ? textOr(body["metadata"]["name"], "") : "";
    throw refuse.invalid({ ...resource, kind: given.kind }, name, [
      invalid("kind", given.kind, `must be ${kind}`),
    ]);
  }
  const object = withMetadata(body);
  dropEmpty(object["metadata"] as JsonObject);
  if (schema === undefined) return { object, strictErrors: duplicates };
  const { unknownFields } = pruneObject(schema, object);
  applyDefaults(schema, object);
  return { object, strictErrors: strict(duplicates, unknownFields) };
}

function strict(duplicates: readonly string[], unknownFields: readonly string[]): string[] {
  return [...duplicates, ...unknownFields.map((path) => `unknown field "${path}"`)];
}

function withMetadata(object: JsonObject): JsonObject {
  if (!isJsonObject(object["metadata"])) object["metadata"] = {};
  return object;
}

/** The metadata of a custom resource are typed: what is empty or null there is nothing. */
function dropEmpty(metadata: JsonObject): void {
  for (const [key, value] of Object.entries(metadata)) {
    if (key === "managedFields") continue;
    const isEmpty =
      value === null || value === "" || (typeof value === "object" && isEmptyValue(value));
    if (isEmpty) delete metadata[key];
  }
}

function isEmptyValue(value: object): boolean {
  return Object.keys(value).length === 0;
}

function textOr(value: JsonValue | undefined, fallback: string): string {
  return typeof value === "string" && value !== "" ? value : fallback;
}
