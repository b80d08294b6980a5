import { ApiError, isForbidden, isGone, isInvalid } from "../errors/api-error.js";
import { DeadlineExceededError } from "../errors/deadline-exceeded-error.js";

/** The server no longer has the version, or does not have it yet (it was restored from a backup): only a list helps. */
export function isVersionLost(error: unknown): boolean {
  return isGone(error) || isVersionTooLarge(error);
}

/** The server takes the version for none: from there no watch will ever begin. */
export function isVersionRefused(error: unknown): boolean {
  return isInvalid(error) || hasReason(error, "BadRequest");
}

/** The identity may not watch, or the API cannot be watched: reading again from time to time is all there is. */
export function isWatchRefused(error: unknown): boolean {
  return isForbidden(error) || hasReason(error, "MethodNotAllowed");
}

/** The server does not know `sendInitialEvents` (before 1.32, or with the feature off): it says so, or never ends the list. */
export function isStreamingListRefused(error: unknown): boolean {
  const hasNoEnd = DeadlineExceededError.isInstance(error) && error.phase === "watch";
  return isVersionRefused(error) || hasNoEnd;
}

function isVersionTooLarge(error: unknown): boolean {
  return (
    ApiError.isInstance(error) &&
    (error.status.details?.causes?.some(({ reason }) => reason === "ResourceVersionTooLarge") ??
      false)
  );
}

function hasReason(error: unknown, reason: string): boolean {
  return ApiError.isInstance(error) && error.reason === reason;
}
