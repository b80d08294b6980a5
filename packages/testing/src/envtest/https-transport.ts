import { Agent, request as httpsRequest } from "node:https";
import type { IncomingMessage } from "node:http";
import {
  type Clock,
  ConnectionFailedError,
  DeadlineExceededError,
  onAbort,
  type Transport,
  type TransportRequest,
  type TransportResponse,
  type TransportStream,
  UnexpectedResponseError,
} from "@kvop/core";

/** Settings of {@link httpsTransport}. */
export interface HttpsTransportOptions {
  readonly name: string;
  readonly url: string;
  readonly caPem: string;
  readonly token: string;
  readonly clock: Clock;
}

/** A plain transport over `node:https`, with which this package drives real API servers. */
export function httpsTransport(options: HttpsTransportOptions): Transport {
  const agent = new Agent({ keepAlive: true, ca: options.caPem });
  const open = (request: TransportRequest): Promise<IncomingMessage> =>
    send(request, agent, options);
  return {
    request: async (request): Promise<TransportResponse> => {
      const message = await open(request);
      return {
        status: message.statusCode ?? 0,
        headers: headersOf(message),
        body: await bodyOf(message, options.name),
      };
    },
    stream: async (request): Promise<TransportStream> => {
      const message = await open(request);
      const head = { status: message.statusCode ?? 0, headers: headersOf(message) };
      if (message.statusCode !== 200)
        return { ...head, body: await bodyOf(message, options.name), events: none() };
      return { ...head, body: undefined, events: lines(message, request.signal) };
    },
    [Symbol.asyncDispose]: () => {
      agent.destroy();
      return Promise.resolve();
    },
  };
}

function send(
  request: TransportRequest,
  agent: Agent,
  options: HttpsTransportOptions,
): Promise<IncomingMessage> {
  const { signal, timeoutMs } = request;
  const query = new URLSearchParams(
    (request.query ?? []).map(([name, value]): [string, string] => [name, value]),
  ).toString();
  const body = request.body === undefined ? undefined : JSON.stringify(request.body);
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const outgoing = httpsRequest(
      `${options.url}${request.path}${query === "" ? "" : `?${query}`}`,
      {
        agent,
        method: request.method,
        headers: {
          authorization: `Bearer ${options.token}`,
          accept: request.accept ?? "application/json",
          ...(body === undefined
            ? {}
            : {
                "content-type": request.contentType ?? "application/json",
                // Node leaves this out of a DELETE, whose body would then be taken for the next request.
                "content-length": Buffer.byteLength(body),
              }),
        },
      },
    );
    const timer =
      timeoutMs > 0
        ? options.clock.setTimer(
            () =>
              outgoing.destroy(
                new DeadlineExceededError({ cluster: options.name, timeoutMs, phase: "request" }),
              ),
            timeoutMs,
          )
        : undefined;
    const leave = onAbort(signal, (reason) => void outgoing.destroy(reason));
    outgoing.on("close", () => {
      timer?.cancel();
      leave();
    });
    outgoing.on("error", (error: NodeJS.ErrnoException) => {
      const isKnown = DeadlineExceededError.isInstance(error) || error === signal?.reason;
      const { host: address } = new URL(options.url);
      reject(
        isKnown
          ? error
          : new ConnectionFailedError(
              { cluster: options.name, address, systemCode: error.code },
              { cause: error },
            ),
      );
    });
    outgoing.on("response", (message) => {
      if (message.statusCode === 200 && request.verb === "watch") timer?.cancel();
      resolve(message);
    });
    outgoing.end(body);
  });
}

function headersOf(message: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(message.headers).map(([name, value]) => [name, String(value)]),
  );
}

async function bodyOf(message: IncomingMessage, name: string): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString("utf8");
  if (!String(message.headers["content-type"]).includes("json")) return text;
  try {
    return JSON.parse(text);
  } catch {
    throw new UnexpectedResponseError({
      cluster: name,
      httpStatus: message.statusCode ?? 0,
      problem: "no JSON",
    });
  }
}

async function* none(): AsyncGenerator<never> {
  yield* [];
}

async function* lines(
  message: IncomingMessage,
  signal: AbortSignal | undefined,
): AsyncGenerator<unknown> {
  const leave = onAbort(signal, (reason) => void message.destroy(reason));
  let rest = "";
  try {
    message.setEncoding("utf8");
    for await (const chunk of message as AsyncIterable<string>) {
      const parts = (rest + chunk).split("\n");
      rest = parts.pop() ?? "";
      for (const part of parts) if (part !== "") yield JSON.parse(part);
    }
  } finally {
    leave();
    message.destroy();
  }
}
