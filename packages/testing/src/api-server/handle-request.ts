import { ApiError } from "@kvop/core";
import { answerResource } from "./answer-resource.js";
import type { ApiRequest, ApiResponse } from "./api-request.js";
import { attributesOf, authorizeRequest } from "./authorize-request.js";
import { flowHeaders } from "./flow-schema.js";
import { freshRequest, untilAnswered } from "../dynamic-admission/attempts.js";
import { warningOf } from "../dynamic-admission/refusal-warnings.js";
import { type AggregatedGroup, answerDiscovery } from "./discovery.js";
import { answerServerPath } from "../server-paths/answer-server-path.js";
import { NOT_FOUND } from "./not-found.js";
import { unlessKnown } from "./not-modified.js";
import { checkTimeout } from "./check-timeout.js";
import { refuse } from "./refusal.js";
import { readValue } from "./request-body.js";
import { type ResourcePath, resourcePathOf } from "./resource-request-path.js";
import { statusAnswer } from "./status-answer.js";
import type { ServerContext } from "./server-context.js";
import { madePretty } from "./wants-pretty.js";

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
  let flow: Readonly<Record<string, string>> | undefined;
  try {
    const target = resourcePathOf(request.path, context);
    checkTimeout(request, target);
    // What never leaves the process has no headers.
    if (request.auditId !== undefined)
      flow = flowHeaders(attributesOf(request, target), context.store);
    const answer = await answerRequest(request, target, context, aggregated);
    return withHeaders(unlessKnown(madePretty(answer, request), request), flow);
  } catch (error) {
    if (!ApiError.isInstance(error)) throw error;
    const answer = statusAnswer(error, request.accept);
    const warning = warningOf(error);
    const told = warning === undefined ? answer : withHeaders(answer, { warning });
    return withHeaders(madePretty(told, request), flow);
  }
}

function withHeaders(
  answer: ApiResponse,
  headers: Readonly<Record<string, string>> | undefined,
): ApiResponse {
  if (answer.type === "raw" || headers === undefined) return answer;
  const all = answer.headers === undefined ? headers : { ...answer.headers, ...headers };
  return { ...answer, headers: all };
}

function answerRequest(
  request: ApiRequest,
  target: ResourcePath | undefined,
  context: ServerContext,
  aggregated: ReadonlyMap<string, AggregatedApi>,
): ApiResponse | Promise<ApiResponse> {
  const [root, group = "", version = ""] = request.path;
  const aggregate = root === "apis" ? aggregated.get(`${group}/${version}`) : undefined;
  if (aggregate === undefined) authorizeRequest(request, target, context);
  if (target === undefined) {
    const found =
      answerServerPath(request, context) ??
      answerDiscovery(request, context.registry, [...aggregated.values()]);
    if (found !== undefined) return found;
  }
  if (aggregate !== undefined) return answerAggregated(request, aggregate);
  if (target !== undefined) return answerAdmitted(request, target, context);
  if (context.registry.servesGroup(root, group)) throw refuse.noSuchPath();
  return NOT_FOUND;
}

function answerAdmitted(
  request: ApiRequest,
  target: ResourcePath,
  context: ServerContext,
): ApiResponse | Promise<ApiResponse> {
  if (context.dynamic.isIdle) return answerResource(request, target, context);
  return untilAnswered(
    context,
    (own) => answerResource(freshRequest(request), target, own),
    request.isAbandoned,
  );
}

async function answerAggregated(
  request: ApiRequest,
  aggregate: AggregatedApi,
): Promise<ApiResponse> {
  const answer = await aggregate.handle({ ...request, body: readValue(request) });
  if (answer === undefined) throw refuse.noSuchPath();
  return answer;
}
