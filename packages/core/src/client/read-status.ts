import { isObject } from "./is-object.js";
import type { Status, StatusCause } from "./status.js";

/** No server is waited for longer because it says so. */
const LONGEST_WAIT_SECONDS = 600;
/** `metav1.StatusReason` is a word in CamelCase; whatever else a server says would end up in conditions, labels and logs. */
const REASON = /^[A-Za-z]\w{0,63}$/;

/**
 * A Status of a server that may send anything: what is not of its type is left out, so that whoever reads it need not look again.
 */
export function readStatus(body: Readonly<Record<string, unknown>>): Status {
  const { reason, status, code, metadata, details } = body;
  return {
    kind: textOf(body["kind"]),
    apiVersion: textOf(body["apiVersion"]),
    metadata: isObject(metadata) ? metadata : undefined,
    status: status === "Success" || status === "Failure" ? status : undefined,
    message: textOf(body["message"]),
    reason: typeof reason === "string" && REASON.test(reason) ? reason : undefined,
    details: isObject(details) ? readDetails(details) : undefined,
    code: Number.isInteger(code) ? (code as number) : undefined,
  };
}

/** Seconds that a server asks to wait, within reason; undefined for what is no such number. */
export function readWaitSeconds(value: unknown): number | undefined {
  if (typeof value !== "number" || !Number.isFinite(value)) return undefined;
  return Math.min(Math.max(value, 0), LONGEST_WAIT_SECONDS);
}

function readDetails(details: Readonly<Record<string, unknown>>): Status["details"] {
  const { causes, retryAfterSeconds } = details;
  return {
    name: textOf(details["name"]),
    group: textOf(details["group"]),
    kind: textOf(details["kind"]),
    uid: textOf(details["uid"]),
    causes: Array.isArray(causes) ? causes.filter(isObject).map(readCause) : undefined,
    retryAfterSeconds: readWaitSeconds(retryAfterSeconds),
  };
}

function readCause(cause: Readonly<Record<string, unknown>>): StatusCause {
  const { reason, message, field } = cause;
  return { reason: textOf(reason), message: textOf(message), field: textOf(field) };
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
