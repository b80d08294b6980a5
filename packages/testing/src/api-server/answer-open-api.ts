import {
  builtInOpenApiDocument,
  builtInOpenApiPaths,
  builtInOpenApiV2,
} from "../built-in/built-in-resources.js";
import type { JsonObject } from "../schema/json.js";
import type { ApiRequest, ApiResponse } from "./api-request.js";
import { customDefinitions } from "./custom-open-api.js";
import { refuse } from "./refusal.js";
import type { ResourceRegistry, ServedResource } from "./resource-registry.js";

const JSON_TYPE = "application/json";
/** Nothing but a status, as the real server answers here. */
const bare = (status: number): ApiResponse => ({ type: "text", status, body: "", contentType: "" });

/** Answers `/openapi/v2` and `/openapi/v3`; undefined for any other path. */
export function answerOpenApi(
  { path, accept, query }: ApiRequest,
  registry: ResourceRegistry,
): ApiResponse | undefined {
  const [root, version, ...rest] = path;
  if (root !== "openapi") return undefined;
  if (version === "v2") {
    return rest.length > 0 ? undefined : answerVersion2(accept, registry);
  }
  if (version !== "v3") return undefined;
  if (rest.length === 0) return answerIndex(registry);
  const wanted = rest.join("/");
  const document = documentOf(wanted, registry);
  if (document === undefined) return bare(404);
  if (!accepts(accept)) return bare(406);
  const hash = query.get("hash");
  if (hash !== null && hash !== "" && hash !== document.hash) {
    const location = `/openapi/v3/${wanted}?hash=${document.hash}`;
    return { type: "text", status: 301, body: "", contentType: JSON_TYPE, headers: { location } };
  }
  return {
    type: "text",
    status: 200,
    body: document.text(),
    contentType: JSON_TYPE,
    headers: { etag: `"${document.hash}"` },
  };
}

function answerIndex(registry: ResourceRegistry): ApiResponse {
  const paths: JsonObject = {};
  const add = (path: string, hash: string): void => {
    paths[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` };
  };
  for (const { path, hash } of builtInOpenApiPaths()) add(pathIn(path), hash);
  for (const [path, resources] of customByVersion(registry)) {
    add(path, registry.documents.documentOf(path, resources).hash);
  }
  return { type: "text", status: 200, body: JSON.stringify({ paths }) };
}

function documentOf(
  wanted: string,
  registry: ResourceRegistry,
): { readonly hash: string; readonly text: () => string } | undefined {
  const own = customByVersion(registry).get(wanted);
  if (own !== undefined) {
    const { hash, text } = registry.documents.documentOf(wanted, own);
    return { hash, text: () => text };
  }
  const known = builtInOpenApiPaths().find(({ path }) => pathIn(path) === wanted);
  return known === undefined
    ? undefined
    : { hash: known.hash, text: () => builtInOpenApiDocument(known.path) ?? "" };
}

function answerVersion2(accept: string, registry: ResourceRegistry): ApiResponse {
  if (!accepts(accept)) throw refuse.notAcceptable(JSON_TYPE);
  const custom = registry.all().filter(({ isCustom }) => isCustom);
  const text = builtInOpenApiV2();
  if (custom.length === 0) return { type: "text", status: 200, body: text, contentType: JSON_TYPE };
  const document = JSON.parse(text) as { definitions: JsonObject };
  const definitions = { ...document.definitions, ...customDefinitions(custom) };
  const body = JSON.stringify({ ...document, definitions });
  return { type: "text", status: 200, body, contentType: JSON_TYPE };
}

function customByVersion(registry: ResourceRegistry): Map<string, ServedResource[]> {
  const found = new Map<string, ServedResource[]>();
  for (const resource of registry.all()) {
    if (!resource.isCustom) continue;
    const path = `apis/${resource.group}/${resource.version}`;
    found.set(path, [...(found.get(path) ?? []), resource]);
  }
  return found;
}

/** Protobuf, which kubectl asks for first, is not part of the data. */
function accepts(accept: string): boolean {
  return accept
    .split(",")
    .map((part) => part.split(";")[0]?.trim() ?? "")
    .some((type) => ["", JSON_TYPE, "*/*", "application/*"].includes(type));
}

function pathIn(path: string): string {
  return path.replace(/^\/?(openapi\/v3\/)?/, "");
}
