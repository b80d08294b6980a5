import {
  builtInGroups,
  builtInOpenApiDocument,
  builtInOpenApiPaths,
  builtInOpenApiV2,
  builtInVersion,
} from "../built-in/built-in-resources.js";
import type { JsonObject, JsonValue } from "../schema/json.js";
import type { ApiRequest, ApiResponse } from "./api-request.js";
import { customOpenApiDocument } from "./custom-open-api.js";
import type { ResourceRegistry, ServedResource } from "./resource-registry.js";

const json = (body: JsonValue): ApiResponse => ({ type: "json", status: 200, body });

const AGGREGATED_TYPE = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
const aggregatedJson = (body: JsonObject): ApiResponse => ({
  type: "json",
  status: 200,
  body,
  headers: { "content-type": AGGREGATED_TYPE },
});

/** kubectl names v2 first; whoever knows v2beta1 alone gets the lists one by one. */
function wantsAggregated(accept: string): boolean {
  return accept
    .split(",")
    .some((type) => type.includes("as=APIGroupDiscoveryList") && /v=v2(;|$)/.test(type));
}

/** Further group versions that are served by handlers of their own. */
export interface AggregatedGroup {
  readonly group: string;
  readonly version: string;
  readonly resources: readonly JsonObject[];
}

/** Answers discovery, version, health and OpenAPI paths; undefined for any other path. */
export function answerDiscovery(
  { path, accept, method }: ApiRequest,
  registry: ResourceRegistry,
  aggregated: readonly AggregatedGroup[],
): ApiResponse | undefined {
  if (method !== "GET") return undefined;
  const resources = registry.all();
  const [first, group, version] = path;
  switch (first) {
    case "version":
      return path.length === 1 ? json({ ...builtInVersion() }) : undefined;
    case "healthz":
    case "livez":
    case "readyz":
      return { type: "text", status: 200, body: "ok" };
    case "api":
      if (path.length === 1) {
        return wantsAggregated(accept)
          ? aggregatedJson(
              aggregatedList(
                resources.filter((resource) => resource.group === ""),
                [],
              ),
            )
          : json({
              kind: "APIVersions",
              versions: ["v1"],
              serverAddressByClientCIDRs: [
                { clientCIDR: "0.0.0.0/0", serverAddress: "127.0.0.1:443" },
              ],
            });
      }
      return path.length === 2 && group === "v1"
        ? json(
            resourceList(
              "v1",
              resources.filter((r) => r.group === ""),
            ),
          )
        : undefined;
    case "apis": {
      if (path.length === 1) {
        return wantsAggregated(accept)
          ? aggregatedJson(
              aggregatedList(
                resources.filter((resource) => resource.group !== ""),
                aggregated,
              ),
            )
          : json({
              kind: "APIGroupList",
              apiVersion: "v1",
              groups: groupsOf(resources, aggregated),
            });
      }
      const found = groupsOf(resources, aggregated).find(({ name }) => name === group);
      if (path.length === 2)
        return found === undefined
          ? undefined
          : json({ kind: "APIGroup", apiVersion: "v1", ...found });
      if (path.length !== 3) return undefined;
      const extra = aggregated.find((each) => each.group === group && each.version === version);
      if (extra !== undefined) {
        return json({
          kind: "APIResourceList",
          apiVersion: "v1",
          groupVersion: `${group}/${version}`,
          resources: [...extra.resources],
        });
      }
      const served = resources.filter(
        (resource) => resource.group === group && resource.version === version,
      );
      return served.length === 0 ? undefined : json(resourceList(`${group}/${version}`, served));
    }
    case "openapi":
      return answerOpenApi(path, resources);
    default:
      return undefined;
  }
}

function answerOpenApi(
  path: readonly string[],
  resources: readonly ServedResource[],
): ApiResponse | undefined {
  const custom = resources.filter((resource) => resource.isCustom);
  if (path[1] === "v2") return { type: "text", status: 200, body: builtInOpenApiV2() };
  if (path[1] !== "v3") return undefined;
  if (path.length === 2) {
    const paths: JsonObject = {};
    for (const { path: each, hash } of builtInOpenApiPaths()) {
      paths[each.replace(/^\/?(openapi\/v3\/)?/, "")] = {
        serverRelativeURL: `/openapi/v3/${each.replace(/^\/?(openapi\/v3\/)?/, "")}?hash=${hash}`,
      };
    }
    for (const { group, version } of custom) {
      paths[`apis/${group}/${version}`] = {
        serverRelativeURL: `/openapi/v3/apis/${group}/${version}?hash=CUSTOM`,
      };
    }
    return json({ paths });
  }
  const wanted = path.slice(2).join("/");
  const own = custom.filter(({ group, version }) => wanted === `apis/${group}/${version}`);
  if (own.length > 0) return json(customOpenApiDocument(own));
  const known = builtInOpenApiPaths().find(
    ({ path: each }) => each.replace(/^\/?(openapi\/v3\/)?/, "") === wanted,
  );
  const document = known === undefined ? undefined : builtInOpenApiDocument(known.path);
  return document === undefined ? undefined : { type: "text", status: 200, body: document };
}

