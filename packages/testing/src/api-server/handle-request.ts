import { ApiError } from "@kvop/core";
import { isJsonObject, type JsonObject } from "../schema/json.js";
import type { ApiRequest, ApiResponse } from "./api-request.js";
import { bindPod } from "./bind-pod.js";
import { authorizeRequest } from "./authorize-request.js";
import { type AggregatedGroup, answerDiscovery } from "./discovery.js";
import { inVersion, listObjects, selectorOf } from "./read-objects.js";
import { refuse } from "./refusal.js";
import { representationOf, representList, representObject } from "./represent.js";
import { type ResourcePath, resourcePathOf } from "./resource-request-path.js";
import { reviewAccess } from "./review-access.js";
import type { ServerContext } from "./server-context.js";
import { prepareWatch } from "./watch-objects.js";
import {
  createObject,
  deleteObject,
  patchObject,
  updateObject,
  type WriteTarget,
  type Written,
} from "./write-objects.js";

/** A group version that is served by a handler of its own, such as KubeVirt's subresources. */
export interface AggregatedApi extends AggregatedGroup {
  /** Answers a request below `/apis/{group}/{version}/`; undefined: not found. Throws `ApiError` to refuse. */
  readonly handle: (
    request: ApiRequest,
  ) => ApiResponse | undefined | Promise<ApiResponse | undefined>;
}

/** Answers one request. Refusals are answers too; only a fault of the server itself is thrown. */
export async function handleRequest(
  request: ApiRequest,
  context: ServerContext,
  aggregated: ReadonlyMap<string, AggregatedApi>,
): Promise<ApiResponse> {
  try {
    const [root, group = "", version = ""] = request.path;
    const target = resourcePathOf(request.path, context);
    const aggregate = root === "apis" ? aggregated.get(`${group}/${version}`) : undefined;
    if (aggregate === undefined) authorizeRequest(request, target, context);
    if (request.method === "GET") {
      const found = answerDiscovery(request.path, request.accept, context.registry.all(), [
        ...aggregated.values(),
      ]);
      if (found !== undefined) return found;
    }
    if (aggregate !== undefined)
      return (await aggregate.handle(request)) ?? statusAnswer(refuse.noSuchPath());
    if (target === undefined) throw refuse.noSuchPath();
    return answerResource(request, target, context);
  } catch (error) {
    if (ApiError.isInstance(error)) return statusAnswer(error);
    throw error;
  }
}

/** The answer that carries a refusal. */
export function statusAnswer(error: ApiError): Extract<ApiResponse, { type: "json" }> {
  return { type: "json", status: error.httpStatus, body: error.status as unknown as JsonObject };
}

function answerResource(
  request: ApiRequest,
  path: ResourcePath,
  context: ServerContext,
): ApiResponse {
  const { resource, name, subresource } = path;
  const review = reviewAccess(request, path, context);
  if (review !== undefined) return review;
  if (isBinding(path) && request.method === "POST") return bindPod(request.body, path, context);
  if (subresource !== "" && subresource !== "status") {
    const isKnown = resource.subresources.some((each) => each.name === subresource);
    throw isKnown ? refuse.notServed(`${resource.plural}/${subresource}`) : refuse.noSuchPath();
  }
  if (subresource === "status" && !resource.hasStatus) throw refuse.noSuchPath();
  if (resource.namespaced && name !== undefined && path.namespace === "") throw refuse.noSuchPath();
  switch (request.method) {
    case "GET":
      return name === undefined
        ? answerCollection(request, path, context)
        : answerGet(request, path, context);
    case "POST":
      if (name !== undefined) throw refuse.methodNotAllowed();
      return answerWritten(
        request,
        path,
        createObject(request.body, writeTarget(request, path), context),
        context,
      );
    case "PUT":
      if (name === undefined) throw refuse.methodNotAllowed();
      return answerWritten(
        request,
        path,
        updateObject(request.body, writeTarget(request, path), context),
        context,
      );
    case "PATCH": {
      if (name === undefined) throw refuse.methodNotAllowed();
      const written = patchObject(
        request.body,
        request.contentType,
        writeTarget(request, path),
        context,
      );
      return answerWritten(request, path, written, context);
    }
    case "DELETE":
      return name === undefined
        ? answerDeleteCollection(request, path, context)
        : answerDelete(request, path, context);
    default:
      throw refuse.methodNotAllowed();
  }
}

function isBinding({ resource, subresource }: ResourcePath): boolean {
  return resource.group === "" && resource.plural === "pods" && subresource === "binding";
}

function answerGet(request: ApiRequest, path: ResourcePath, context: ServerContext): ApiResponse {
  const { resource, namespace, name = "" } = path;
  const representation = representationOf(request.accept);
  const stored = context.store.get(resource.storageKey, `${namespace}/${name}`);
  if (stored === undefined) throw refuse.notFound(resource, name);
  const body = representObject(
    inVersion(stored, resource),
    resource,
    representation,
    tableOptions(request, context),
  );
  return { type: "json", status: 200, body };
}

