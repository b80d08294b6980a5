import { createHash } from "node:crypto";

import { builtInGroups } from "../built-in/built-in-resources.js";
import type { JsonObject, JsonValue } from "../schema/json.js";
import type { ApiRequest, ApiResponse } from "./api-request.js";
import { answerOpenApi } from "./answer-open-api.js";
import { hasProtobufForm } from "../protobuf/kubernetes-protobuf.js";
import { clausesOf } from "./accept-clauses.js";
import { namesKnownType, negotiate } from "./negotiate.js";
import { compareVersions } from "../schema/compare-versions.js";
import { refuse } from "./refusal.js";
import type { ResourceRegistry, ServedResource } from "./resource-registry.js";

const json = (body: JsonValue): ApiResponse => ({ type: "json", status: 200, body });

const AGGREGATED_TYPE = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/** A list that clients keep on disk: they ask with its hash whether it is still the same. */
function aggregatedJson(body: JsonObject): ApiResponse {
  const text = JSON.stringify(body);
  const hash = createHash("sha512").update(text).digest("hex").toUpperCase();
  return {
    type: "text",
    status: 200,
    body: text,
    contentType: AGGREGATED_TYPE,
    headers: { etag: `"${hash}"`, vary: "Accept", "cache-control": "public" },
  };
}

/** kubectl names v2 first; whoever knows v2beta1 alone gets the lists one by one. */
/** Whether a client takes the whole of discovery in one, among whatever else it takes. */
function wantsAggregated(accept: string): boolean {
  if (!accept.includes("APIGroupDiscoveryList")) return false;
  return clausesOf(accept).some(
    ({ type, parameters }) =>
      ["application/json", "application/*", "*/*"].includes(type) &&
      parameters.get("as") === "APIGroupDiscoveryList" &&
      parameters.get("g") === "apidiscovery.k8s.io" &&
      parameters.get("v") === "v2",
  );
}

/** Further group versions that are served by handlers of their own. */
export interface AggregatedGroup {
  readonly group: string;
  readonly version: string;
  readonly resources: readonly JsonObject[];
}

/** Answers discovery, version, health and OpenAPI paths; undefined for any other path. */
export function answerDiscovery(
  request: ApiRequest,
  registry: ResourceRegistry,
  aggregated: readonly AggregatedGroup[],
): ApiResponse | undefined {
  const openApi = answerOpenApi(request, registry);
  if (openApi !== undefined) return openApi;
  const { path, method } = request;
  const answer =
    path[0] === "api"
      ? answerCore(request, registry)
      : path[0] === "apis"
        ? answerGroups(request, registry, aggregated)
        : undefined;
  // The list of groups comes to whoever asks, however he asks.
  const isList = path.length === 1 && path[0] === "apis";
  if (answer !== undefined && method !== "GET" && !isList) throw refuse.methodNotAllowed();
  return answer;
}

function answerCore(request: ApiRequest, registry: ResourceRegistry): ApiResponse | undefined {
  const { path, accept, connection } = request;
  const resources = registry.all().filter(({ group }) => group === "");
  if (path.length === 1) {
    if (wantsAggregated(accept)) return aggregatedJson(aggregatedList(resources, []));
    const { localAddress = "127.0.0.1", localPort = 443 } = connection?.socket ?? {};
    return inAsked(request, registry, {
      kind: "APIVersions",
      versions: ["v1"],
      serverAddressByClientCIDRs: [
        { clientCIDR: "0.0.0.0/0", serverAddress: `${localAddress}:${localPort}` },
      ],
    });
  }
  if (path.length !== 2 || path[1] !== "v1") return undefined;
  // The real server leaves the version of the list out here, and here alone.
  const { apiVersion: _, ...list } = resourceList("v1", resources);
  return inAsked(request, registry, list as JsonObject);
}

function answerGroups(
  request: ApiRequest,
  registry: ResourceRegistry,
  aggregated: readonly AggregatedGroup[],
): ApiResponse | undefined {
  const { path, accept } = request;
  const [, group, version] = path;
  if (path.length === 1) {
    if (wantsAggregated(accept)) {
      const resources = registry.all().filter((resource) => resource.group !== "");
      return aggregatedJson(aggregatedList(resources, aggregated));
    }
    const groups = groupsOf(registry, aggregated);
    return inAsked(request, registry, { kind: "APIGroupList", apiVersion: "v1", groups });
  }
  if (path.length === 2) {
    const found = groupsOf(registry, aggregated).find(({ name }) => name === group);
    return found === undefined
      ? undefined
      : inAsked(request, registry, { kind: "APIGroup", apiVersion: "v1", ...found });
  }
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
  const served = registry
    .all()
    .filter((resource) => resource.group === group && resource.version === version);
  return served.length === 0
    ? undefined
    : inAsked(request, registry, resourceList(`${group}/${version}`, served));
}

/** Discovery comes in the encodings that objects come in. */
function inAsked(
  { accept, path }: ApiRequest,
  registry: ResourceRegistry,
  body: JsonObject,
): ApiResponse {
  const offer = {
    hasProtobuf: hasProtobufForm("v1", String(body["kind"])),
    hasRepresentations: false,
  };
  // The list of groups, a group, and what there is of custom resources, are answered by handlers that look at no routes.
  const isBuiltIn = registry.all().some(({ group, isCustom }) => group === path[1] && !isCustom);
  const isRouted = path[0] === "api" || (path.length > 2 && isBuiltIn);
  if (isRouted && !namesKnownType(accept)) throw refuse.unavailableType(false);
  const { encoding } = negotiate(accept, offer);
  return {
    type: "json",
    status: 200,
    body: encoding === "protobuf" ? { ...body, apiVersion: "v1" } : body,
    ...(encoding === "json" ? {} : { encoding }),
  };
}

function groupsOf(registry: ResourceRegistry, aggregated: readonly AggregatedGroup[]) {
  const versions = new Map<string, string[]>();
  for (const { name, versions: known } of builtInGroups()) {
    if (name !== "") versions.set(name, [...known]);
  }
  for (const { group, version } of [...registry.all(), ...aggregated]) {
    if (group === "") continue;
    const known = versions.get(group) ?? [];
    if (!known.includes(version)) known.push(version);
    versions.set(group, known);
  }
  return [...versions.entries()].map(([name, all]) => {
    const isBuiltIn = builtInGroups().some((group) => group.name === name);
    const sorted = isBuiltIn ? all : all.toSorted(compareVersions);
    const list = sorted.map((version) => ({ groupVersion: `${name}/${version}`, version }));
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

/** Of built-in kinds the real server tells group and version only where they are others than the path's. */
function kindOf({ isCustom, group, version }: ServedResource, kind: string): JsonObject {
  return isCustom ? { group, version, kind } : { group: "", version: "", kind };
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
      responseKind: kindOf(resource, resource.kind),
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
              responseKind:
                sub.group === undefined
                  ? kindOf(resource, sub.kind ?? resource.kind)
                  : { group: sub.group, version: sub.version ?? "", kind: sub.kind ?? "" },
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
      metadata: name === "" ? {} : { name },
      versions: [...versions.entries()].map(([version, list]) => ({
        version,
        resources: list,
        freshness: "Current",
      })),
    })),
  };
}