function groupsOf(resources: readonly ServedResource[], aggregated: readonly AggregatedGroup[]) {
  const versions = new Map<string, string[]>();
  for (const { name, versions: known } of builtInGroups()) {
    if (name !== "") versions.set(name, [...known]);
  }
  for (const { group, version } of [...resources, ...aggregated]) {
    if (group === "") continue;
    const known = versions.get(group) ?? [];
    if (!known.includes(version)) known.push(version);
    versions.set(group, known);
  }
  return [...versions.entries()].map(([name, all]) => {
    const list = all.map((version) => ({ groupVersion: `${name}/${version}`, version }));
    return { name, versions: list, preferredVersion: list[0] ?? { groupVersion: "", version: "" } };
  });
}

function resourceList(groupVersion: string, resources: readonly ServedResource[]): JsonObject {
  const entries: JsonObject[] = [];
  for (const resource of resources) {
    entries.push({
      name: resource.plural,
      singularName: resource.singular,
      namespaced: resource.namespaced,
      kind: resource.kind,
      verbs: [...resource.verbs],
      ...(resource.shortNames.length === 0 ? {} : { shortNames: [...resource.shortNames] }),
      ...(resource.categories.length === 0 ? {} : { categories: [...resource.categories] }),
      ...(resource.storageVersionHash === undefined
        ? {}
        : { storageVersionHash: resource.storageVersionHash }),
    });
    for (const sub of resource.subresources) {
      entries.push({
        name: `${resource.plural}/${sub.name}`,
        singularName: "",
        namespaced: resource.namespaced,
        ...(sub.group === undefined ? {} : { group: sub.group }),
        ...(sub.version === undefined ? {} : { version: sub.version }),
        kind: sub.kind ?? resource.kind,
        verbs: [...sub.verbs],
      });
    }
  }
  return { kind: "APIResourceList", apiVersion: "v1", groupVersion, resources: entries };
}

function aggregatedList(
  resources: readonly ServedResource[],
  aggregated: readonly AggregatedGroup[],
): JsonObject {
  const groups = new Map<string, Map<string, JsonObject[]>>();
  const versionOf = (group: string, version: string): JsonObject[] => {
    let versions = groups.get(group);
    if (versions === undefined) groups.set(group, (versions = new Map()));
    let list = versions.get(version);
    if (list === undefined) versions.set(version, (list = []));
    return list;
  };
  for (const resource of resources) {
    versionOf(resource.group, resource.version).push({
      resource: resource.plural,
      responseKind: { group: resource.group, version: resource.version, kind: resource.kind },
      scope: resource.namespaced ? "Namespaced" : "Cluster",
      singularResource: resource.singular,
      verbs: [...resource.verbs],
      ...(resource.shortNames.length === 0 ? {} : { shortNames: [...resource.shortNames] }),
      ...(resource.categories.length === 0 ? {} : { categories: [...resource.categories] }),
      ...(resource.subresources.length === 0
        ? {}
        : {
            subresources: resource.subresources.map((sub) => ({
              subresource: sub.name,
              responseKind: {
                group: sub.group ?? resource.group,
                version: sub.version ?? resource.version,
                kind: sub.kind ?? resource.kind,
              },
              verbs: [...sub.verbs],
            })),
          }),
    });
  }
  // The subresources of an aggregated API hang on objects of another group: there is nothing of it to list.
  for (const { group, version } of aggregated) versionOf(group, version);
  return {
    kind: "APIGroupDiscoveryList",
    apiVersion: "apidiscovery.k8s.io/v2",
    metadata: {},
    items: [...groups.entries()].map(([name, versions]) => ({
      metadata: { ...(name === "" ? {} : { name }), creationTimestamp: null },
      versions: [...versions.entries()].map(([version, list]) => ({
        version,
        resources: list,
        freshness: "Current",
      })),
    })),
  };
}
