/** One cause in the details of a {@link Status} (`metav1.StatusCause`). */
export interface StatusCause {
  reason?: string | undefined;
  message?: string | undefined;
  field?: string | undefined;
}

/** What a Kubernetes API server answers when a request fails (`metav1.Status`). */
export interface Status {
  kind?: string | undefined;
  apiVersion?: string | undefined;
  metadata?: object | undefined;
  status?: "Success" | "Failure" | undefined;
  message?: string | undefined;
  reason?: string | undefined;
  details?:
    | {
        name?: string | undefined;
        group?: string | undefined;
        kind?: string | undefined;
        uid?: string | undefined;
        causes?: StatusCause[] | undefined;
        retryAfterSeconds?: number | undefined;
      }
    | undefined;
  code?: number | undefined;
}
