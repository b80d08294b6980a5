import { UnexpectedResponseError } from "@kvop/core";

/**
 * The body of an answer by its content type: JSON parsed, plain text as a string, nothing as undefined.
 *
 * @throws UnexpectedResponseError for HTML and whatever else no API server sends. Pages of a proxy with a status of 5xx are
 *   given back as text, as the status says enough; with any other they must not be taken for the API server's word (a 404 of a
 *   login page does not mean that an object is gone).
 */
export function parseBody(
  bytes: Buffer,
  answer: { readonly status: number; readonly contentType: string; readonly cluster: string },
): unknown {
  if (bytes.length === 0) return undefined;
  const { status, contentType, cluster } = answer;
  const unexpected = (problem: string): UnexpectedResponseError =>
    new UnexpectedResponseError({ cluster, httpStatus: status, problem });
  if (/^application\/([\w.-]+\+)?json\b/i.test(contentType)) {
    try {
      return JSON.parse(bytes.toString("utf8")) as unknown;
    } catch {
      throw unexpected("its JSON cannot be read");
    }
  }
  if (/^text\/plain\b/i.test(contentType)) return bytes.toString("utf8");
  if (status >= 500) return bytes.toString("utf8");
  if (/html/i.test(contentType)) throw unexpected("an HTML page");
  throw unexpected("neither JSON nor plain text");
}
