import {
  ApiError,
  type RemoteClient,
  type TransportRequest,
  type TransportResponse,
} from "@kvop/core";

import type { ClientNode } from "./import-client-node.js";
import { requestSubject } from "./request-subject.js";

type HttpLibrary = Parameters<ClientNode["wrapHttpLibrary"]>[0];
type RequestContext = Parameters<HttpLibrary["send"]>[0];

/** Sends what an API class of client-node asks for over the client's connections, and answers in client-node's terms. */
export async function sendOver(
  client: RemoteClient,
  context: RequestContext,
  clientNode: ClientNode,
): ReturnType<HttpLibrary["send"]> {
  const answer = await answerOf(client, requestOf(context));
  const isText = typeof answer.body === "string";
  const text = isText ? (answer.body as string) : JSON.stringify(answer.body ?? {});
  return new clientNode.ResponseContext(
    answer.status,
    { ...answer.headers, "content-type": isText ? "text/plain" : "application/json" },
    new clientNode.SelfDecodingBody(Promise.resolve(Buffer.from(text))),
  );
}

function requestOf(context: RequestContext): Parameters<RemoteClient["request"]>[0] {
  const url = new URL(context.getUrl());
  const method = context.getHttpMethod() as TransportRequest["method"];
  const contentType = headerOf(context, "content-type");
  const body = context.getBody();
  const isWatch = url.searchParams.get("watch") === "true";
  return {
    ...requestSubject(method, url.pathname, { isWatch, contentType }),
    method,
    path: url.pathname,
    query: [...url.searchParams],
    body: typeof body === "string" && body !== "" ? (JSON.parse(body) as unknown) : undefined,
    contentType,
    accept: "application/json, text/plain",
    signal: context.getSignal(),
  };
}

/** client-node makes its own exception of a failure: it is given the answer as it came. */
async function answerOf(
  client: RemoteClient,
  request: Parameters<RemoteClient["request"]>[0],
): Promise<TransportResponse> {
  try {
    return await client.request(request);
  } catch (error) {
    if (!ApiError.isInstance(error)) throw error;
    const { httpStatus, retryAfterMs, status } = error;
    const headers: Record<string, string> =
      retryAfterMs === undefined ? {} : { "retry-after": String(Math.ceil(retryAfterMs / 1000)) };
    return { status: httpStatus, headers, body: status };
  }
}

function headerOf(context: RequestContext, name: string): string | undefined {
  const headers = Object.entries(context.getHeaders());
  return headers.find(([own]) => own.toLowerCase() === name)?.[1];
}
