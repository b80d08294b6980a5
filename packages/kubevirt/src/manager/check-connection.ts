import { type CallOptions, type ClusterClient, UnexpectedResponseError } from "@kvop/core";

/**
 * Sends one small request that a real API server answers to authenticated users alone (`/api`, ClusterRole `system:discovery`),
 * so that a wrong CA, a wrong token and a server that is none are found at once.
 *
 * @throws ApiError, TransportError
 */
export async function checkConnection(client: ClusterClient, options: CallOptions): Promise<void> {
  const { status, body } = await client.request({
    method: "GET",
    path: "/api",
    signal: options.signal,
    ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
  });
  const { kind } = (body ?? {}) as { kind?: unknown };
  if (typeof kind === "string" && kind.startsWith("API")) return;
  throw new UnexpectedResponseError({
    cluster: client.name,
    httpStatus: status,
    problem: "no list of API versions at /api",
  });
}
