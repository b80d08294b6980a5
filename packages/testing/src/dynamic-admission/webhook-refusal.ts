import { ApiError, type Status } from "@kvop/core";
import { numberAt, textAt } from "../admission/json-access.js";
import { refuse } from "../api-server/refusal.js";
import type { JsonObject } from "../schema/json.js";

/** What a webhook that denies makes of a request: the status that it gave, in the server's words. */
export function deniedBy(name: string, status: JsonObject): ApiError {
  const given = numberAt(status, "code") ?? 0;
  const code = given >= 400 && given < 600 ? given : 400;
  const message = textAt(status, "message");
  const reason = textAt(status, "reason");
  const denied = `admission webhook ${JSON.stringify(name)} denied the request`;
  const why = message === "" ? reason : message;
  return new ApiError(
    {
      ...status,
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message: why === "" ? `${denied} without explanation` : `${denied}: ${why}`,
      code,
    } as Status,
    { httpStatus: code },
  );
}

/** A webhook that counts could not be called. */
export const notCalled = (name: string, why: string): ApiError =>
  refuse.internalError(`failed calling webhook ${JSON.stringify(name)}: ${why}`);
