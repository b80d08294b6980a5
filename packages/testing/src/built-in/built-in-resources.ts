import { readBuiltInData, readBuiltInText } from "./built-in-data.js";
import { once } from "./once.js";
import type { ResourceDefinition } from "./resource-definition.js";

/** A JSON schema of OpenAPI v3, with the `x-kubernetes-*` keywords. */
export interface OpenApiSchema {
  readonly [keyword: string]: unknown;
}

/** A schema together with the way to look up the `$ref`s in it. */
export interface BuiltInSchema {
  readonly schema: OpenApiSchema;
  /** Takes the whole reference (`#/components/schemas/...`); undefined when there is no such schema. */
  readonly resolveRef: (ref: string) => OpenApiSchema | undefined;
}

/** One API group in the server's order; the first version is the preferred one. */
export interface BuiltInGroup {
  /** Empty for the core group. */
  readonly name: string;
  readonly versions: readonly string[];
}

interface BuiltInIndex {
  readonly version: Readonly<Record<string, string>>;
  readonly groups: readonly {
    readonly name: string;
    readonly versions: readonly {
      readonly version: string;
      readonly resources: readonly Omit<ResourceDefinition, "group" | "version">[];
    }[];
  }[];
}

interface OpenApiDocument {
  readonly components?: { readonly schemas?: Readonly<Record<string, OpenApiSchema>> };
}

type OpenApiIndex = Readonly<Record<string, { readonly file: string; readonly hash: string }>>;

interface SchemaFile {
  readonly schemas: Readonly<Record<string, OpenApiSchema>>;
  readonly byKind: ReadonlyMap<string, OpenApiSchema>;
}

const schemaPrefix = "#/components/schemas/";

const readIndex = once(() => readBuiltInData("built-in.json.br") as BuiltInIndex);
const readOpenApiIndex = once(() => readBuiltInData("openapi/v3/index.json.br") as OpenApiIndex);
const readResources = once((): readonly ResourceDefinition[] =>
  readIndex().groups.flatMap(({ name: group, versions }) =>
    versions.flatMap(({ version, resources }) =>
      resources.map((resource) => Object.freeze({ group, version, ...resource })),
    ),
  ),
);
const readSchemaFile = oncePerKey(loadSchemaFile);

/** Every resource that a kube-apiserver serves by default, in its order of groups, versions and names. */
export function builtInResources(): readonly ResourceDefinition[] {
  return readResources();
}

/** The API groups in the order in which a kube-apiserver lists them, the core group first. */
export function builtInGroups(): readonly BuiltInGroup[] {
  return readIndex().groups.map(({ name, versions }) => ({
    name,
    versions: versions.map(({ version }) => version),
  }));
}

/** The answer of `/version` of the server that the data was taken from. */
export function builtInVersion(): Readonly<Record<string, string>> {
  return readIndex().version;
}

/** The schema of a built-in kind, read from its group's file at the first use; undefined when there is none. */
export function builtInSchema(
  group: string,
  version: string,
  kind: string,
): BuiltInSchema | undefined {
  const file = readSchemaFile(openApiPath(group, version));
  const schema = file?.byKind.get(`${group}/${version}/${kind}`);
  if (file === undefined || schema === undefined) {
    return undefined;
  }
  return {
    schema,
    resolveRef: (ref) =>
      ref.startsWith(schemaPrefix) ? file.schemas[ref.slice(schemaPrefix.length)] : undefined,
  };
}

/** The paths of `/openapi/v3` (without the leading slash), with the hash that the index shows for each. */
export function builtInOpenApiPaths(): readonly { readonly path: string; readonly hash: string }[] {
  return Object.entries(readOpenApiIndex()).map(([path, { hash }]) => ({ path, hash }));
}

/**
 * The JSON text of one document: a path of {@link builtInOpenApiPaths}, or `""` for the index as `/openapi/v3` serves
 * it. Undefined when there is no such document.
 */
export function builtInOpenApiDocument(path: string): string | undefined {
  if (path === "") {
    const paths = Object.fromEntries(
      builtInOpenApiPaths().map(({ path: name, hash }) => [
        name,
        { serverRelativeURL: `/openapi/v3/${name}?hash=${hash}` },
      ]),
    );
    return JSON.stringify({ paths });
  }
  const entry = readOpenApiIndex()[path];
  return entry === undefined ? undefined : readBuiltInText(entry.file);
}

/** The JSON text of `/openapi/v2`: the built-in types alone. */
export function builtInOpenApiV2(): string {
  return readBuiltInText("openapi/v2.json.br");
}

function openApiPath(group: string, version: string): string {
  return group === "" ? `api/${version}` : `apis/${group}/${version}`;
}

function loadSchemaFile(path: string): SchemaFile | undefined {
  const text = builtInOpenApiDocument(path);
  if (text === undefined) {
    return undefined;
  }
  const document = JSON.parse(text) as OpenApiDocument;
  const schemas = document.components?.schemas ?? {};
  const byKind = new Map<string, OpenApiSchema>();
  for (const schema of Object.values(schemas)) {
    for (const { group, version, kind } of kindsOf(schema)) {
      byKind.set(`${group}/${version}/${kind}`, schema);
    }
  }
  return { schemas, byKind };
}

function kindsOf(schema: OpenApiSchema) {
  return (schema["x-kubernetes-group-version-kind"] ?? []) as readonly {
    readonly group: string;
    readonly version: string;
    readonly kind: string;
  }[];
}

function oncePerKey<T>(load: (key: string) => T): (key: string) => T {
  const loaded = new Map<string, T>();
  return (key) => {
    if (!loaded.has(key)) {
      loaded.set(key, load(key));
    }
    return loaded.get(key) as T;
  };
}
