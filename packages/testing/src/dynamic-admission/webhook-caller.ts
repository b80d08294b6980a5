import { Agent, request as sendRequest } from "node:https";
import { posix } from "node:path";
import type { Duplex } from "node:stream";
import type { Clock } from "@kvop/core";
import { numberAt, optionalObjectAt, textAt } from "../admission/json-access.js";
import type { JsonObject } from "../schema/json.js";
import { connectTrusted, type TrustedConnectionOptions } from "./trusted-connection.js";

/** Answers larger than this are no review; the real server has no limit of its own. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
const MAX_AGENTS = 64;

const NO_CERTIFICATES =
  "could not get REST client: unable to load root certificates: unable to parse bytes as PEM block";

function isCertificates(caBundle: string): boolean {
  return Buffer.from(caBundle, "base64").includes("-----BEGIN CERTIFICATE-----");
}

/** What came of a call: the text of the answer, or why there is none. */
export type CallResult = { readonly text: string } | { readonly problem: string };

/** Where the pods of a Service listen; undefined when nobody knows. */
export type ServiceResolver = (service: {
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
}) => { readonly host: string; readonly port: number } | undefined;

/** Where a Service is, or why it cannot be reached. */
type Resolved = { readonly host: string; readonly port: number } | { readonly problem: string };

type Destination =
  | {
      readonly problem?: undefined;
      readonly url: URL;
      readonly shown: string;
      readonly host: string | undefined;
      readonly serverName: string;
    }
  | { readonly problem: string };

class TrustingAgent extends Agent {
  constructor(
    private readonly bundle: string,
    servername: string,
  ) {
    super({ keepAlive: true, servername });
  }

  override createConnection(
    options: TrustedConnectionOptions,
    done: (error: Error | null, socket: Duplex) => void,
  ): undefined {
    return connectTrusted(options, this.bundle, done);
  }
}

/** A path as client-go makes it of the one that is given: without doubled slashes, dots, or one at its end. */
function cleanPath(path: string): string {
  const cleaned = posix.join("/", path);
  return cleaned.length > 1 ? cleaned.replace(/\/$/, "") : cleaned;
}

/** Calls webhooks over HTTPS and holds their connections. */
export class WebhookCaller {
  readonly #agents = new Map<string, Agent>();
  readonly #open = new Set<AbortController>();

  constructor(
    private readonly clock: Clock,
    private readonly resolve: (service: Parameters<ServiceResolver>[0]) => Resolved,
  ) {}

