import { createClusterClient } from "../src/client/create-cluster-client.js";
import type { Clock } from "../src/clock.js";
import type { ClusterClient } from "../src/client/cluster-client.js";
import type {
  Transport,
  TransportRequest,
  TransportResponse,
  TransportStream,
} from "../src/client/transport.js";

type Answer =
  | Partial<TransportResponse>
  | ((request: TransportRequest) => Partial<TransportResponse>);
type Stream = Partial<Omit<TransportStream, "events">> & {
  events?: AsyncIterable<unknown> | readonly unknown[];
};

/** A client whose server answers by a script; every request is kept. */
export function scriptedClient(script: {
  answers?: Answer[];
  streams?: Array<Stream | Error>;
  clock?: Clock;
}): {
  client: ClusterClient;
  requests: TransportRequest[];
} {
  const requests: TransportRequest[] = [];
  const answers = [...(script.answers ?? [])];
  const streams = [...(script.streams ?? [])];
  const transport: Transport = {
    request: (request) => {
      requests.push(request);
      const answer = answers.shift();
      if (answer === undefined)
        return Promise.reject(new Error("the script has no further answer"));
      const given = typeof answer === "function" ? answer(request) : answer;
      return Promise.resolve({ status: 200, headers: {}, body: {}, ...given });
    },
    stream: (request) => {
      requests.push(request);
      const stream = streams.shift();
      if (stream instanceof Error) return Promise.reject(stream);
      return Promise.resolve({
        status: 200,
        headers: {},
        body: undefined,
        ...stream,
        events: iterate(stream?.events ?? untilAborted(request.signal)),
      });
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const options = { role: "cluster", name: "east", clock: script.clock } as const;
  return { client: createClusterClient(transport, options), requests };
}

async function* iterate(
  events: AsyncIterable<unknown> | readonly unknown[],
): AsyncGenerator<unknown> {
  yield* events;
}

async function* untilAborted(signal: AbortSignal | undefined): AsyncGenerator<never> {
  await new Promise<void>((_, reject) => {
    signal?.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
  yield* [];
}
