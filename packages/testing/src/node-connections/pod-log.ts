import { objectAt, textAt } from "../admission/json-access.js";
import type { ApiRequest, ApiResponse } from "../api-server/api-request.js";
import { refuse } from "../api-server/refusal.js";
import { type FieldError, forbidden, invalid, notSupported } from "../schema/field-error.js";
import { goQuote } from "../schema/go-format.js";
import type { JsonObject } from "../schema/json.js";
import type { ObjectStore } from "../store/object-store.js";
import { kubeletAddress } from "./kubelet-address.js";
import { containerOf } from "./pod-container.js";

const INTEGERS = ["sinceSeconds", "tailLines", "limitBytes"] as const;
/** In the order in which the real server passes them on. */
const PASSED_ON = [
  "follow",
  "insecureSkipTLSVerifyBackend",
  "limitBytes",
  "previous",
  "sinceSeconds",
  "sinceTime",
  "stream",
  "tailLines",
  "timestamps",
];

/** Answers `pods/x/log` as a server does whose nodes do not answer; a Pod that is on none has an empty log. */
export function answerPodLog(
  { query }: ApiRequest,
  pod: JsonObject,
  store: ObjectStore,
): ApiResponse {
  const { namespace, name } = pod["metadata"] as { namespace: string; name: string };
  const errors = optionErrors(query);
  if (errors.length > 0) {
    throw refuse.invalid({ group: "", plural: "", kind: "PodLogOptions" }, name, errors);
  }
  const container = containerOf(pod, query.get("container") ?? "");
  const node = textAt(objectAt(pod, "spec"), "nodeName");
  if (node === "") return { type: "text", status: 204, body: "", contentType: "" };
  const address = kubeletAddress(node, "pods", store);
  const passed = new URLSearchParams(
    PASSED_ON.flatMap((key) => {
      const value = query.get(key);
      return value === null ? [] : [[key, value] as [string, string]];
    }),
  ).toString();
  const url = `https://${address}/containerLogs/${namespace}/${name}/${container}${passed === "" ? "" : `?${passed}`}`;
  throw refuse.internal(`Get ${goQuote(url)}: dial tcp ${address}: connect: connection refused`);
}

function optionErrors(query: URLSearchParams): FieldError[] {
  const errors: FieldError[] = [];
  const numbers = Object.fromEntries(
    INTEGERS.map((key) => [key, integerOf(query.get(key))]),
  ) as Record<(typeof INTEGERS)[number], number | undefined>;
  const { tailLines, limitBytes, sinceSeconds } = numbers;
  if (tailLines !== undefined && tailLines < 0)
    errors.push(invalid("tailLines", tailLines, "must be greater than or equal to 0"));
  if (limitBytes !== undefined && limitBytes < 1)
    errors.push(invalid("limitBytes", limitBytes, "must be greater than 0"));
  if (sinceSeconds !== undefined && query.get("sinceTime") !== null) {
    errors.push(forbidden("[]", "at most one of `sinceTime` or `sinceSeconds` may be specified"));
  } else if (sinceSeconds !== undefined && sinceSeconds < 1) {
    errors.push(invalid("sinceSeconds", sinceSeconds, "must be greater than 0"));
  }
  const stream = query.get("stream");
  if (stream !== null && !["All", "Stdout", "Stderr"].includes(stream))
    errors.push(notSupported("stream", stream, ["All", "Stderr", "Stdout"]));
  return errors;
}

function integerOf(text: string | null): number | undefined {
  if (text === null) return undefined;
  if (!/^[+-]?\d+$/.test(text))
    throw refuse.badRequest(`strconv.ParseInt: parsing ${goQuote(text)}: invalid syntax`);
  return Number(text);
}
