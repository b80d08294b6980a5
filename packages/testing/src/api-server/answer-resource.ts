import { ApiError } from "@kvop/core";
import type { JsonObject } from "../schema/json.js";
import { hasProtobufForm } from "../protobuf/kubernetes-protobuf.js";
import type { ApiRequest, ApiResponse } from "./api-request.js";
import { answerSubresource } from "./answer-subresource.js";
import { createObject } from "./create-object.js";
import { type DeleteRequest, deleteObject } from "./delete-object.js";
import { inForm } from "./in-form.js";
import { namesKnownType, type Negotiated, negotiate } from "./negotiate.js";
import { patchObject } from "./patch-object.js";
import { deleteOptionsOf, isTrue, writeTargetOf } from "./query-options.js";
import { checkReadVersion, listObjects, selectorOf } from "./read-objects.js";
import { inVersion } from "./in-version.js";
import { refuse } from "./refusal.js";
import { statusAnswer } from "./status-answer.js";
import { listText, representList, representObject } from "./represent.js";
import { readObject } from "./request-body.js";
import type { ResourcePath } from "./resource-request-path.js";
import type { ServedResource } from "./resource-registry.js";
import { reviewAccess } from "./review-access.js";
import type { ServerContext } from "./server-context.js";
import { updateObject } from "./update-object.js";
import { prepareWatch } from "./watch-objects.js";
import { apiVersionOf, storeKey, type Written } from "./write-target.js";

const STREAM_TYPES =
  "application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch";

/** Answers a request on a resource that is served. @throws ApiError */
export function answerResource(
  request: ApiRequest,
  path: ResourcePath,
  context: ServerContext,
): ApiResponse {
  const { deprecation } = path.resource;
  const answer = ((): ApiResponse => {
    try {
      checkMethod(request, path);
      return answerInForm(request, path, formOf(request, path), context);
    } catch (error) {
      if (deprecation === undefined || !ApiError.isInstance(error)) throw error;
      return statusAnswer(error, request.accept);
    }
  })();
  return deprecation === undefined ? answer : withDeprecation(answer, deprecation);
}

function answerInForm(
  request: ApiRequest,
  path: ResourcePath,
  form: Negotiated,
  context: ServerContext,
): ApiResponse {
  const { resource, name } = path;
  const review = reviewAccess(request, path, context);
  if (review !== undefined) return written(review, request, path, form, context);
  const other = answerSubresource(request, path, form, context);
  if (other !== undefined) return other;
  const target = (): ReturnType<typeof writeTargetOf> => writeTargetOf(request, path);
  switch (request.method) {
    case "POST": {
      const writeTarget = target();
      const result = createObject(readObject(request, resource), writeTarget, context);
      return written(result, request, path, form, context);
    }
    case "PUT": {
      const writeTarget = target();
      const result = updateObject(readObject(request, resource), writeTarget, context);
      return written(result, request, path, form, context);
    }
    case "PATCH":
      return written(patchObject(request, target(), context), request, path, form, context);
    case "DELETE":
      return name === undefined
        ? answerDeleteCollection(request, path, form, context)
        : answerDelete(request, path, form, context);
    default:
      if (name === undefined || path.isWatch) return answerCollection(request, path, form, context);
      checkReadVersion(request.query, context);
      return shown(readStored(path, context), request, path, form, context);
  }
}

function checkMethod({ method }: ApiRequest, path: ResourcePath): void {
  const { resource, name, subresource, namespace } = path;
  if (subresource !== "") {
    const part = subresource.replace(/^proxy\/.*$/s, "proxy");
    const known = resource.subresources.find((each) => each.name === part);
    if (known === undefined) {
      // A custom resource's paths are all of one handler, which looks for the object first.
      throw resource.isCustom && subresource !== "status" && subresource !== "scale"
        ? refuse.noSuchPath()
        : resource.isCustom
          ? refuse.notFound(resource, name ?? "")
          : refuse.noSuchPath();
    }
    const verbs: Readonly<Record<string, string>> = {
      GET: "get",
      HEAD: "get",
      PUT: "update",
      PATCH: "patch",
      POST: "create",
      DELETE: "delete",
    };
    if (!known.verbs.includes(verbs[method] ?? "")) throw refuse.methodNotAllowed();
    return;
  }
  const isAcross = resource.namespaced && namespace === "";
  if (isAcross && name !== undefined) throw refuse.noSuchPath();
  const onCollection: Readonly<Record<string, string>> = {
    GET: "list",
    POST: "create",
    DELETE: "deletecollection",
  };
  const onObject: Readonly<Record<string, string>> = {
    GET: "get",
    PUT: "update",
    PATCH: "patch",
    DELETE: "delete",
  };
  const verb = (name === undefined ? onCollection : onObject)[method] ?? "";
  if (isAcross && verb !== "list") throw refuse.methodNotAllowed();
  if (!resource.verbs.includes(verb)) throw refuse.methodNotAllowed();
}

function formOf(request: ApiRequest, path: ResourcePath): Negotiated {
  const { resource } = path;
  const isList = path.name === undefined && request.method === "GET";
  if (!resource.isCustom && !namesKnownType(request.accept, false)) {
    throw refuse.unavailableType(isList);
  }
  return negotiate(request.accept, {
    hasProtobuf: hasProtobufForm(apiVersionOf(resource), resource.kind),
    hasRepresentations: true,
  });
}

function readStored({ resource, namespace, name = "" }: ResourcePath, context: ServerContext) {
  const stored = context.store.get(resource.storageKey, storeKey(namespace, name));
  if (stored === undefined) throw refuse.notFound(resource, name);
  return stored;
}

