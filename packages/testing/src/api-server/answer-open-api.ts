import { createHash } from "node:crypto";

import {
  builtInOpenApiDocument,
  builtInOpenApiPaths,
  builtInOpenApiV2,
} from "../built-in/built-in-resources.js";
import { once } from "../built-in/once.js";
import { encodeOpenApi } from "../open-api/encode-open-api.js";
import type { JsonObject } from "../schema/json.js";
import type { ApiRequest, ApiResponse } from "./api-request.js";
import { customDefinitions } from "./custom-open-api.js";
import { clausesOf } from "./accept-clauses.js";
import type { ResourceRegistry, ServedResource } from "./resource-registry.js";

const JSON_TYPE = "application/json";
/** The type is asked for in either way; it is given in the second. */
const protobufTypes = (version: string): readonly string[] => [
  `application/com.github.proto-openapi.spec.${version}@v1.0+protobuf`,
  `application/com.github.proto-openapi.spec.${version}.v1.0+protobuf`,
];
const VARY = { vary: "Accept" };
/** Nothing but a status, as the real server answers here. */
const bare = (status: number, headers: Readonly<Record<string, string>> = {}): ApiResponse => ({
  type: "text",
  status,
  body: "",
  contentType: "",
  headers,
});
const builtInVersion2 = once(() => {
  const text = builtInOpenApiV2();
  return encodeOpenApi(JSON.parse(text) as JsonObject, "v2");
});

/** Answers `/openapi/v2` and `/openapi/v3`; undefined for any other path. */
export function answerOpenApi(
  { path, accept, query, endsInSlash }: ApiRequest,
  registry: ResourceRegistry,
): ApiResponse | undefined {
  const [root, version, ...rest] = path;
  if (root !== "openapi") return undefined;
  if (version === "v2") {
    return rest.length > 0 || endsInSlash === true ? undefined : answerVersion2(accept, registry);
  }
  if (version !== "v3") return undefined;
  if (rest.length === 0) return endsInSlash === true ? bare(404) : answerIndex(registry);
  const wanted = rest.join("/");
  const document = documentOf(wanted, registry);
  if (document === undefined) return bare(404);
  const form = formOf(accept, "v3");
  if (form === undefined) return bare(406, VARY);
  const hash = query.get("hash");
  if (hash !== null && hash !== "" && hash !== document.hash) {
    const location = `/openapi/v3/${wanted}?hash=${document.hash}`;
    return { type: "text", status: 301, body: "", contentType: JSON_TYPE, headers: { location } };
  }
  const text = document.text();
  return {
    type: "text",
    status: 200,
    body: form.isProtobuf ? encodeOpenApi(JSON.parse(text) as JsonObject, "v3") : text,
    contentType: form.contentType,
    headers: { etag: `"${document.hash}"`, ...VARY },
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
  const form = formOf(accept, "v2");
  if (form === undefined) return bare(406, VARY);
  const definitions = customDefinitions(registry.all().filter(({ isCustom }) => isCustom));
  const { isProtobuf, contentType } = form;
  const body = isProtobuf ? protobufWith(definitions) : textWith(definitions);
  const hash = createHash("sha512").update(body).digest("hex").toUpperCase();
  const headers = { etag: `"${hash}"`, ...VARY };
  return { type: "text", status: 200, body, contentType, headers };
}

function textWith(custom: JsonObject): string {
  const text = builtInOpenApiV2();
  if (Object.keys(custom).length === 0) return text;
  const document = JSON.parse(text) as { definitions: JsonObject };
  return JSON.stringify({ ...document, definitions: { ...document.definitions, ...custom } });
}

/** Of a message that comes in parts, its readers put the parts together: what is built in is encoded once. */
function protobufWith(custom: JsonObject): Uint8Array {
  if (Object.keys(custom).length === 0) return builtInVersion2();
  return Buffer.concat([builtInVersion2(), encodeOpenApi({ definitions: custom }, "v2")]);
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

interface Form {
  readonly contentType: string;
  readonly isProtobuf: boolean;
}

/** The form that a client likes best; undefined when it takes none of them. */
function formOf(accept: string, version: "v2" | "v3"): Form | undefined {
  const protobuf = protobufTypes(version);
  for (const { type } of clausesOf(accept === "" ? "*/*" : accept)) {
    if ([JSON_TYPE, "*/*", "application/*"].includes(type))
      return { contentType: JSON_TYPE, isProtobuf: false };
    if (protobuf.includes(type))
      return { contentType: protobuf.at(-1) ?? JSON_TYPE, isProtobuf: true };
  }
  return undefined;
}

function pathIn(path: string): string {
  return path.replace(/^\/?(openapi\/v3\/)?/, "");
}
