import type { Status } from "@kvop/core";
import type { ApiResponse } from "../api-server/api-request.js";
import type { FilteredRequest } from "../records/request-filter.js";

/** What an answer made up by a fault says, where it differs from what a real server says with that status. */
export interface FaultAnswer {
  /** `metav1.StatusReason`. Default: the usual one of the status. */
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
  /** Sent as `Retry-After` and in the details. Default: 1 for 429, else none. */
  readonly retryAfterSeconds?: number | undefined;
  readonly details?: Status["details"];
  /** A text in place of a `Status`: the error page of a proxy. */
  readonly body?: string | undefined;
}

type Words = readonly [reason: string, message: (request: FilteredRequest) => string];

const WORDS: Readonly<Record<number, Words>> = {
  400: ["BadRequest", () => "the server rejected our request for an unknown reason"],
  401: ["Unauthorized", () => "Unauthorized"],
  403: [
    "Forbidden",
    (request) =>
      `${qualified(request)} ${JSON.stringify(request.name)} is forbidden: User ${JSON.stringify(request.user)} cannot ${request.verb} resource ${JSON.stringify(request.resource)} in API group ${JSON.stringify(request.group)}`,
  ],
  404: ["NotFound", (request) => `${qualified(request)} ${JSON.stringify(request.name)} not found`],
  409: [
    "Conflict",
    (request) =>
      `Operation cannot be fulfilled on ${qualified(request)} ${JSON.stringify(request.name)}: the object has been modified; please apply your changes to the latest version and try again`,
  ],
  410: ["Expired", () => "The resourceVersion for the provided list is too old."],
  429: ["TooManyRequests", () => "Too many requests, please try again later."],
  500: ["InternalError", () => "Internal error occurred: etcdserver: leader changed"],
  503: ["ServiceUnavailable", () => "the server is currently unable to handle the request"],
  504: [
    "Timeout",
    () => "Timeout: request did not complete within requested timeout - context deadline exceeded",
  ],
};

/** The 409 of a request to create. */
const ALREADY_EXISTS: Words = [
  "AlreadyExists",
  (request) => `${qualified(request)} ${JSON.stringify(request.name)} already exists`,
];

/** The answer of a real server that refuses this request with this status. */
export function faultAnswer(
  status: number,
  request: FilteredRequest,
  said: FaultAnswer,
): ApiResponse {
  if (said.body !== undefined) return { type: "text", status, body: said.body };
  const words = status === 409 && request.verb === "create" ? ALREADY_EXISTS : WORDS[status];
  const [reason, message] = words ?? ["", () => `the server answered ${status}`];
  const retryAfterSeconds = said.retryAfterSeconds ?? (status === 429 ? 1 : undefined);
  const { name, group, resource } = request;
  const body: Status = {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message: said.message ?? message(request),
    reason: said.reason ?? reason,
    details: {
      ...(name === "" ? {} : { name }),
      ...(group === "" ? {} : { group }),
      ...(resource.startsWith("/") ? {} : { kind: resource }),
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
      ...said.details,
    },
    code: status,
  };
  return {
    type: "json",
    status,
    body: body as never,
    headers: retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) },
  };
}

function qualified({ group, resource }: FilteredRequest): string {
  return group === "" ? resource : `${resource}.${group}`;
}
