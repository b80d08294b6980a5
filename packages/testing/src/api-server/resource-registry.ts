import { createHash } from "node:crypto";
import { shapeBuiltIn } from "../admission/shape-built-in.js";
import { builtInGroups, builtInResources, builtInSchema } from "../built-in/built-in-resources.js";
import { deprecationOf } from "../built-in/deprecated-kinds.js";
import type { ResourceDefinition } from "../built-in/resource-definition.js";
import { compareVersions } from "../schema/compare-versions.js";
import { compileSchema, type CompiledSchema } from "../schema/compiled-schema.js";
import { customResourceSchemaNode, schemaNode } from "../apply/open-api-schema-node.js";
import type { SchemaNode } from "../apply/schema-node.js";
import type { JsonObject } from "../schema/json.js";
import { CustomDocuments } from "./custom-documents.js";
import type { ScalePaths } from "../schema/validate-scale-paths.js";
import type { OpenApiSchema } from "../schema/open-api-schema.js";

/** A column of a custom resource's Table. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: string;
  readonly jsonPath: string;
  readonly format?: string;
  readonly description?: string;
  readonly priority?: number;
}

/** One resource in one version, as the server serves it. */
export interface ServedResource extends ResourceDefinition {
  /** Where its objects are kept: the same for all versions. */
  readonly storageKey: string;
  readonly isCustom: boolean;
  readonly hasStatus: boolean;
  readonly schema: CompiledSchema | undefined;
  /** How its fields merge and are owned. */
  readonly mergeSchema: SchemaNode;
  /** How stored custom resources look in this version, as far as somebody has looked. */
  readonly views: WeakMap<JsonObject, JsonObject>;
  /** An object of a built-in kind that says nothing, as its type writes it. */
  readonly blank?: JsonObject;
  readonly printerColumns: readonly PrinterColumn[];
  readonly selectableFields: readonly string[];
  /** Name of the CustomResourceDefinition. */
  readonly definition?: string;
  /** Whether only a webhook can turn an object of one version into one of another. */
  readonly hasWebhookConversion?: boolean;
  /** Where a custom resource has what its Scale shows. */
  readonly scale?: ScalePaths;
  /** What whoever uses this version is warned of. */
  readonly deprecation?: string;
}

interface DefinitionVersion {
  readonly name: string;
  readonly served: boolean;
  readonly storage: boolean;
  readonly schema?: { readonly openAPIV3Schema?: OpenApiSchema };
  readonly deprecated?: boolean;
  readonly deprecationWarning?: string;
  readonly subresources?: {
    readonly status?: object;
    readonly scale?: {
      readonly specReplicasPath: string;
      readonly statusReplicasPath: string;
      readonly labelSelectorPath?: string;
    };
  };
  readonly additionalPrinterColumns?: readonly PrinterColumn[];
  readonly selectableFields?: readonly { readonly jsonPath: string }[];
}

const objectVerbs = [
  "delete",
  "deletecollection",
  "get",
  "list",
  "patch",
  "create",
  "update",
  "watch",
];
const statusVerbs = ["get", "patch", "update"];

/** Which resources a server serves: the built-in ones and those of its CustomResourceDefinitions. */
export class ResourceRegistry {
  readonly #resources = new Map<string, ServedResource>();
  /** OpenAPI of the custom resources. */
  readonly documents = new CustomDocuments();
  readonly #custom = new Map<string, readonly string[]>();

  constructor() {
    for (const definition of builtInResources()) {
      this.#resources.set(idOf(definition), servedBuiltIn(definition));
    }
  }

  find(group: string, version: string, plural: string): ServedResource | undefined {
    return this.#resources.get(`${group}/${version}/${plural}`);
  }

  /** Whether paths below a group belong to the server's own API, so that a wrong one is answered with a Status. */
  servesGroup(root: string | undefined, group: string): boolean {
    return (
      root === "api" ||
      (root === "apis" && group !== "" && builtInGroups().some(({ name }) => name === group))
    );
  }

