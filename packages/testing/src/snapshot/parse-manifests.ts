import { loadAll, Schema, timestampTag, YAML11_SCHEMA, YAMLException } from "js-yaml";
import { isJsonObject, type JsonObject, ownValue } from "../schema/json.js";
import { ManifestInvalidError } from "./manifest-invalid-error.js";

/** One object of a text of manifests. */
export interface Manifest {
  readonly object: JsonObject;
  /** Which document of the text it is in, from 1. */
  readonly document: number;
}

/** YAML 1.1, as kubectl reads it, but for times: JSON has none. */
const SCHEMA = new Schema(YAML11_SCHEMA.tags.filter((tag) => tag !== timestampTag));
/** Aliases may stand for each other: a small text could mean a value that fits into no memory. */
const LIMITS = { maxAliases: 1000, maxDepth: 400 };

/**
 * The objects of a text of YAML or JSON: several documents, lists (`kubectl get -o yaml`) taken apart, empty ones left out.
 *
 * @throws ManifestInvalidError
 */
export function parseManifests(text: string): readonly Manifest[] {
  return readDocuments(text).flatMap((value, index) =>
    objectsOf(value, index + 1).map((object) => ({ object, document: index + 1 })),
  );
}

function readDocuments(text: string): readonly unknown[] {
  try {
    return loadAll(text, { schema: SCHEMA, ...LIMITS });
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const line = (error.mark?.line ?? 0) + 1;
    throw new ManifestInvalidError({
      document: 0,
      problem: `no YAML at line ${line}: ${error.reason}`,
    });
  }
}

function objectsOf(value: unknown, document: number): readonly JsonObject[] {
  if (value === null || value === undefined) return [];
  if (!isJsonObject(value))
    throw new ManifestInvalidError({ document, problem: "it is no object" });
  const items = ownValue(value, "items");
  const isList = String(ownValue(value, "kind")).endsWith("List") && Array.isArray(items);
  if (isList) return items.flatMap((item) => objectsOf(withKindOf(value, item), document));
  checkObject(value, document);
  return [value];
}

/** The items of a `PodList` do not say what they are. */
function withKindOf(list: JsonObject, item: unknown): unknown {
  const kind = String(list["kind"]).slice(0, -"List".length);
  if (!isJsonObject(item) || kind === "" || item["kind"] !== undefined) return item;
  return { apiVersion: list["apiVersion"] ?? "v1", kind, ...item };
}

function checkObject(object: JsonObject, document: number): void {
  const { apiVersion, kind, metadata } = object;
  const problem =
    typeof apiVersion !== "string"
      ? "apiVersion is missing"
      : typeof kind !== "string"
        ? "kind is missing"
        : !isJsonObject(metadata) || typeof metadata["name"] !== "string"
          ? `metadata.name of its ${kind} is missing`
          : undefined;
  if (problem !== undefined) throw new ManifestInvalidError({ document, problem });
}
