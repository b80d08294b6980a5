import type { Verb } from "@kvop/core";

/** Whom an event of a transport is about. */
export interface TransportSubject {
  /** Name of the client: the config's name, or `supervisor`. */
  readonly cluster: string;
}

/** What a request was, as in RBAC. */
export interface RequestSubject extends TransportSubject {
  readonly verb: Verb;
  readonly method: string;
  /** Plural and subresource; empty for a path that is no resource. */
  readonly resource: string;
}

/** A request has ended: answered (a watch: opened), or failed. */
export interface RequestObservation extends RequestSubject {
  /** HTTP status; 0 when there was no usable answer. */
  readonly code: number;
  /** `code` of the error when there was no usable answer; `Aborted` when the caller gave up. */
  readonly failure: string | undefined;
  /** From the call to the end, waits and repetitions included. */
  readonly durationMs: number;
  /** Times it was sent again. */
  readonly retries: number;
  /** Milliseconds that it waited for the client's own rate limit. */
  readonly rateLimitedMs: number;
}

/** A request is about to be sent again. */
export interface RetryObservation extends RequestSubject {
  /** Status that is waited out, or `reset` for a kept connection that the server had closed. */
  readonly reason: 429 | 503 | 504 | "reset";
  readonly delayMs: number;
}

/** TCP and TLS were opened, or could not be. */
export interface DialObservation extends TransportSubject {
  readonly durationMs: number;
  /** What ALPN settled on; undefined when the dial failed. */
  readonly protocol: "h2" | "http/1.1" | undefined;
  /** Whether a TLS session was resumed, which saves the server's certificate and its check. */
  readonly isSessionReused: boolean;
}

/** A watch has ended after it was opened. */
export interface WatchEndObservation extends RequestSubject {
  readonly durationMs: number;
  /** `code` of the error; undefined when the server or the reader ended it. */
  readonly failure: string | undefined;
}

/** Why watches of a cluster go over HTTP/1.1, a connection each. */
export interface Http2FallbackObservation extends TransportSubject {
  /** `not-offered`: ALPN settled on HTTP/1.1; `broken`: HTTP/2 was offered and then not spoken. */
  readonly reason: "not-offered" | "broken";
}

/**
 * Is told what a transport does, for metrics. Called at the moment itself, so it must be quick; what it throws is swallowed, as
 * counting must not fail a request.
 */
export interface TransportObserver {
  onRequest?(observation: RequestObservation): void;
  onRetry?(observation: RetryObservation): void;
  onDial?(observation: DialObservation): void;
  onWatchEnd?(observation: WatchEndObservation): void;
  onHttp2Fallback?(observation: Http2FallbackObservation): void;
}

/** Tells an observer and keeps what it throws from the request that it is about. */
export function notify(tell: () => void): void {
  try {
    tell();
  } catch {
    // An observer that throws is its own affair.
  }
}
