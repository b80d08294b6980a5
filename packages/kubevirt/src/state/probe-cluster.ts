import { ApiError, type CallOptions, type ClusterClient, type TransportResponse } from "@kvop/core";

import { checkDiscovery, isAnswer } from "../link/check-connection.js";

/** What a probe found; a cluster that did not answer, or refused the credentials, is an error instead. */
export type ProbeResult =
  | { readonly isReady: true }
  | { readonly isReady: false; readonly error: Error };

/**
 * One small GET: `/readyz`, and where that may not be read `/version`, and where not even that, `/api`.
 *
 * @throws ApiError (Unauthorized, or of a gateway), TransportError
 */
export async function probeCluster(
  client: ClusterClient,
  options: CallOptions,
): Promise<ProbeResult> {
  try {
    await get(client, "/readyz", options);
    return { isReady: true };
  } catch (error) {
    // It answers in its own words: that it is not ready is what it says.
    if (ApiError.isInstance(error) && error.httpStatus === 500) return { isReady: false, error };
    if (!isAnswer(error)) throw error;
  }
  try {
    await get(client, "/version", options);
  } catch (error) {
    if (!isAnswer(error)) throw error;
    await checkDiscovery(client, options);
  }
  return { isReady: true };
}

function get(
  client: ClusterClient,
  path: string,
  options: CallOptions,
): Promise<TransportResponse> {
  return client.request({
    method: "GET",
    path,
    signal: options.signal,
    ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
  });
}
