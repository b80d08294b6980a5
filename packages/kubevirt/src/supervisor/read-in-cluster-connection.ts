import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { KubeconfigInvalidError } from "@kvop/core";

import { readAuthorities } from "../policy/check-pem.js";
import { checkToken } from "../policy/read-inline.js";
import type { SupervisorConnection } from "./supervisor-connection.js";

/** Where kubelet puts the service account of a Pod. */
export const SERVICE_ACCOUNT_FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount";

/**
 * The connection of a Pod to its own cluster, by the service account that kubelet mounts.
 *
 * @throws KubeconfigInvalidError
 */
export async function readInClusterConnection(options: {
  readonly host: string;
  readonly port: string;
  readonly folder?: string | undefined;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}): Promise<SupervisorConnection> {
  const { host, port, folder = SERVICE_ACCOUNT_FOLDER } = options;
  const tokenFile = join(folder, "token");
  const [token, caPem] = await Promise.all(
    [tokenFile, join(folder, "ca.crt")].map(async (path) => {
      try {
        return (await readFile(path, "utf8")).trim();
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
        throw new KubeconfigInvalidError({
          problem: `the service account's file ${path} cannot be read (${code})`,
        });
      }
    }),
  );
  const authorities = readAuthorities("ca.crt", caPem ?? "", options.nowMs);
  if (token !== undefined) checkToken(token);
  const server = `https://${host.includes(":") ? `[${host}]` : host}:${port}`;
  return { connection: Object.freeze({ server, caPem: authorities, token }), tokenFile };
}