function answerCollection(
  request: ApiRequest,
  path: ResourcePath,
  context: ServerContext,
): ApiResponse {
  const { resource, namespace } = path;
  const representation = representationOf(request.accept);
  const options = tableOptions(request, context);
  if (isTrue(request.query.get("watch"))) {
    let isFirst = true;
    const represent = (object: JsonObject): JsonObject => {
      const withColumns = isFirst;
      isFirst = false;
      return representObject(object, resource, representation, { ...options, withColumns });
    };
    return {
      type: "watch",
      open: prepareWatch({ resource, namespace, query: request.query, represent }, context),
    };
  }
  const { objects, meta } = listObjects(resource, namespace, request.query, context);
  return {
    type: "json",
    status: 200,
    body: representList(objects, meta, resource, representation, options),
  };
}

function answerWritten(
  request: ApiRequest,
  path: ResourcePath,
  written: Written,
  context: ServerContext,
): ApiResponse {
  const { resource } = path;
  const body = representObject(
    inVersion(written.object, resource),
    resource,
    representationOf(request.accept),
    tableOptions(request, context),
  );
  const warnings = written.warnings.map((text) => `299 - ${JSON.stringify(text)}`).join(", ");
  return {
    type: "json",
    status: written.created ? 201 : 200,
    body,
    ...(warnings === "" ? {} : { headers: { warning: warnings } }),
  };
}

function answerDelete(
  request: ApiRequest,
  path: ResourcePath,
  context: ServerContext,
): ApiResponse {
  const { resource, name = "" } = path;
  const { object, waits } = deleteObject(
    deleteOptions(request),
    writeTarget(request, path),
    context,
  );
  if (waits || (resource.group === "" && resource.plural === "pods")) {
    return { type: "json", status: 200, body: inVersion(object, resource) };
  }
  const uid = (object["metadata"] as JsonObject)["uid"] ?? "";
  return {
    type: "json",
    status: 200,
    body: {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Success",
      details: {
        name,
        ...(resource.group === "" ? {} : { group: resource.group }),
        kind: resource.plural,
        uid,
      },
    },
  };
}

function answerDeleteCollection(
  request: ApiRequest,
  path: ResourcePath,
  context: ServerContext,
): ApiResponse {
  const { resource, namespace } = path;
  const selects = selectorOf(resource, namespace, request.query);
  const { version, objects } = context.store.list(resource.storageKey);
  const meant = objects.filter(selects);
  for (const object of meant) {
    const { namespace: inside = "", name } = object["metadata"] as {
      namespace?: string;
      name: string;
    };
    const target = { ...writeTarget(request, path), namespace: inside, name };
    const { propagationPolicy, gracePeriodSeconds } = deleteOptions(request);
    deleteObject({ propagationPolicy, gracePeriodSeconds }, target, context);
  }
  const body = representList(
    meant.map((object) => inVersion(object, resource)),
    { resourceVersion: String(version) },
    resource,
    representationOf(request.accept),
    tableOptions(request, context),
  );
  return { type: "json", status: 200, body };
}

function deleteOptions(request: ApiRequest): {
  uid?: string;
  resourceVersion?: string;
  propagationPolicy?: string;
  gracePeriodSeconds?: number;
} {
  const body = isJsonObject(request.body ?? null) ? (request.body as JsonObject) : {};
  const preconditions = (body["preconditions"] ?? {}) as { uid?: string; resourceVersion?: string };
  const policy = body["propagationPolicy"] ?? request.query.get("propagationPolicy");
  const orphan = body["orphanDependents"] ?? request.query.get("orphanDependents");
  const seconds = body["gracePeriodSeconds"] ?? request.query.get("gracePeriodSeconds");
  return {
    ...preconditions,
    ...(seconds === null || Number.isNaN(Number(seconds))
      ? {}
      : { gracePeriodSeconds: Number(seconds) }),
    ...(typeof policy === "string"
      ? { propagationPolicy: policy }
      : orphan === true || orphan === "true"
        ? { propagationPolicy: "Orphan" }
        : {}),
  };
}

function writeTarget(request: ApiRequest, path: ResourcePath): WriteTarget {
  const dryRun = request.query.getAll("dryRun");
  const invalid = dryRun.find((value) => value !== "All");
  if (invalid !== undefined)
    throw refuse.badRequest(
      `Invalid value: ${JSON.stringify(dryRun)}: dryRun: Unsupported value: "${invalid}": supported values: "All"`,
    );
  const body =
    request.method === "DELETE" && isJsonObject(request.body ?? null)
      ? (request.body as JsonObject)
      : {};
  return {
    ...path,
    dryRun: dryRun.length > 0 || (Array.isArray(body["dryRun"]) && body["dryRun"].includes("All")),
    fieldValidation: request.query.get("fieldValidation") ?? "Warn",
    userName: request.user.username,
    fieldManager: request.query.get("fieldManager") ?? "",
    userAgent: request.userAgent,
    force: isTrue(request.query.get("force")),
  };
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

function isTrue(text: string | null): boolean {
  return text === "true" || text === "1";
}
