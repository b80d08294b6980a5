import { inspect } from "node:util";

import { ConfigMap, createClusterClient, type OwnedClient, type RemoteClient } from "@kvop/core";
import { expect } from "vitest";

import { createUndiciTransport, type UndiciTransportOptions } from "../src/index.js";

/** What no error may show. */
export const TOKEN = "the-secret-token-4711";
/** Deadline of the cases that run into it. */
export const SHORT_MS = 400;

/** What a client is used for. */
export type Use = "get" | "create" | "watch";

/** A client of a server that is not to be trusted, with a cap of 256 KiB. */
export function connectTo(
  target: { readonly url: string; readonly caPem: string },
  options: Partial<UndiciTransportOptions> = {},
): OwnedClient<RemoteClient> {
  const transport = createUndiciTransport(
    { server: target.url, caPem: target.caPem, token: TOKEN },
    { name: "east", maxResponseBytes: 256 * 1024, ...options },
  );
  return createClusterClient(transport, { role: "cluster", name: "east" });
}

/** The error of a use of the client; the server has no socket left, and nothing of the token shows. */
export async function failureOf(
  client: RemoteClient,
  use: Use,
  timeoutMs: number,
): Promise<unknown> {
  const key = { namespace: "default", name: "a" };
  const call = async (): Promise<unknown> => {
    if (use === "get") return client.get(ConfigMap, key, { timeoutMs });
    if (use === "create") return client.create(ConfigMap, { metadata: key }, { timeoutMs });
    const seen: unknown[] = [];
    for await (const event of client.watch(ConfigMap, { timeoutMs })) seen.push(event);
    return seen;
  };
  const error: unknown = await call().then(
    (value) => ({ value }),
    (reason: unknown) => reason,
  );
  expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(TOKEN);
  return error;
}

/**
 * As `failureOf`, for a fault that ends in the deadline when one is expected: on a busy machine a short one may pass while the
 * connection is still made, so it is doubled until it passes where it should.
 */
export async function expectFailure(
  client: RemoteClient,
  use: Use,
  expected: { readonly code: string; readonly phase?: string },
): Promise<void> {
  if (expected.code !== "DeadlineExceeded") {
    expect(await failureOf(client, use, 30_000)).toMatchObject(expected);
    return;
  }
  for (let timeoutMs = SHORT_MS; ; timeoutMs *= 2) {
    const error = await failureOf(client, use, timeoutMs);
    const { phase } = error as { readonly phase?: string };
    if (phase === expected.phase || timeoutMs > 10_000) {
      expect(error).toMatchObject(expected);
      return;
    }
  }
}
