import { ApiError } from "@kvop/core";
import type { JsonObject } from "../schema/json.js";
import { hasProtobufForm } from "../protobuf/kubernetes-protobuf.js";
import type { ApiRequest, ApiResponse } from "./api-request.js";
import { answerSubresource } from "./answer-subresource.js";
import { createObject } from "./create-object.js";
import type { DecodedObject } from "./decode-object.js";
import { type DeleteRequest, deleteObject } from "./delete-object.js";
import { inBeta, inForm } from "./in-form.js";
import { AS_IT_IS, namesKnownType, type Negotiated, negotiate } from "./negotiate.js";
import { preparePatch } from "./patch-object.js";
import { patchTypeOf } from "./patch-type.js";
import { readListOptions } from "./list-options.js";
import { deleteOptionsOf, writeTargetOf } from "./query-options.js";
import { isTrue } from "./query-values.js";
import { checkReadVersion, listObjects } from "./read-objects.js";
import { inVersion } from "./in-version.js";
import { refuse } from "./refusal.js";
import { statusAnswer } from "./status-answer.js";
import { representList, representObject } from "./represent.js";
import { bodyFormOf, readObject } from "./request-body.js";
import type { ResourcePath } from "./resource-request-path.js";
import type { ServedResource } from "./resource-registry.js";
import { reviewAccess } from "./review-access.js";
import type { ServerContext } from "./server-context.js";
import { updateObject } from "./update-object.js";
import { prepareWatch } from "./watch-objects.js";
import { warningOf, withWarnings } from "./warning-header.js";
import { apiVersionOf, requestedKey, type WriteTarget, type Written } from "./write-target.js";

const STREAM_TYPES =
  "application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch";

type Verbs = Readonly<Record<string, string>>;
const COLLECTION_VERBS: Verbs = { GET: "list", POST: "create", DELETE: "deletecollection" };
const OBJECT_VERBS: Verbs = { GET: "get", PUT: "update", PATCH: "patch", DELETE: "delete" };
const SUBRESOURCE_VERBS: Verbs = { ...OBJECT_VERBS, HEAD: "get", POST: "create" };

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
  checkContentType(request, resource);
  const review = reviewAccess(request, path, context);
  if (review !== undefined) return written(review, request, path, form, context);
  const other = answerSubresource(request, path, form, context);
  if (other !== undefined) return other;
  switch (request.method) {
    case "POST": {
      const target = writeTargetOf(request, path);
      const decoded = readObject(request, resource);
      const create = (): Written => createObject(decoded, target, context);
      return answerWrite(create, decoded, target, request, path, form, context);
    }
    case "PUT": {
      const target = writeTargetOf(request, path);
      const decoded = readObject(request, resource);
      const update = (): Written => updateObject(decoded, target, context);
      return answerWrite(update, decoded, target, request, path, form, context);
    }
    case "PATCH": {
      const target = writeTargetOf(request, path);
      const { decoded, write } = preparePatch(request, target, context);
      return answerWrite(write, decoded, target, request, path, form, context);
    }
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

/** Comes before everything that a body or a query may have wrong. @throws ApiError UnsupportedMediaType */
function checkContentType(request: ApiRequest, resource: ServedResource): void {
  if (request.bytes === undefined) return;
  if (request.method === "PATCH") patchTypeOf(request, resource);
  else if (request.method === "POST" || request.method === "PUT") bodyFormOf(request);
}

function checkMethod({ method }: ApiRequest, path: ResourcePath): void {
  const { resource, name, subresource, namespace } = path;
  if (subresource !== "") {
    const part = subresource.replace(/^proxy\/.*$/s, "proxy");
    const known = resource.subresources.find((each) => each.name === part);
    if (known === undefined) {
      // The handler of custom resources takes any subresource it does not know for an object it does not find.
      throw resource.isCustom ? refuse.notFound(resource, name ?? "") : refuse.noSuchPath();
    }
    const verb = SUBRESOURCE_VERBS[method] ?? "";
    if (!known.verbs.includes(verb))
      throw resource.isCustom
        ? refuse.methodNotSupported(resource, verb)
        : refuse.methodNotAllowed();
    return;
  }
  const isAcross = resource.namespaced && namespace === "";
  if (isAcross && name !== undefined) throw refuse.noSuchPath();
  const verb = (name === undefined ? COLLECTION_VERBS : OBJECT_VERBS)[method] ?? "";
  if (isAcross && verb !== "list") throw refuse.methodNotAllowed();
  if (!resource.verbs.includes(verb)) throw refuse.methodNotAllowed();
}

function formOf(request: ApiRequest, path: ResourcePath): Negotiated {
  if (request.accept === "" || request.accept === "application/json") return AS_IT_IS;
  const { resource } = path;
  const isList = path.name === undefined && request.method === "GET";
  if (!resource.isCustom && !namesKnownType(request.accept)) {
    throw refuse.unavailableType(isList);
  }
  return negotiate(request.accept, {
    hasProtobuf: hasProtobufForm(apiVersionOf(resource), resource.kind),
    hasRepresentations: true,
  });
}

function readStored({ resource, namespace, name = "" }: ResourcePath, context: ServerContext) {
  const stored = context.store.get(resource.storageKey, requestedKey(namespace, name));
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
    const watched = readListOptions(watchQuery(request.query, path), resource);
    let isFirst = true;
    const represented = (object: JsonObject): JsonObject => {
      const withColumns = isFirst;
      isFirst = false;
      const body = representObject(object, resource, form.representation, {
        ...options,
        withColumns,
      });
      return form.metaVersion === "v1beta1" ? inBeta(body) : body;
    };
    const represent = form.representation === "object" ? undefined : represented;
    return {
      type: "watch",
      encoding: form.encoding,
      open: prepareWatch({ resource, namespace, options: watched, represent }, context),
    };
  }
  if (form.as === "PartialObjectMetadata") throw refuse.listAskedAsObject(resource);
  const listed = readListOptions(request.query, resource);
  const { objects, meta } = listObjects(resource, namespace, listed, context);
  const body = representList(objects, meta, resource, form.representation, options);
  if (form.representation !== "object") return inForm(body, 200, form);
  return inForm(body, 200, form, () =>
    context.bytes.list(body, objects, { hasTypes: resource.isCustom }),
  );
}

