import { isUtf8 } from "node:buffer";

import { UnexpectedResponseError } from "@kvop/core";

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
  const text = textOf(bytes, answer);
  if (/^application\/([\w.-]+\+)?json\b/i.test(contentType)) {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      throw unexpected("its JSON cannot be read");
    }
  }
  if (/^text\/plain\b/i.test(contentType)) return text;
  if (status >= 500) return text;
  if (/html/i.test(contentType)) throw unexpected("an HTML page");
  throw unexpected("neither JSON nor plain text");
}

function textOf(bytes: Buffer, { status, secret }: AnswerHead): string {
  const text = bytes.toString("utf8");
  return status < 400 || secret === undefined ? text : text.replaceAll(secret, "[redacted]");
}
