import type { ApiError } from "@kvop/core";
import { BuiltInTypeError } from "../admission/built-in-type-error.js";
import { convertIntegers } from "../admission/convert-integers.js";
import { builtInSchema } from "../built-in/built-in-resources.js";
import { decodeBuiltIn } from "../admission/default-built-in.js";
import { defaultCustomResourceDefinition } from "../schema/default-custom-resource-definition.js";
import { applyDefaults } from "../schema/defaults.js";
import { invalid } from "../schema/field-error.js";
import { goJson, goQuote } from "../schema/go-format.js";
import { isJsonObject, type JsonObject, type JsonValue, setOwnValue } from "../schema/json.js";
import { findMetadataTypeError } from "../schema/metadata-type-error.js";
import { pruneObject } from "../schema/prune.js";
import { goJsonKind } from "../patch/go-json-kind.js";
import { findTypeError } from "./find-type-error.js";
import { readJsonText } from "./json-text.js";
import { refuse } from "./refusal.js";
import type { ServedResource } from "./resource-registry.js";
import { apiVersionOf } from "./write-target.js";

/** An object as its kind's type holds it, with what strict validation has to say. */
export interface DecodedObject {
  readonly object: JsonObject;
  /** `unknown field "spec.nope"` and the like. */
  readonly strictErrors: readonly string[];
  /** Why it is no object for its endpoint, where that counts less than strict validation does. */
  readonly misfit?: ApiError | undefined;
}

/** The text that a value comes from. */
export interface DecodeSource {
  /** What was wrong with the text already. Default: nothing. */
  readonly duplicates?: readonly string[];
  /** As JSON. Default: as the value would be written. */
  readonly text?: () => string;
  /** As it was sent. Default: as `text`. */
  readonly raw?: () => string;
  /** Whether the text says more than the value. Default: false. */
  readonly isOdd?: boolean;
  /** Whether unknown fields are passed over in silence. Default: false. */
  readonly isLenient?: boolean;
  /** Whether Go converts the value, and reads no text: what is too long for an integer is cut. Default: false. */
  readonly isConverted?: boolean;
}

/** The version of the types that objects have within the real server. */
export const INTERNAL = "__internal";
const SCHEME = 'in scheme "pkg/runtime/scheme.go:111"';
const TYPE_META =
  'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';

/** The keys that say what an object is, by their lengths. */
const TYPE_META_KEYS: ReadonlyMap<number, readonly string[]> = new Map([
  [4, ["kind"]],
  [10, ["apiVersion"]],
]);

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

/** As {@link decodeObject}; that an object is meant for elsewhere is told, not thrown. */
export function decodeBody(
  value: JsonValue,
  resource: ServedResource,
  source: DecodeSource,
): DecodedObject {
  const isTyped = source.isConverted === true && isJsonObject(value);
  const body = isTyped
    ? value
    : checkTypeMeta(value, source.isOdd === true ? source.text : undefined);
  return resource.isCustom
    ? decodeCustom(body, resource, source)
    : decodeTyped(body, resource, source);
}

/**
 * Reads a value as an object of a resource's kind: types, unknown fields, defaults. The value is not changed.
 *
 * @throws DecodeError when it names no kind; KindError when its kind or a type is wrong; ApiError when it is meant for elsewhere.
 */
export function decodeObject(
  value: JsonValue,
  resource: ServedResource,
  source: DecodeSource = {},
): DecodedObject {
  const decoded = decodeBody(value, resource, source);
  if (decoded.misfit !== undefined) throw decoded.misfit;
  return decoded;
}

