import { goDurationProblem } from "../protobuf/go-duration.js";
import type { ApiRequest } from "./api-request.js";
import { isTrue } from "./query-values.js";
import { refuse } from "./refusal.js";
import type { ResourcePath } from "./resource-request-path.js";

const LONG_SUBRESOURCES = /^(proxy(\/.*)?|log|exec|attach|portforward)$/s;

/** The `timeout` of a request has to be a duration, whatever it asks for; one that may last is never asked. */
export function checkTimeout({ method, query }: ApiRequest, path: ResourcePath | undefined): void {
  const timeout = query.get("timeout") ?? "";
  if (timeout === "") return;
  const isWatch =
    path?.isWatch === true || (isTrue(query.get("watch")) && path?.name === undefined);
  const isLong =
    path !== undefined &&
    ((method === "GET" && isWatch) || LONG_SUBRESOURCES.test(path.subresource));
  const problem = isLong ? undefined : goDurationProblem(timeout);
  if (problem !== undefined)
    throw refuse.badRequest(`invalid timeout specified in the request URL - ${problem}`);
}
