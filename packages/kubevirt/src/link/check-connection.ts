import {
  ApiError,
  type CallOptions,
  type ClusterClient,
  Namespace,
  UnexpectedResponseError,
  yieldToEventLoop,
} from "@kvop/core";

/**
 * Sends one small request that a real API server answers to authenticated users alone, so that a wrong CA, a wrong token and
 * a server that is none are found at once. Where it may be read that is the Namespace `kube-system`, whose UID is the
 * identity of the cluster; else `/api` (ClusterRole `system:discovery`).
 *
 * @returns the cluster's identity, where it may be read
 * @throws ApiError, TransportError
 */
export async function checkConnection(
  client: ClusterClient,
  options: CallOptions,
): Promise<string | undefined> {
  try {
    const namespace = await client.get(Namespace, { name: "kube-system" }, options);
    const { uid } = namespace.metadata ?? {};
    if (typeof uid === "string" && uid !== "") return uid;
  } catch (error) {
    if (!isAnswer(error)) throw error;
  }
  // A pool has its connection back one turn later; asked sooner, it would open a second one.
  await yieldToEventLoop();
  await checkDiscovery(client, options);
  return undefined;
}

/** Asks for the list of API versions. */
export async function checkDiscovery(client: ClusterClient, options: CallOptions): Promise<void> {
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

/** An answer that says nothing about the connection: the object may not be read, or is not there. */
export function isAnswer(error: unknown): boolean {
  return ApiError.isInstance(error) && (error.httpStatus === 403 || error.httpStatus === 404);
}
