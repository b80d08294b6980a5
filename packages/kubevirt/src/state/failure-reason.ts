import {
  ApiError,
  ClusterIdentityChangedError,
  isForbidden,
  isUnauthorized,
  KubeconfigInvalidError,
  KubeconfigRefusedError,
  KvopError,
  SecretKeyMissingError,
  SecretNamespaceForbiddenError,
  SecretNotFoundError,
  InvalidNameError,
  TlsFailedError,
} from "@kvop/core";

/** A word for a failure: the code of kvop's errors, the reason of an API server's. */
export function failureReason(error: unknown): string {
  if (ApiError.isInstance(error)) return error.reason;
  if (KvopError.isInstance(error)) return error.code;
  return error instanceof Error ? error.name : "Unknown";
}

/**
 * Whether trying again is of no use before somebody changes something: the cluster refuses the credentials, or the config, its
 * Secret or the kubeconfig in it is not accepted.
 */
export function isRefusal(error: unknown): boolean {
  return (
    isUnauthorized(error) ||
    isForbidden(error) ||
    [
      TlsFailedError,
      ClusterIdentityChangedError,
      KubeconfigInvalidError,
      KubeconfigRefusedError,
      SecretNotFoundError,
      SecretKeyMissingError,
      SecretNamespaceForbiddenError,
      InvalidNameError,
    ].some((type) => type.isInstance(error))
  );
}

/** The server itself failed, or does not let anybody in: nothing that is wrong with what was asked for. */
export function isServerFailure(error: unknown): boolean {
  return (
    ApiError.isInstance(error) && (error.httpStatus >= 500 || [401, 429].includes(error.httpStatus))
  );
}
