import { ApiError } from "../errors/api-error.js";
import { UnexpectedResponseError } from "../errors/unexpected-response-error.js";
import { isObject } from "./is-object.js";
import { readStatus, readWaitSeconds } from "./read-status.js";
import type { Status } from "./status.js";
import type { TransportResponse } from "./transport.js";

type Answer = Pick<TransportResponse, "status" | "headers" | "body">;

/** What an answer that is no success means to the caller. */
export function answerError(cluster: string, answer: Answer): Error {
  const { status: httpStatus, headers, body } = answer;
  if (httpStatus < 400) {
    const problem = "a redirect or an unknown status";
    return new UnexpectedResponseError({ cluster, httpStatus, problem });
  }
  const seconds = readWaitSeconds(Number(headers["retry-after"] ?? Number.NaN));
  return new ApiError(isStatus(body) ? readStatus(body) : statusOfText(answer), {
    httpStatus,
    retryAfterMs: seconds === undefined ? undefined : seconds * 1000,
    message: adviceOn(cluster, answer),
  });
}

/** What to do about answers whose own message leaves that open. */
function adviceOn(cluster: string, { status, body }: Answer): string | undefined {
  if (status === 401)
    return `Cluster "${cluster}" does not accept the credentials (401 Unauthorized). Renew the token or the client certificate in its kubeconfig.`;
  if (isStatus(body) || status < 500 || plainText(body) !== "") return undefined;
  return `Cluster "${cluster}" answered with HTTP status ${status} and no Kubernetes Status. Check that the server's address leads to an API server, and what stands before it (a proxy, a load balancer).`;
}

function isStatus(body: unknown): body is Readonly<Record<string, unknown>> {
  return isObject(body) && body["kind"] === "Status";
}

function statusOfText({ status, body }: Answer): Status {
  const text = plainText(body);
  const detail = text === "" ? "" : `: ${text}`;
  return {
    message: `The server answered with status ${status}${detail}`,
    code: status,
  };
}

/** The API server's short plain-text errors; nothing of a proxy's page, which may hold anything. */
function plainText(body: unknown): string {
  const text = typeof body === "string" && !body.includes("<") ? body.trim() : "";
  return text.length > 200 ? "" : text;
}
