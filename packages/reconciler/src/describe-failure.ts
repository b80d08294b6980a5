import {
  ClusterIdentityChangedError,
  ClusterUnavailableError,
  ApiError,
  hasErrorCode,
  KvopError,
  type MachineStatus,
  TransportError,
} from "@kvop/core";
import type { WantedCondition, WantedStatus } from "./ensure-status.js";
import { MachineBlockedError, type MachineConditionType } from "./machine-blocked-error.js";

const CONFIG_CODES: readonly string[] = [
  "AmbiguousCluster",
  "NoCluster",
  "ConfigNotFound",
  "SecretNotFound",
  "SecretKeyMissing",
  "SecretNamespaceForbidden",
  "KubeconfigInvalid",
  "KubeconfigRefused",
  "PlacementConflict",
  "PlacementUnknown",
  "DuplicateVirtualMachine",
  "InvalidName",
];

/** Phases that a failure of a step replaces: a machine that runs goes on running while something about it fails. */
const UNSETTLED_PHASES: ReadonlySet<string> = new Set(["", "Pending", "Creating", "Failed"]);

/** A failure as the status shows it, and how long until the next try by itself. */
export interface DescribedFailure {
  readonly status: WantedStatus;
  readonly retryAfterMs: number;
}

/** Which condition a failure belongs to, with what the user has to know. Pure. */
export function describeFailure(
  error: unknown,
  present: MachineStatus | undefined,
  options: { readonly isDeleting: boolean },
): DescribedFailure {
  const { type, reason, message, isWait, retryAfterMs } = classify(error);
  const conditions: WantedCondition[] = [{ type, status: "False", reason, message }];
  if (type !== "Ready") conditions.push({ type: "Ready", status: "False", reason, message });
  if (options.isDeleting)
    conditions.push({ type: "Deleting", status: "True", reason: "Waiting", message });
  const isShownAsPhase =
    type !== "ClusterReachable" &&
    !options.isDeleting &&
    UNSETTLED_PHASES.has(present?.phase ?? "");
  if (!isShownAsPhase) return { status: { fields: {}, conditions }, retryAfterMs };
  const fields = isWait
    ? { phase: "Pending", failureReason: undefined, failureMessage: undefined }
    : { phase: "Failed", failureReason: reason, failureMessage: message };
  return { status: { fields: { ...fields, provider: "kubevirt" }, conditions }, retryAfterMs };
}

interface Classified {
  readonly type: MachineConditionType;
  readonly reason: string;
  readonly message: string;
  readonly isWait: boolean;
  readonly retryAfterMs: number;
}

function classify(error: unknown): Classified {
  const message = error instanceof Error ? error.message : String(error);
  if (MachineBlockedError.isInstance(error)) {
    const { condition, reason, isWait } = error;
    return { type: condition, reason, message, isWait, retryAfterMs: isWait ? 5_000 : 30_000 };
  }
  if (CONFIG_CODES.some((code) => hasErrorCode(error, code))) {
    const { code, isRetryable } = error as KvopError;
    return {
      type: "ConfigResolved",
      reason: code,
      message,
      isWait: isRetryable,
      retryAfterMs: isRetryable ? 10_000 : 30_000,
    };
  }
  if (isUnreachable(error)) {
    const cause = ClusterUnavailableError.isInstance(error) ? error.cause : error;
    return {
      type: "ClusterReachable",
      reason: reasonOf(cause ?? error),
      // A condition has no cause to look into: it says what the last try met.
      message: cause instanceof Error ? cause.message : message,
      isWait: true,
      retryAfterMs: 15_000,
    };
  }
  const retryAfterMs = ApiError.isInstance(error) ? (error.retryAfterMs ?? 2_000) : 15_000;
  return { type: "Ready", reason: reasonOf(error), message, isWait: true, retryAfterMs };
}

/** Whether the failure says that the cluster cannot be used, as opposed to that it refuses this Machine. */
export function isUnreachable(error: unknown): boolean {
  return (
    TransportError.isInstance(error) ||
    ClusterUnavailableError.isInstance(error) ||
    ClusterIdentityChangedError.isInstance(error) ||
    (ApiError.isInstance(error) && error.httpStatus === 401)
  );
}

function reasonOf(error: unknown): string {
  if (ApiError.isInstance(error)) return error.reason;
  return KvopError.isInstance(error) ? error.code : "Error";
}
