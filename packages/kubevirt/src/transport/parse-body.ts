import { isUtf8 } from "node:buffer";

import { UnexpectedResponseError } from "@kvop/core";

import { parseRedacted, redact } from "./redact.js";

/** What is known of an answer before its body. */
export interface AnswerHead {
  readonly status: number;
  readonly contentType: string;
  /** Name of the client, for errors. */
  readonly cluster: string;
  /** Must not come back in the text of a failure: what a hostile server repeats would end up in a log. */
  readonly secret?: string | undefined;
}

/**
 * The body of an answer by its content type: JSON parsed, plain text as a string, nothing as undefined.
 *
 * @throws UnexpectedResponseError for HTML and whatever else no API server sends. Pages of a proxy with a status of 5xx are
 *   given back as text, as the status says enough; with any other they must not be taken for the API server's word (a 404 of a
 *   login page does not mean that an object is gone).
 */
export function parseBody(bytes: Buffer, answer: AnswerHead): unknown {
  if (bytes.length === 0) return undefined;
  const { status, contentType, cluster } = answer;
  const unexpected = (problem: string): UnexpectedResponseError =>
    new UnexpectedResponseError({ cluster, httpStatus: status, problem });
  if (!isUtf8(bytes)) throw unexpected("its body is no UTF-8");
  const text = bytes.toString("utf8");
  const secret = status < 400 ? undefined : answer.secret;
  if (/^application\/([\w.-]+\+)?json\b/i.test(contentType)) {
    try {
      return parseRedacted(text, secret);
    } catch {
      throw unexpected("its JSON cannot be read");
    }
  }
  if (/^text\/plain\b/i.test(contentType) || status >= 500) return redact(text, secret);
  if (/html/i.test(contentType)) throw unexpected("an HTML page");
  throw unexpected("neither JSON nor plain text");
}
