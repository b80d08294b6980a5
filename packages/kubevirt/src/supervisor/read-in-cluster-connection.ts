import { join } from "node:path";

import type { Clock } from "@kvop/core";

import { readAuthorities } from "../policy/check-pem.js";
import { checkToken } from "../policy/read-inline.js";
import { readTrustedFile } from "./read-trusted-file.js";
import { FILE_REFRESH_MS, type ReadSupervisor } from "./supervisor-connection.js";

/** Where kubelet puts the service account of a Pod. */
const SERVICE_ACCOUNT_FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount";

/**
 * The connection of a Pod to its own cluster, by the service account that kubelet mounts: its token and its CA rotate.
 *
 * @returns A function that reads the credentials of the moment, and throws KubeconfigInvalidError.
 */
export function readInClusterConnection(options: {
  readonly host: string;
  readonly port: string;
  readonly folder?: string | undefined;
  readonly clock: Clock;
}): ReadSupervisor {
  const { host, port, folder = SERVICE_ACCOUNT_FOLDER, clock } = options;
  const server = `https://${host.includes(":") ? `[${host}]` : host}:${port}`;
  return async () => {
    const token = await readTrustedFile("the service account's token", join(folder, "token"));
    const authorities = await readTrustedFile("the service account's CA", join(folder, "ca.crt"));
    checkToken(token.trim());
    const caPem = readAuthorities("ca.crt", authorities, clock.now());
    const connection = Object.freeze({ server, caPem, token: token.trim() });
    return { connection, refreshAfterMs: FILE_REFRESH_MS };
  };
}
