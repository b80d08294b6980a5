import { UnexpectedResponseError } from "../errors/unexpected-response-error.js";
import { answerError } from "./answer-error.js";
import type { CallOptions, ClusterClient, SubresourceOptions } from "./cluster-client.js";
import { isObject } from "./is-object.js";
import type { Resource } from "./resource.js";
import type { Transport, TransportRequest, TransportResponse, Verb } from "./transport.js";

/** Settings of {@link RequestSender}. */
export interface RequestSenderOptions {
  /** Name of the client, for errors. */
  readonly name: string;
  readonly readTimeoutMs: number;
  readonly writeTimeoutMs: number;
}

/** A request about a resource, before its deadline is known. */
export interface ResourceRequest extends Pick<
  TransportRequest,
  "method" | "path" | "query" | "body" | "contentType" | "accept"
> {
  readonly verb: Verb;
}

/** A request of any path, whose verb and deadline may be left to its method. */
export type PathRequest = Parameters<ClusterClient["request"]>[0];

const VERBS = {
  GET: "get",
  POST: "create",
  PUT: "update",
  PATCH: "patch",
  DELETE: "delete",
} as const;

/** Sends requests with the deadline of their kind, and makes errors of answers that are no success. */
export class RequestSender {
  readonly #transport: Transport;
  readonly #options: RequestSenderOptions;

  constructor(transport: Transport, options: RequestSenderOptions) {
    this.#transport = transport;
    this.#options = options;
  }

  /** @throws ApiError, TransportError, the signal's reason */
  async send<Answer>(
    resource: Resource,
    call: CallOptions & Pick<SubresourceOptions, "subresource">,
    request: ResourceRequest,
  ): Promise<Answer> {
    const { method, path, query, body, contentType, accept, verb } = request;
    const { signal, subresource, timeoutMs = this.#timeoutMs(method) } = call;
    // Written out: a spread costs as much as all the rest of this function.
    const response = await this.#transport.request({
      method,
      path,
      query,
      body,
      contentType,
      accept,
      verb,
      resource: subresource === undefined ? resource.plural : `${resource.plural}/${subresource}`,
      signal,
      timeoutMs,
    });
    this.#checkStatus(response);
    if (isObject(response.body)) return response.body as Answer;
    throw new UnexpectedResponseError({
      cluster: this.#options.name,
      httpStatus: response.status,
      problem: "no JSON object where one belongs",
    });
  }

  /** @throws ApiError, TransportError, the signal's reason */
  async sendPath(request: PathRequest): Promise<TransportResponse> {
    const response = await this.#transport.request({
      verb: VERBS[request.method],
      resource: "",
      ...request,
      timeoutMs: request.timeoutMs ?? this.#timeoutMs(request.method),
    });
    this.#checkStatus(response);
    return response;
  }

  #timeoutMs(method: TransportRequest["method"]): number {
    const { readTimeoutMs, writeTimeoutMs } = this.#options;
    return method === "GET" ? readTimeoutMs : writeTimeoutMs;
  }

  #checkStatus(response: TransportResponse): void {
    if (response.status < 200 || response.status > 299)
      throw answerError(this.#options.name, response);
  }
}
