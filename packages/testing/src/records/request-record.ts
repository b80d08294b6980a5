import type { RequestAttributes } from "./request-attributes.js";

/** One request as the server saw it. It holds no header and no body, so no credential. */
export interface RequestRecord extends RequestAttributes {
  /** Counts the requests of this server, from 1, in the order in which they came. */
  readonly id: number;
  /** Whom the request acts as; empty when it was refused before that was known. */
  readonly user: string;
  readonly userAgent: string;
  readonly door: "https" | "in-process";
  /** Milliseconds since 1970 when it came, by the clock of the server. */
  readonly receivedAtMs: number;
  /** HTTP status of the answer; 0 while there is none, and for good when none was sent. */
  readonly status: number;
  /** From the arrival to the beginning of the answer, by the clock of the server; undefined while there is none. */
  readonly ms: number | undefined;
  /**
   * Bytes of the answer's body so far; over HTTPS, a watch goes on counting. Undefined in process, where nothing is encoded,
   * unless the server `measuresBodies`, and for watches there.
   */
  readonly bytes: number | undefined;
  /** Whether the answer has left or been given up: false for a watch that is open and for a request that waits. */
  readonly ended: boolean;
}
