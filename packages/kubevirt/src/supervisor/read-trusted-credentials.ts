import { type Clock } from "@kvop/core";

import { readAuthorities, readKeyPair } from "../policy/check-pem.js";
import type { ClusterConnection } from "../policy/cluster-connection.js";
import { decodeBase64 } from "../policy/decode-base64.js";
import { invalid } from "../policy/kubeconfig-failure.js";
import { type KubeconfigEntries, readText } from "../policy/kubeconfig-entries.js";
import type { YamlMapping } from "../policy/load-yaml.js";
import { checkToken, readInline } from "../policy/read-inline.js";
import { readExecPlugin, runExecPlugin } from "./exec-plugin.js";
import { readTrustedFile } from "./read-trusted-file.js";
import { FILE_REFRESH_MS, type SupervisorConnection } from "./supervisor-connection.js";
import { FILE_FIELDS } from "./trusted-documents.js";

/** Programs that do not say when their credentials expire are asked again after it. */
const EXEC_REFRESH_MS = 10 * 60_000;
/** Time between a new reading and the end of the old one's validity. */
const EXPIRY_MARGIN_MS = 60_000;
const SHORTEST_REFRESH_MS = 5000;

/**
 * The connection of the moment by the owner's own kubeconfig: what is inline wins over a file, but for the token, and both win over a
 * program, as in client-go.
 *
 * @throws KubeconfigInvalidError, KubeconfigRefusedError
 */
export async function readTrustedCredentials(
  entries: KubeconfigEntries,
  server: string,
  clock: Clock,
): Promise<SupervisorConnection> {
  const connection = { ...(await readStored(entries, clock.now())), server };
  const plugin = readExecPlugin(entries.user);
  const isComplete =
    connection.token !== undefined || connection.clientCertificatePem !== undefined;
  if (plugin === undefined || isComplete) {
    const refreshAfterMs = namesFiles(entries) ? FILE_REFRESH_MS : undefined;
    return { connection: Object.freeze(connection), refreshAfterMs };
  }
  const { caPem, tlsServerName } = connection;
  const given = await runExecPlugin(plugin, { server, caPem, tlsServerName }, clock);
  const { token, clientCertificate, clientKey, expiresAtMs } = given;
  if (token !== undefined) checkToken(token);
  const pair =
    clientCertificate === undefined || clientKey === undefined
      ? {}
      : readKeyPair(clientCertificate, clientKey, clock.now());
  const untilExpiryMs =
    expiresAtMs === undefined ? EXEC_REFRESH_MS : expiresAtMs - clock.now() - EXPIRY_MARGIN_MS;
  return {
    connection: Object.freeze({ ...connection, ...pair, token }),
    refreshAfterMs: Math.max(untilExpiryMs, SHORTEST_REFRESH_MS),
  };
}

async function readStored(
  { cluster, user }: KubeconfigEntries,
  nowMs: number,
): Promise<Omit<ClusterConnection, "server">> {
  const tokenFile = readText(user, "tokenFile");
  // One after the other, so that of several missing files it is always the same that is told.
  const authorities = await readDataOrFile(cluster, "certificate-authority-data");
  const certificate = await readDataOrFile(user, "client-certificate-data");
  const key = await readDataOrFile(user, "client-key-data");
  const token = tokenFile === undefined ? undefined : await readTrustedFile("tokenFile", tokenFile);
  if (token !== undefined) checkToken(token.trim());
  if ((certificate === undefined) !== (key === undefined))
    throw invalid("key-pair", "a client certificate and its key are needed together");
  const rest = readInline({ cluster: without(cluster), user: without(user) }, nowMs);
  return {
    ...rest,
    ...(authorities === undefined
      ? {}
      : { caPem: readAuthorities("certificate-authority", authorities, nowMs) }),
    ...(certificate === undefined || key === undefined ? {} : readKeyPair(certificate, key, nowMs)),
    ...(token === undefined ? {} : { token: token.trim() }),
  };
}

async function readDataOrFile(
  mapping: YamlMapping,
  field: keyof typeof FILE_FIELDS,
): Promise<string | undefined> {
  const data = readText(mapping, field, "base64");
  if (data !== undefined) return decodeBase64(field, data);
  const path = readText(mapping, FILE_FIELDS[field]);
  return path === undefined ? undefined : readTrustedFile(FILE_FIELDS[field], path);
}

/** The mapping without what is read here. */
function without(mapping: YamlMapping): YamlMapping {
  return Object.fromEntries(
    Object.entries(mapping).filter(([field]) => !Object.hasOwn(FILE_FIELDS, field)),
  );
}

function namesFiles({ cluster, user }: KubeconfigEntries): boolean {
  const fields = Object.values(FILE_FIELDS).flatMap((field) => [
    readText(cluster, field),
    readText(user, field),
  ]);
  return [readText(user, "tokenFile"), ...fields].some((path) => path !== undefined);
}
