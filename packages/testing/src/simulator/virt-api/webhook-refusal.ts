import { ApiError, type StatusCause } from "@kvop/core";

/** One reason why a webhook of virt-api refuses. */
export interface WebhookCause {
  readonly message: string;
  readonly field?: string | undefined;
  readonly reason?:
    | "FieldValueInvalid"
    | "FieldValueRequired"
    | "FieldValueNotFound"
    | "FieldValueNotSupported"
    | "FieldValueDuplicate"
    | "FieldValueForbidden"
    | undefined;
}

const cause =
  (reason: WebhookCause["reason"]) =>
  (message: string, field: string): WebhookCause => ({ reason, message, field });

export const invalid = cause("FieldValueInvalid");
export const required = cause("FieldValueRequired");
export const notSupported = cause("FieldValueNotSupported");
export const duplicate = cause("FieldValueDuplicate");

/** The answer of a webhook that found causes: 422, with all their messages in one. */
export function refuseForCauses(webhook: string, causes: readonly WebhookCause[]): ApiError {
  const message = causes.map((cause) => cause.message).join(", ");
  return new ApiError(
    {
      ...failure(webhook, message),
      reason: "Invalid",
      details: {
        causes: causes.map(({ message: text, field, reason }): StatusCause => ({
          ...(reason === undefined ? {} : { reason }),
          message: text,
          ...(field === undefined ? {} : { field }),
        })),
      },
      code: 422,
    },
    { httpStatus: 422 },
  );
}

/** The answer of a webhook that could not read the object: 400, without a reason. */
export function refuseUnreadable(webhook: string, message: string): ApiError {
  return new ApiError({ ...failure(webhook, message), code: 400 }, { httpStatus: 400 });
}

/** The answer of a webhook that lets nothing happen at the moment: 429, without a reason. */
export function refuseForNow(webhook: string, message: string): ApiError {
  return new ApiError({ ...failure(webhook, message), code: 429 }, { httpStatus: 429 });
}

function failure(webhook: string, message: string) {
  return {
    kind: "Status" as const,
    apiVersion: "v1" as const,
    metadata: {},
    status: "Failure" as const,
    message: `admission webhook "${webhook}.kubevirt.io" denied the request: ${message}`,
  };
}