/** An object whose kind and version, where it says them, are texts. @throws DecodeError */
export function checkTypeMeta(value: JsonValue, text?: () => string): JsonObject {
  if (value !== null && !isJsonObject(value)) {
    throw new DecodeError(
      `couldn't get version/kind; json parse error: json: cannot unmarshal ${goJsonKind(value)} into Go value of type ${TYPE_META}`,
    );
  }
  const body = value ?? {};
  const wrong = wrongType(body, text);
  if (wrong !== undefined) {
    throw new DecodeError(
      `couldn't get version/kind; json parse error: json: cannot unmarshal ${wrong.kind} into Go struct field .${wrong.key} of type string`,
    );
  }
  const apiVersion = textOr(body["apiVersion"], "");
  if (apiVersion.split("/").length > 2)
    throw new DecodeError(`unexpected GroupVersion string: ${apiVersion}`);
  return body;
}

/** `/v1` is the version `v1` of no group. */
function plainVersion(apiVersion: string): string {
  return apiVersion.startsWith("/") ? apiVersion.slice(1) : apiVersion;
}

/** Kind and version of a body. Go finds out what it reads whatever the case of these two keys; the last one counts. */
export function foldedTypeMeta(body: JsonObject): { kind: string; apiVersion: string } {
  const found = { kind: "", apiVersion: "" };
  for (const [key, value] of Object.entries(body)) {
    if (typeof value !== "string") continue;
    if (key.length === 4 && key.toLowerCase() === "kind") found.kind = value;
    else if (key.length === 10 && key.toLowerCase() === "apiversion") found.apiVersion = value;
  }
  return found;
}

/** The first of the two keys that has no text, and what it has instead. */
function wrongType(
  body: JsonObject,
  text?: () => string,
): { readonly key: string; readonly kind: string } | undefined {
  const json = text === undefined ? undefined : readJsonText(text());
  const entries =
    json?.kind === "object"
      ? json.entries.map(([key, value]) => [key, value.kind] as const)
      : Object.keys(body).map((key) => [key, goJsonKind(body[key])] as const);
  for (const [given, kind] of entries) {
    const key = TYPE_META_KEYS.get(given.length)?.find(
      (each) => given.toLowerCase() === each.toLowerCase(),
    );
    if (key !== undefined && kind !== "string" && kind !== "null") return { key, kind };
  }
  return undefined;
}

function decodeTyped(
  body: JsonObject,
  resource: ServedResource,
  source: DecodeSource,
): DecodedObject {
  const {
    duplicates = [],
    text = () => JSON.stringify(body),
    isOdd = false,
    isConverted = false,
  } = source;
  const { group, kind } = resource;
  const apiVersion = apiVersionOf(resource);
  const given = isConverted
    ? { kind: textOr(body["kind"], ""), apiVersion: textOr(body["apiVersion"], "") }
    : foldedTypeMeta(body);
  // Go's typed decoder takes the endpoint's own type where the body names none.
  const givenVersion = textOr(plainVersion(given.apiVersion), apiVersion);
  const givenKind = textOr(given.kind, kind);
  const named = `${givenKind} in version ${goQuote(givenVersion.split("/").at(-1) ?? "")} cannot be handled as a ${kind}`;
  if (givenVersion.endsWith("/"))
    throw new KindError(`Object 'apiVersion' is missing in '${text()}'`, named);
  if (isConverted) checkConverted(body, named);
  if (isOdd) checkTypes(givenVersion, givenKind, text(), named);
  try {
    if (givenVersion !== apiVersion || givenKind !== kind) {
      return refuseForeign({ body, givenVersion, givenKind, resource, named });
    }
    const { object, unknownFields } = decodeBuiltIn(group, kind, { ...body, kind, apiVersion });
    const defaulted =
      kind === "CustomResourceDefinition"
        ? decodeBuiltIn(group, kind, defaultCustomResourceDefinition(object)).object
        : object;
    return {
      object: withMetadata(defaulted),
      strictErrors: strict(
        duplicates,
        unknownFields.map((path) => goQuote(path).slice(1, -1)),
      ),
    };
  } catch (error) {
    if (!BuiltInTypeError.isInstance(error)) throw error;
    checkTypes(givenVersion, givenKind, text(), named);
    throw new KindError(error.problem, named);
  }
}