  all(): readonly ServedResource[] {
    return [...this.#resources.values()];
  }

  /** Serves the versions of a CustomResourceDefinition in place of what it served before. */
  setDefinition(crd: JsonObject): void {
    const name = (crd["metadata"] as JsonObject)["name"] as string;
    this.removeDefinition(name);
    const spec = crd["spec"] as unknown as {
      readonly group: string;
      readonly scope: string;
      readonly names: Record<string, string> & { shortNames?: string[]; categories?: string[] };
      readonly versions: readonly DefinitionVersion[];
      readonly conversion?: { readonly strategy?: string };
    };
    const ids: string[] = [];
    const storageVersion = spec.versions.find(({ storage }) => storage)?.name ?? "";
    for (const version of spec.versions) {
      if (!version.served) continue;
      const resource = servedCustom(name, spec, version, storageVersion);
      ids.push(idOf(resource));
      this.#resources.set(idOf(resource), resource);
    }
    this.#custom.set(name, ids);
  }

  removeDefinition(name: string): void {
    for (const id of this.#custom.get(name) ?? []) this.#resources.delete(id);
    this.#custom.delete(name);
  }
}

function idOf({
  group,
  version,
  plural,
}: Pick<ResourceDefinition, "group" | "version" | "plural">): string {
  return `${group}/${version}/${plural}`;
}

/** Events are one kind under two groups. */
function storageKeyOf(group: string, plural: string): string {
  return group === "events.k8s.io" ? `/${plural}` : `${group}/${plural}`;
}

function servedBuiltIn(definition: ResourceDefinition): ServedResource {
  let schema: CompiledSchema | undefined;
  let isRead = false;
  let mergeSchema: SchemaNode | undefined;
  let blank: JsonObject | undefined;
  const { group, version, plural } = definition;
  const deprecation = deprecationOf(group, version, plural);
  return {
    ...definition,
    storageKey: storageKeyOf(definition.group, definition.plural),
    isCustom: false,
    ...(deprecation === undefined ? {} : { deprecation }),
    hasStatus: definition.subresources.some(({ name }) => name === "status"),
    get schema() {
      if (!isRead) {
        isRead = true;
        const found = builtInSchema(definition.group, definition.version, definition.kind);
        schema =
          found === undefined
            ? undefined
            : compileSchema(found.schema as OpenApiSchema, {
                resolve: (reference) => found.resolveRef(reference) as OpenApiSchema | undefined,
              });
      }
      return schema;
    },
    get mergeSchema() {
      if (mergeSchema === undefined) {
        const found = builtInSchema(definition.group, definition.version, definition.kind);
        mergeSchema = schemaNode(
          found?.schema as OpenApiSchema | undefined,
          (reference) => found?.resolveRef(reference) as OpenApiSchema | undefined,
        );
      }
      return mergeSchema;
    },
    get blank() {
      const { group, version, kind } = definition;
      const apiVersion = group === "" ? version : `${group}/${version}`;
      return (blank ??= shapeBuiltIn({ apiVersion, kind }).object);
    },
    views: new WeakMap(),
    printerColumns: [],
    selectableFields: [],
  };
}

function servedCustom(
  name: string,
  spec: {
    readonly group: string;
    readonly scope: string;
    readonly names: Record<string, string> & { shortNames?: string[]; categories?: string[] };
    readonly versions: readonly DefinitionVersion[];
    readonly conversion?: { readonly strategy?: string };
  },
  version: DefinitionVersion,
  storageVersion: string,
): ServedResource {
  let mergeSchema: SchemaNode | undefined;
  const { names } = spec;
  const kind = names["kind"] ?? "";
  const subresources = [];
  const scale = version.subresources?.scale;
  if (version.subresources?.status !== undefined)
    subresources.push({ name: "status", kind, verbs: statusVerbs });
  if (scale !== undefined) {
    subresources.push({
      name: "scale",
      kind: "Scale",
      group: "autoscaling",
      version: "v1",
      verbs: statusVerbs,
    });
  }
  return {
    group: spec.group,
    version: version.name,
    kind,
    plural: names["plural"] ?? "",
    singular: names["singular"] ?? kind.toLowerCase(),
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    namespaced: spec.scope === "Namespaced",
    verbs: objectVerbs,
    subresources,
    columns: [],
    isStorageVersion: version.storage,
    storageKey: storageKeyOf(spec.group, names["plural"] ?? ""),
    get mergeSchema() {
      return (mergeSchema ??= customResourceSchemaNode(version.schema?.openAPIV3Schema));
    },
    isCustom: true,
    views: new WeakMap(),
    hasStatus: version.subresources?.status !== undefined,
    schema: compileSchema(
      version.schema?.openAPIV3Schema ?? {
        type: "object",
        "x-kubernetes-preserve-unknown-fields": true,
      },
    ),
    printerColumns: version.additionalPrinterColumns ?? [
      { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
    ],
    selectableFields: (version.selectableFields ?? []).map(({ jsonPath }) =>
      jsonPath.replace(/^\./, ""),
    ),
    definition: name,
    hasWebhookConversion: spec.conversion?.strategy === "Webhook",
    storageVersionHash: storageVersionHash(spec.group, storageVersion, kind),
    ...(scale === undefined
      ? {}
      : {
          scale: {
            specReplicas: fieldsOf(scale.specReplicasPath),
            statusReplicas: fieldsOf(scale.statusReplicasPath),
            selector:
              scale.labelSelectorPath === undefined ? [] : fieldsOf(scale.labelSelectorPath),
          },
        }),
    ...(version.deprecated === true
      ? {
          deprecation: version.deprecationWarning ?? deprecationWarning(spec, version.name, kind),
        }
      : {}),
  };
}

/** Names the best of the later versions, where there is one that is not deprecated itself. */
function deprecationWarning(
  { group, versions }: { readonly group: string; readonly versions: readonly DefinitionVersion[] },
  version: string,
  kind: string,
): string {
  const [best] = versions
    .filter(({ served, deprecated }) => served && deprecated !== true)
    .map(({ name }) => name)
    .filter((name) => compareVersions(version, name) > 0)
    .toSorted(compareVersions);
  const told = `${group}/${version} ${kind} is deprecated`;
  return best === undefined ? told : `${told}; use ${group}/${best} ${kind}`;
}

function storageVersionHash(group: string, version: string, kind: string): string {
  const digest = createHash("sha256").update(`${group}/${version}/${kind}`).digest();
  return digest.subarray(0, 8).toString("base64");
}

/** The fields of a simple path: `.spec.replicas`. */
function fieldsOf(path: string): readonly string[] {
  return path.split(".").filter((field) => field !== "");
}
