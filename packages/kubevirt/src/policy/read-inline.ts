import { isIP } from "node:net";

import { readAuthorities, readKeyPair, type KeyPair } from "./check-pem.js";
import type { ClusterConnection } from "./cluster-connection.js";
import { decodeBase64 } from "./decode-base64.js";
import { type KubeconfigEntries, readText } from "./kubeconfig-entries.js";
import { invalid } from "./kubeconfig-failure.js";
import type { YamlMapping } from "./load-yaml.js";

/**
 * The parts of a kubeconfig that are inline, checked; without the server.
 *
 * @param nowMs Milliseconds since 1970.
 * @throws KubeconfigInvalidError
 */
export function readInline(
  entries: KubeconfigEntries,
  nowMs: number,
): Omit<ClusterConnection, "server"> {
  const { cluster, user } = entries;
  const authorities = readData(cluster, "certificate-authority-data");
  const token = readText(user, "token", "token");
  if (token !== undefined) checkToken(token);
  const tlsServerName = readText(cluster, "tls-server-name", "tls-server-name");
  if (tlsServerName !== undefined && !isHostName(tlsServerName))
    throw invalid("tls-server-name", "tls-server-name is not a host name");
  const pair = readPair(user, nowMs);
  return {
    caPem:
      authorities === undefined
        ? undefined
        : readAuthorities("certificate-authority-data", authorities, nowMs),
    clientCertificatePem: pair?.clientCertificatePem,
    clientKeyPem: pair?.clientKeyPem,
    token,
    tlsServerName,
  };
}

/**
 * A token goes into a header: whatever could end the header is refused.
 *
 * @throws KubeconfigInvalidError (rule `token`)
 */
export function checkToken(token: string): void {
  if (!/^[\x21-\x7e]+$/.test(token))
    throw invalid("token", "token has characters that no token has");
}

function readPair(user: YamlMapping, nowMs: number): KeyPair | undefined {
  const certificate = readData(user, "client-certificate-data");
  const key = readData(user, "client-key-data");
  if (certificate === undefined && key === undefined) return undefined;
  if (certificate === undefined || key === undefined)
    throw invalid("key-pair", "a client certificate and its key are needed together");
  return readKeyPair(certificate, key, nowMs);
}

function readData(mapping: YamlMapping, field: string): string | undefined {
  const data = readText(mapping, field, "base64");
  return data === undefined ? undefined : decodeBase64(field, data);
}

function isHostName(text: string): boolean {
  if (isIP(text) !== 0) return true;
  return text.length <= 253 && /^[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(text);
}
