import { Agent, request as sendRequest } from "node:https";

import { load } from "js-yaml";

/** A server that cases run against. */
export interface Target {
  readonly url: string;
  readonly agent: Agent;
  /** Whom to trust, and who one is. */
  readonly tls: {
    readonly ca: Buffer | undefined;
    readonly cert: Buffer | undefined;
    readonly key: Buffer | undefined;
  };
  readonly authorization: string | undefined;
  /** What cases may name besides what they captured. */
  readonly variables?: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

export interface RawRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | undefined;
  /** Stop reading after so many lines. */
  readonly lines?: number | undefined;
  /** Called when the answer's headers are there. */
  readonly onOpen?: (() => Promise<void>) | undefined;
  /** Whether the body stays unread: that of a watch may never end. */
  readonly isEndless?: ((status: number) => boolean) | undefined;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Buffer;
}

/** Longer than any watch of a case; a server that hangs fails the case instead of the run. */
export const ANSWER_TIMEOUT_MS = 20_000;

interface Kubeconfig {
  readonly clusters: readonly [
    {
      readonly cluster: { readonly server: string; readonly "certificate-authority-data"?: string };
    },
  ];
  readonly users: readonly [
    {
      readonly user: {
        readonly token?: string;
        readonly "client-certificate-data"?: string;
        readonly "client-key-data"?: string;
      };
    },
  ];
}

/** Reads where to connect, and as whom, from a kubeconfig of one context with everything inline. */
export function connectTarget(kubeconfig: string, stop: () => Promise<void>): Target {
  const config = load(kubeconfig) as Kubeconfig;
  const { cluster } = config.clusters[0];
  const { user } = config.users[0];
  const decode = (text: string | undefined): Buffer | undefined =>
    text === undefined ? undefined : Buffer.from(text, "base64");
  const tls = {
    ca: decode(cluster["certificate-authority-data"]),
    cert: decode(user["client-certificate-data"]),
    key: decode(user["client-key-data"]),
  };
  const agent = new Agent({ keepAlive: true, ...tls });
  return {
    url: cluster.server,
    agent,
    tls,
    authorization: user.token === undefined ? undefined : `Bearer ${user.token}`,
    stop: async () => {
      agent.destroy();
      await stop();
    },
  };
}

/** Sends one request and reads the answer, or so much of it as was asked for. */
export function sendToTarget(target: Target, raw: RawRequest): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const outgoing = sendRequest(
      target.url,
      // As it is: a URL would follow its dots.
      { path: raw.path, method: raw.method, agent: target.agent, headers: withLength(raw) },
      (response) => {
        const chunks: Buffer[] = [];
        const finish = (): void =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: firstLines(Buffer.concat(chunks), raw.lines),
          });
        // The watch is read while the requests of `onOpen` run, so that nothing waits for anything.
        let opened = raw.onOpen === undefined;
        const finishWhenEnough = (): void => {
          if (raw.lines === undefined || !opened) return;
          if (countLines(Buffer.concat(chunks)) < raw.lines) return;
          finish();
          response.destroy();
        };
        response.on("data", (chunk: Buffer) => {
          chunks.push(chunk);
          finishWhenEnough();
        });
        response.on("end", finish);
        response.on("error", reject);
        if (raw.isEndless?.(response.statusCode ?? 0) === true) {
          finish();
          response.destroy();
        }
        if (raw.onOpen !== undefined) {
          raw.onOpen().then(() => {
            opened = true;
            finishWhenEnough();
          }, reject);
        }
      },
    );
    const timer = setTimeout(
      () => outgoing.destroy(new Error(`no complete answer after ${ANSWER_TIMEOUT_MS} ms`)),
      ANSWER_TIMEOUT_MS,
    );
    outgoing.on("close", () => clearTimeout(timer));
    outgoing.on("error", (error) => {
      // The server may close a kept connection in the moment in which it is used again.
      if (outgoing.reusedSocket && (error as NodeJS.ErrnoException).code === "ECONNRESET") {
        sendToTarget(target, raw).then(resolve, reject);
      } else reject(error);
    });
    outgoing.end(raw.body);
  });
}

/** Node sends the body of a DELETE without its length, which the server takes for the next request. */
function withLength({ headers, body }: RawRequest): Readonly<Record<string, string>> {
  return body === undefined
    ? headers
    : { "content-length": String(Buffer.byteLength(body)), ...headers };
}

export function countLines(bytes: Buffer): number {
  return bytes.toString("utf8").split("\n").length - 1;
}

export function firstLines(bytes: Buffer, count: number | undefined): Buffer {
  if (count === undefined) return bytes;
  return Buffer.from(bytes.toString("utf8").split("\n").slice(0, count).join("\n"));
}