/** A single object is watched as a collection of one. */
function watchQuery(query: URLSearchParams, { name }: ResourcePath): URLSearchParams {
  if (name === undefined) return query;
  const narrowed = new URLSearchParams(query);
  narrowed.set("fieldSelector", `metadata.name=${name}`);
  return narrowed;
}

/** Of what a body has too much its sender is warned, whatever becomes of it. */
function answerWrite(
  write: () => Written,
  decoded: Pick<DecodedObject, "strictErrors">,
  target: WriteTarget,
  request: ApiRequest,
  path: ResourcePath,
  form: Negotiated,
  context: ServerContext,
): ApiResponse {
  if (decoded.strictErrors.length === 0) return written(write(), request, path, form, context);
  try {
    return written(write(), request, path, form, context);
  } catch (error) {
    if (!ApiError.isInstance(error) || target.fieldValidation !== "Warn") throw error;
    return withWarnings(statusAnswer(error, request.accept), decoded.strictErrors);
  }
}

/** The answer to a write. */
export function written(
  { object, created, warnings }: Written,
  request: ApiRequest,
  path: ResourcePath,
  form: Negotiated,
  context: ServerContext,
): ApiResponse {
  const answer = shown(object, request, path, form, context, created ? 201 : 200);
  return withWarnings(answer, warnings);
}

function shown(
  object: JsonObject,
  request: ApiRequest,
  { resource }: ResourcePath,
  form: Negotiated,
  context: ServerContext,
  status = 200,
): Extract<ApiResponse, { type: "json" }> {
  if (form.as === "PartialObjectMetadataList")
    throw resource.isCustom
      ? refuse.internal("content is not a list")
      : refuse.objectAskedAsList(resource);
  const seen = inVersion(object, resource);
  if (form.representation === "object")
    return inForm(seen, status, form, () => ({ bytes: context.bytes.of(seen) }));
  const options = tableOptions(request, context);
  return inForm(representObject(seen, resource, form.representation, options), status, form);
}

/** The warning that comes before all others. */
function withDeprecation(answer: ApiResponse, text: string): ApiResponse {
  if (answer.type === "raw") return answer;
  const { warning, ...headers } = answer.headers ?? {};
  const rest = warning === undefined ? [] : [warning];
  const all = [...warningOf(text), ...rest].join(", ");
  return { ...answer, headers: { ...headers, warning: all } };
}

function answerDelete(
  request: ApiRequest,
  path: ResourcePath,
  form: Negotiated,
  context: ServerContext,
): ApiResponse {
  const { resource, name = "" } = path;
  const options = deleteOptionsOf(request, false);
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
  const listed = readListOptions(request.query, resource);
  const { dryRun, ...options }: DeleteRequest & { dryRun: boolean } = deleteOptionsOf(
    request,
    true,
  );
  const target = { ...writeTargetOf(request, path), dryRun, isOfCollection: true };
  const select = () => ({
    ...listObjects(resource, namespace, listed, context),
    deleted: new Set<JsonObject>(),
  });
  // What an earlier attempt deleted is deleted.
  const { objects, meta, deleted } = context.attempts?.remember("collection", select) ?? select();
  for (const object of objects) {
    if (deleted.has(object)) continue;
    const { namespace: inside = "", name } = object["metadata"] as {
      namespace?: string;
      name: string;
    };
    deleteObject(options, { ...target, namespace: inside, name }, context);
    deleted.add(object);
  }
  const shownAs = tableOptions(request, context);
  const body = representList(objects, meta, resource, form.representation, shownAs);
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
