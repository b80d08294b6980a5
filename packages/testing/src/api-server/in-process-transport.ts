import {
  DeadlineExceededError,
  type Clock,
  onAbort,
  type Transport,
  type TransportRequest,
  type TransportResponse,
  type TransportStream,
} from "@kvop/core";
import type { UserInfo } from "../authentication/authenticate.js";
import { copyJson, type JsonObject, type JsonValue, setOwnValue } from "../schema/json.js";
import type { ApiRequest, ApiResponse, OpenWatch, WatchLine } from "./api-request.js";

/** Settings of the in-process door. */
export interface InProcessOptions {
  readonly name: string;
  readonly user: UserInfo;
  /** Default: `in-process`. */
  readonly userAgent?: string | undefined;
  readonly clock: Clock;
  readonly handle: (request: ApiRequest) => Promise<ApiResponse>;
  /** Told when a watch has ended, by whomever. */
  readonly onEnd?: ((request: ApiRequest) => void) | undefined;
}

/** A request on its way: the caller may give it up by its signal or its deadline. */
interface Call {
  isAbandoned: boolean;
}

/** Requests that never leave the process: no socket, no bytes, no thread pool, only the injected clock. */
export function inProcessTransport(options: InProcessOptions): Transport {
  const receive = (request: TransportRequest, call: Call): ApiRequest => {
    request.signal?.throwIfAborted();
    return {
      isAbandoned: () => call.isAbandoned,
      method: request.method,
      path: segmentsOf(request.path),
      query: new URLSearchParams(
        request.query?.map(([name, value]): [string, string] => [name, value]),
      ),
      body:
        request.body === undefined ? undefined : copyWithoutUndefined(request.body as JsonValue),
      contentType: request.contentType ?? "application/json",
      accept: request.accept ?? "application/json",
      userAgent: options.userAgent ?? "in-process",
      user: options.user,
    };
  };
  const send = async (request: TransportRequest): Promise<[ApiResponse, ApiRequest]> => {
    const call: Call = { isAbandoned: false };
    const received = receive(request, call);
    try {
      return [await raceWithDeadline(options.handle(received), request, options), received];
    } catch (error) {
      call.isAbandoned = true;
      throw error;
    }
  };
  return {
    request: async (request) => toResponse((await send(request))[0]),
    stream: async (request): Promise<TransportStream> => {
      const [answer, received] = await send(request);
      if (answer.type !== "watch") return { ...toResponse(answer), events: none() };
      return {
        status: 200,
        headers: {},
        body: undefined,
        events: watchLines(answer.open, request.signal, () => options.onEnd?.(received)),
      };
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function segmentsOf(path: string): string[] {
  const segments = path.split("/").filter((segment) => segment !== "");
  return path.includes("%") ? segments.map(decodeURIComponent) : segments;
}

function raceWithDeadline(
  answer: Promise<ApiResponse>,
  request: TransportRequest,
  options: InProcessOptions,
): Promise<ApiResponse> {
  const { signal, timeoutMs } = request;
  return new Promise((resolve, reject) => {
    const timer =
      timeoutMs > 0
        ? options.clock.setTimer(
            () =>
              settle(() =>
                reject(
                  new DeadlineExceededError({ cluster: options.name, timeoutMs, phase: "request" }),
                ),
              ),
            timeoutMs,
          )
        : undefined;
    const settle = (finish: () => void): void => {
      timer?.cancel();
      leave();
      finish();
    };
    const leave = onAbort(signal, (reason) => settle(() => reject(reason)));
    answer.then(
      (value) => settle(() => resolve(value)),
      (error: unknown) => settle(() => reject(error as Error)),
    );
  });
}

function toResponse(answer: ApiResponse): TransportResponse {
  if (answer.type === "watch") throw new TypeError("a watch was asked for without streaming");
  if (answer.type === "raw") throw new TypeError("raw bytes need the HTTPS door");
  return {
    status: answer.status,
    headers: answer.type === "json" ? (answer.headers ?? {}) : {},
    body: answer.type === "json" ? copyJson(answer.body) : answer.body,
  };
}

/** JSON knows no undefined: what would not be sent over a wire is not sent here either. */
function copyWithoutUndefined(value: JsonValue): JsonValue {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => copyWithoutUndefined(item ?? null));
  const copy: JsonObject = {};
  for (const key of Object.keys(value)) {
    const each: JsonValue | undefined = value[key];
    if (each !== undefined) setOwnValue(copy, key, copyWithoutUndefined(each));
  }
  return copy;
}

async function* none(): AsyncGenerator<never> {
  yield* [];
}

async function* watchLines(
  open: OpenWatch,
  signal: AbortSignal | undefined,
  onEnd: () => void,
): AsyncGenerator<unknown> {
  const lines: WatchLine[] = [];
  let isClosed = false;
  let failure: Error | undefined;
  let wake = (): void => undefined;
  const stop = open(
    (line) => {
      lines.push(line);
      wake();
    },
    (error) => {
      isClosed = true;
      failure = error;
      wake();
    },
  );
  const leave = onAbort(signal, () => wake());
  try {
    for (;;) {
      signal?.throwIfAborted();
      const line = lines.shift();
      if (line !== undefined) yield copyJson(line as unknown as JsonValue);
      else if (failure !== undefined) throw failure;
      else if (isClosed) return;
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    leave();
    stop();
    onEnd();
  }
}
