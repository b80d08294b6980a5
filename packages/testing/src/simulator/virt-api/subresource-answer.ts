import { ApiError } from "@kvop/core";
import { isJsonObject, type JsonObject } from "../../schema/json.js";
import type { ApiRequest, ApiResponse } from "../../api-server/api-request.js";

/** The kinds that subresource calls speak of, in the words of their errors. */
export type CalledKind = "virtualmachine" | "virtualmachineinstance";

/** 202 or 200 with an empty body. */
export function accepted(status: 200 | 202 = 202): ApiResponse {
  return { type: "text", status, body: "" };
}

/** What go-restful says to a client that does not take everything: the calls declare no content type. */
export function notAcceptable(): ApiResponse {
  return {
    type: "text",
    status: 406,
    body: "406: Not Acceptable\n\nAvailable representations: ",
  };
}

function refusal(
  code: number,
  reason: string,
  message: string,
  details?: { readonly name: string; readonly group: string; readonly kind: string },
): ApiError {
  return new ApiError(
    {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message,
      reason,
      ...(details === undefined ? {} : { details }),
      code,
    },
    { httpStatus: code },
  );
}

const detailsOf = (kind: CalledKind, name: string) => ({ name, group: "kubevirt.io", kind });

/** Refusals of virt-api's subresource calls. */
export const refuseCall = {
  notFound: (kind: CalledKind, name: string) =>
    refusal(404, "NotFound", `${kind}.kubevirt.io "${name}" not found`, detailsOf(kind, name)),
  conflict: (kind: CalledKind, name: string, why: string) =>
    refusal(
      409,
      "Conflict",
      `Operation cannot be fulfilled on ${kind}.kubevirt.io "${name}": ${why}`,
      detailsOf(kind, name),
    ),
  forbidden: (kind: CalledKind, name: string, why: string) =>
    refusal(
      403,
      "Forbidden",
      `${kind}.kubevirt.io "${name}" is forbidden: ${why}`,
      detailsOf(kind, name),
    ),
  badRequest: (message: string) => refusal(400, "BadRequest", message),
  internal: (why: string) =>
    new ApiError(
      {
        kind: "Status",
        apiVersion: "v1",
        metadata: {},
        status: "Failure",
        message: `Internal error occurred: ${why}`,
        reason: "InternalError",
        details: { causes: [{ message: why }] },
        code: 500,
      },
      { httpStatus: 500 },
    ),
  notSimulated: (call: string) =>
    refusal(
      501,
      "NotImplemented",
      `${call} is not simulated; see what the KubeVirt simulator does not do`,
    ),
} as const;

/** The options in the body of a call; an empty body has none. */
export function optionsOf({ body }: ApiRequest): JsonObject {
  if (body === undefined || body === null || body === "") return {};
  if (isJsonObject(body)) return body;
  throw refuseCall.badRequest(
    "Can not unmarshal Request body to struct, error: json: cannot unmarshal into Go value",
  );
}

/** Whether a call asks for all but the effect. */
export function isDryRun(options: JsonObject): boolean {
  return Array.isArray(options["dryRun"]) && options["dryRun"].includes("All");
}