  /** Sends a text and reads the answer; it never rejects. */
  async call(clientConfig: JsonObject, text: string, timeoutMs: number): Promise<CallResult> {
    const destination = this.#destination(clientConfig, timeoutMs);
    if (typeof destination.problem === "string") return { problem: destination.problem };
    const { url, shown, host, serverName } = destination;
    const bundle = textAt(clientConfig, "caBundle");
    if (bundle !== "" && !isCertificates(bundle)) return { problem: NO_CERTIFICATES };
    const control = new AbortController();
    this.#open.add(control);
    let isLate = false;
    const timer = this.clock.setTimer(() => {
      isLate = true;
      control.abort();
    }, timeoutMs);
    try {
      const { status, body, contentType } = await this.#post(url, {
        agent: this.#agentOf(bundle, serverName),
        signal: control.signal,
        text,
        host,
      });
      const problem = statusProblem(status, body, contentType);
      return problem === undefined
        ? { text: body }
        : { problem: `failed to call webhook: ${problem}` };
    } catch (error) {
      const why = isLate ? "context deadline exceeded" : connectProblem(error, url);
      return { problem: `failed to call webhook: Post ${JSON.stringify(shown)}: ${why}` };
    } finally {
      timer.cancel();
      this.#open.delete(control);
    }
  }

  /** Ends calls under way and closes all connections. */
  close(): void {
    for (const control of this.#open) control.abort();
    this.closeIdle();
  }

  closeIdle(): void {
    for (const agent of this.#agents.values()) agent.destroy();
    this.#agents.clear();
  }

  #destination(clientConfig: JsonObject, timeoutMs: number): Destination {
    const timeout = `timeout=${timeoutMs / 1000}s`;
    const service = optionalObjectAt(clientConfig, "service");
    if (service === undefined) {
      const given = textAt(clientConfig, "url");
      const { host, hostname, pathname } = new URL(given);
      const shown = `https://${host}${cleanPath(pathname)}?${timeout}`;
      return { url: new URL(shown), shown, host: undefined, serverName: hostname };
    }
    const [name, namespace] = [textAt(service, "name"), textAt(service, "namespace")];
    const port = numberAt(service, "port") ?? 443;
    const serverName = `${name}.${namespace}.svc`;
    const shown = `https://${serverName}:${port}${cleanPath(textAt(service, "path"))}?${timeout}`;
    const found = this.resolve({ namespace, name, port });
    if ("problem" in found)
      return { problem: `failed to call webhook: Post ${JSON.stringify(shown)}: ${found.problem}` };
    const url = new URL(shown);
    url.hostname = found.host;
    url.port = String(found.port);
    return { url, shown, host: `${serverName}:${port}`, serverName };
  }

  #agentOf(caBundle: string, serverName: string): Agent {
    const key = `${serverName} ${caBundle}`;
    const known = this.#agents.get(key);
    if (known !== undefined) return known;
    if (this.#agents.size >= MAX_AGENTS) this.closeIdle();
    const isAddress = /^[\d.]+$|^\[/.test(serverName);
    const bundle = Buffer.from(caBundle, "base64").toString("utf8");
    const agent = new TrustingAgent(bundle, isAddress ? "" : serverName);
    this.#agents.set(key, agent);
    return agent;
  }

  #post(
    url: URL,
    options: {
      readonly agent: Agent;
      readonly signal: AbortSignal;
      readonly text: string;
      readonly host: string | undefined;
    },
  ): Promise<{ readonly status: number; readonly body: string; readonly contentType: string }> {
    const { agent, signal, text, host } = options;
    return new Promise((resolve, reject) => {
      // The agent dials without the signal of the request: `ending` is what it hands on.
      const ways = { agent, signal, ending: signal };
      const outgoing = sendRequest(
        url,
        {
          method: "POST",
          ...ways,
          headers: {
            "content-type": "application/json",
            accept: "application/json, */*",
            "user-agent": "kube-apiserver-admission",
            "content-length": Buffer.byteLength(text),
            ...(host === undefined ? {} : { host }),
          },
        },
        (incoming) => {
          const parts: Buffer[] = [];
          let size = 0;
          incoming.on("data", (part: Buffer) => {
            size += part.length;
            parts.push(part);
            if (size > MAX_ANSWER_BYTES)
              outgoing.destroy(new Error("http: response body too large"));
          });
          incoming.on("error", reject);
          incoming.on("end", () =>
            resolve({
              status: incoming.statusCode ?? 0,
              body: Buffer.concat(parts).toString("utf8"),
              contentType: incoming.headers["content-type"] ?? "",
            }),
          );
        },
      );
      outgoing.on("error", reject);
      outgoing.end(text);
    });
  }
}

const STATUS_WORDS: Readonly<Record<number, string>> = {
  400: "the server rejected our request for an unknown reason",
  401: "the server has asked for the client to provide credentials",
  403: "unknown",
  404: "the server could not find the requested resource",
  405: "the server does not allow this method on the requested resource",
  409: "the server reported a conflict",
  429: "the server has received too many requests and has asked us to try again later",
  503: "the server is currently unable to handle the request",
};

function statusProblem(status: number, body: string, contentType: string): string | undefined {
  if (status >= 200 && status <= 206) {
    return body === ""
      ? `0-length response with status code: ${status} and content type: ${contentType}`
      : undefined;
  }
  if (status >= 500 && status !== 503)
    return 'an error on the server ("unknown") has prevented the request from succeeding';
  return (
    STATUS_WORDS[status] ??
    `the server responded with the status code ${status} but did not return more information`
  );
}

/** A failed connection in the words of Go. */
function connectProblem(error: unknown, { hostname, port }: URL): string {
  const {
    code = "",
    message = "",
    address = hostname,
  } = error as {
    code?: string;
    message?: string;
    address?: string;
  };
  const at = `dial tcp ${address}:${port === "" ? 443 : port}`;
  switch (code) {
    case "ECONNREFUSED":
      return `${at}: connect: connection refused`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `dial tcp: lookup ${hostname}: no such host`;
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return `${at}: connect: no route to host`;
    case "ECONNRESET":
      return "EOF";
    case "ABORT_ERR":
      return "context canceled";
    case "DEPTH_ZERO_SELF_SIGNED_CERT":
    case "SELF_SIGNED_CERT_IN_CHAIN":
    case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
    case "UNABLE_TO_GET_ISSUER_CERT":
    case "UNABLE_TO_GET_ISSUER_CERT_LOCALLY":
    case "CERT_SIGNATURE_FAILURE":
      return "tls: failed to verify certificate: x509: certificate signed by unknown authority";
    case "CERT_HAS_EXPIRED":
      return "tls: failed to verify certificate: x509: certificate has expired or is not yet valid";
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return `tls: failed to verify certificate: x509: certificate is not valid for ${hostname}`;
    case "EPROTO":
    case "ERR_SSL_WRONG_VERSION_NUMBER":
      return "http: server gave HTTP response to HTTPS client";
    default:
      return message;
  }
}