function answerCollection(
  request: ApiRequest,
  path: ResourcePath,
  form: Negotiated,
  context: ServerContext,
): ApiResponse {
  const { resource, namespace } = path;
  const options = tableOptions(request, context);
  if (path.isWatch || isTrue(request.query.get("watch"))) {
    if (!resource.verbs.includes("watch")) throw refuse.watchNotSupported(resource);
    if (form.encoding === "yaml") throw refuse.notAcceptable(STREAM_TYPES);
    const query = watchQuery(request.query, path);
    let isFirst = true;
    const represented = (object: JsonObject): JsonObject => {
      const withColumns = isFirst;
      isFirst = false;
      return representObject(object, resource, form.representation, { ...options, withColumns });
    };
    const represent = form.representation === "object" ? undefined : represented;
    return {
      type: "watch",
      encoding: form.encoding,
      open: prepareWatch({ resource, namespace, query, represent }, context),
    };
  }
  if (form.as === "PartialObjectMetadata") throw refuse.listAskedAsObject(resource);
  const { objects, meta } = listObjects(resource, namespace, request.query, context);
  const body = representList(objects, meta, resource, form.representation, options);
  const answer = inForm(body, 200, form);
  if (form.representation !== "object") return answer;
  return {
    ...answer,
    written: { of: body, text: () => listText(body, objects, resource, context) },
  };
}

/** A single object is watched as a collection of one. */
function watchQuery(query: URLSearchParams, { name }: ResourcePath): URLSearchParams {
  if (name === undefined) return query;
  const narrowed = new URLSearchParams(query);
  narrowed.set("fieldSelector", `metadata.name=${name}`);
  return narrowed;
}

/** The answer to a write. */
export function written(
  { object, created, warnings }: Written,
  request: ApiRequest,
  path: ResourcePath,
  form: Negotiated,
  context: ServerContext,
): ApiResponse {
  const answer = shown(object, request, path, form, context);
  return withWarnings(created ? { ...answer, status: 201 } : answer, warnings);
}

function shown(
  object: JsonObject,
  request: ApiRequest,
  { resource }: ResourcePath,
  form: Negotiated,
  context: ServerContext,
): Extract<ApiResponse, { type: "json" }> {
  if (form.as === "PartialObjectMetadataList") throw refuse.objectAskedAsList(resource);
  const options = tableOptions(request, context);
  const body = representObject(inVersion(object, resource), resource, form.representation, options);
  const answer = inForm(body, 200, form);
  if (form.representation !== "object") return answer;
  return { ...answer, written: { of: body, text: () => context.texts.of(body) } };
}

/** The warning that comes before all others. */
function withDeprecation(answer: ApiResponse, text: string): ApiResponse {
  if (answer.type === "raw") return answer;
  const { warning, ...headers } = answer.headers ?? {};
  const rest = warning === undefined ? [] : [warning];
  const all = [`299 - ${JSON.stringify(text)}`, ...rest].join(", ");
  return { ...answer, headers: { ...headers, warning: all } };
}

function withWarnings(answer: ApiResponse, texts: readonly string[]): ApiResponse {
  if (texts.length === 0 || answer.type === "raw") return answer;
  const before = answer.headers?.["warning"];
  const added = texts.map((text) => `299 - ${JSON.stringify(text)}`);
  const warning = [...(before === undefined ? [] : [before]), ...added].join(", ");
  return { ...answer, headers: { ...answer.headers, warning } };
}

function answerDelete(
  request: ApiRequest,
  path: ResourcePath,
  form: Negotiated,
  context: ServerContext,
): ApiResponse {
  const { resource, name = "" } = path;
  const options = deleteOptionsOf(request);
  const target = { ...writeTargetOf(request, path), dryRun: options.dryRun };
  const { object, waits } = deleteObject(options, target, context);
  if (waits || resource.storageKey === "/pods" || resource.storageKey === "/services")
    return shown(object, request, path, form, context);
  return inForm(deletedStatus(resource, name, object), 200, form);
}

function deletedStatus(resource: ServedResource, name: string, object: JsonObject): JsonObject {
  const { group, plural } = resource;
  const uid = (object["metadata"] as JsonObject)["uid"] ?? "";
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Success",
    details: { name, ...(group === "" ? {} : { group }), kind: plural, uid },
  };
}

function answerDeleteCollection(
  request: ApiRequest,
  path: ResourcePath,
  form: Negotiated,
  context: ServerContext,
): ApiResponse {
  const { resource, namespace } = path;
  const { dryRun, ...options }: DeleteRequest & { dryRun: boolean } = deleteOptionsOf(request);
  const target = { ...writeTargetOf(request, path), dryRun };
  const selects = selectorOf(resource, namespace, request.query);
  const select = () => {
    const { version, objects } = context.store.list(resource.storageKey);
    return { version, meant: objects.filter(selects), deleted: new Set<JsonObject>() };
  };
  // What an earlier attempt deleted is deleted.
  const { version, meant, deleted } = context.attempts?.remember("collection", select) ?? select();
  for (const object of meant) {
    if (deleted.has(object)) continue;
    const { namespace: inside = "", name } = object["metadata"] as {
      namespace?: string;
      name: string;
    };
    deleteObject(options, { ...target, namespace: inside, name }, context);
    deleted.add(object);
  }
  const body = representList(
    meant.map((object) => inVersion(object, resource)),
    { resourceVersion: String(version) },
    resource,
    form.representation,
    tableOptions(request, context),
  );
  return inForm(body, 200, form);
}

function tableOptions(
  request: ApiRequest,
  context: ServerContext,
): { nowMs: number; includeObject: string } {
  return {
    nowMs: context.clock.now(),
    includeObject: request.query.get("includeObject") ?? "Metadata",
  };
}
