import { ApiError } from "@kvop/core";
import type { JsonObject } from "../schema/json.js";
import { answerResource, withDeprecation } from "./answer-resource.js";
import type { ApiRequest, ApiResponse } from "./api-request.js";
import { authorizeRequest } from "./authorize-request.js";
import { type AggregatedGroup, answerDiscovery } from "./discovery.js";
import { answerServerPath } from "../server-paths/answer-server-path.js";
import { findAnswer } from "./negotiate.js";
import { NOT_FOUND } from "./not-found.js";
import { refuse } from "./refusal.js";
import { readValue } from "./request-body.js";
import { type ResourcePath, resourcePathOf } from "./resource-request-path.js";
import type { ServerContext } from "./server-context.js";

/** A group version that is served by a handler of its own, such as KubeVirt's subresources. */
export interface AggregatedApi extends AggregatedGroup {
  /** Answers a request below `/apis/{group}/{version}/`; undefined: not found. Throws `ApiError` to refuse. */
  readonly handle: (
    request: ApiRequest,
  ) => ApiResponse | undefined | Promise<ApiResponse | undefined>;
}

const ERRORS = { hasProtobuf: true, hasRepresentations: false };

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
    if (target === undefined) {
      const found =
        answerServerPath(request, context) ??
        answerDiscovery(request, context.registry, [...aggregated.values()]);
      if (found !== undefined) return found;
    }
    if (aggregate !== undefined) {
      const answer = await aggregate.handle({ ...request, body: readValue(request) });
      if (answer === undefined) throw refuse.noSuchPath();
      return answer;
    }
    if (target !== undefined) return answerOrRefuse(request, target, context);
    if (context.registry.servesGroup(root, group)) throw refuse.noSuchPath();
    return NOT_FOUND;
  } catch (error) {
    if (ApiError.isInstance(error)) return statusAnswer(error, request.accept);
    throw error;
  }
}

/** Of a deprecated resource, refusals carry the warning too. */
function answerOrRefuse(
  request: ApiRequest,
  target: ResourcePath,
  context: ServerContext,
): ApiResponse {
  const { deprecation } = target.resource;
  try {
    return answerResource(request, target, context);
  } catch (error) {
    if (deprecation === undefined || !ApiError.isInstance(error)) throw error;
    return withDeprecation(statusAnswer(error, request.accept), deprecation);
  }
}

/** The answer that carries a refusal, written as the client asked for it. */
export function statusAnswer(error: ApiError, accept = ""): Extract<ApiResponse, { type: "json" }> {
  const negotiated = findAnswer(accept, ERRORS);
  const encoding = negotiated?.encoding ?? "json";
  const seconds = error.status.details?.retryAfterSeconds;
  return {
    type: "json",
    status: error.httpStatus,
    body: error.status as unknown as JsonObject,
    ...(seconds === undefined ? {} : { headers: { "retry-after": String(seconds) } }),
    ...(encoding === "json" ? {} : { encoding }),
    ...(negotiated?.isPretty === true ? { isPretty: true } : {}),
  };
}