/** @throws KindError */
function checkConverted(body: JsonObject, named: string): void {
  try {
    convertIntegers(body);
  } catch (error) {
    if (!BuiltInTypeError.isInstance(error)) throw error;
    throw new KindError(error.problem, named);
  }
}

/** Looks for wrong types as the real server does, in the order of the text. @throws KindError */
function checkTypes(apiVersion: string, kind: string, text: string, named: string): void {
  const problem = findTypeError(apiVersion, kind, text);
  if (problem !== undefined) throw new KindError(problem, named);
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
    const place =
      version === INTERNAL
        ? `the internal version of group ${goQuote(givenGroup)}`
        : `version ${goQuote(givenVersion)}`;
    throw new KindError(
      `no kind ${goQuote(givenKind)} is registered for ${place} ${SCHEME}`,
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
  { duplicates = [], text = () => goJson(body), raw = text, isLenient = false }: DecodeSource,
): DecodedObject {
  const { version, kind, schema } = resource;
  const given = {
    kind: textOr(body["kind"], ""),
    apiVersion: plainVersion(textOr(body["apiVersion"], "")),
  };
  if (given.kind === "") {
    // Who passes over unknown fields reads JSON that was made of the text.
    const problem = `Object 'Kind' is missing in '${isLenient ? text() : raw()}'`;
    if (!isLenient) throw new DecodeError(problem);
    const named = textOr(foldedTypeMeta(body).kind, kind);
    throw new KindError(problem, `${named} in version "${version}" cannot be handled as a ${kind}`);
  }
  const named = `${given.kind} in version "${given.apiVersion.split("/").at(-1) ?? version}" cannot be handled as a ${kind}`;
  if (body["apiVersion"] === null)
    throw new KindError(
      ".apiVersion accessor error: <nil> is of the type <nil>, expected string",
      named,
    );
  if (schema !== undefined) {
    const problem = findMetadataTypeError(schema, body);
    if (problem !== undefined) throw new KindError(problem, named);
  }
  const misfit = misfitOf(body, given, resource);
  if (misfit !== undefined) return { object: body, strictErrors: duplicates, misfit };
  const object = withMetadata(body);
  dropEmpty(object["metadata"] as JsonObject);
  for (const key of ["labels", "annotations"]) fillNulls(object["metadata"] as JsonObject, key);
  if (schema === undefined) return { object, strictErrors: duplicates };
  const { unknownFields } = pruneObject(schema, object);
  applyDefaults(schema, object);
  return { object, strictErrors: strict(duplicates, unknownFields) };
}

function misfitOf(
  body: JsonObject,
  given: { readonly kind: string; readonly apiVersion: string },
  resource: ServedResource,
): ApiError | undefined {
  const apiVersion = apiVersionOf(resource);
  if (given.apiVersion !== apiVersion) {
    return refuse.badRequest(
      `the API version in the data (${given.apiVersion}) does not match the expected API version (${apiVersion})`,
    );
  }
  if (given.kind === resource.kind) return undefined;
  const name = isJsonObject(body["metadata"]) ? textOr(body["metadata"]["name"], "") : "";
  return refuse.invalid({ ...resource, kind: given.kind }, name, [
    invalid("kind", given.kind, `must be ${resource.kind}`),
  ]);
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

/** In a map of texts null is the empty one. */
function fillNulls(metadata: JsonObject, key: string): void {
  const map = metadata[key];
  if (!isJsonObject(map)) return;
  for (const [each, value] of Object.entries(map)) if (value === null) setOwnValue(map, each, "");
}

function isEmptyValue(value: object): boolean {
  return Object.keys(value).length === 0;
}

function textOr(value: JsonValue | undefined, fallback: string): string {
  return typeof value === "string" && value !== "" ? value : fallback;
}
