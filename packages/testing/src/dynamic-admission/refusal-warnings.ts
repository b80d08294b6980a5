import { ApiError } from "@kvop/core";

const told = new WeakMap<ApiError, readonly string[]>();

/** Runs what may refuse: what was remarked until then goes along with the refusal. */
export function withWarnings<T>(remarks: readonly string[], run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (ApiError.isInstance(error) && remarks.length > 0) told.set(error, [...remarks]);
    throw error;
  }
}

/** The `Warning` header of a refusal; undefined when there is nothing to warn of. */
export function warningOf(error: ApiError): string | undefined {
  return told
    .get(error)
    ?.map((text) => `299 - ${JSON.stringify(text)}`)
    .join(", ");
}
