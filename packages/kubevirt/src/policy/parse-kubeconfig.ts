import { KubeconfigInvalidError, KubeconfigRefusedError } from "@kvop/core";

import { checkHost, isLoopbackHost, normalHost } from "./check-address.js";
import type { ClusterConnection } from "./cluster-connection.js";
import { checkCertificates, checkKeyPair, decodeBase64 } from "./decode-pem.js";
import { type KubeconfigEntries, readKubeconfigEntries, readText } from "./kubeconfig-entries.js";
import type { KubeconfigPolicy } from "./kubeconfig-policy.js";
import type { YamlMapping } from "./load-yaml.js";

const INLINE = "Put the content inline, in the field of the same name that ends in -data.";
const USE_TOKEN = "Use a client certificate or a service account's token, inline.";

/** Fields that are refused in a user, with the rule that says so. */
const REFUSED_USER_FIELDS: Readonly<Record<string, readonly [rule: string, reason: string]>> = {
  exec: ["exec", `it asks to run a program for its credentials. ${USE_TOKEN}`],
  "auth-provider": ["auth-provider", `it asks for an authentication plug-in. ${USE_TOKEN}`],
  tokenFile: ["token-file", "it names a file on this host. Put the token inline, as token."],
  "token-file": ["token-file", "it names a file on this host. Put the token inline, as token."],
  "client-certificate": ["client-certificate", `it names a file on this host. ${INLINE}`],
  "client-key": ["client-key", `it names a file on this host. ${INLINE}`],
  username: ["basic-auth", `no API server accepts passwords any more. ${USE_TOKEN}`],
  password: ["basic-auth", `no API server accepts passwords any more. ${USE_TOKEN}`],
  as: ["impersonation", "it asks to act as somebody else. Use that identity's own credentials."],
};
/** `as-uid`, `as-groups`, `as-user-extra` and whatever else comes to begin so. */
const IMPERSONATION = /^(as-|impersonate)/;

const USER_FIELDS: ReadonlySet<string> = new Set([
  "client-certificate-data",
  "client-key-data",
  "token",
  "extensions",
]);
const CLUSTER_FIELDS: ReadonlySet<string> = new Set([
  "server",
  "certificate-authority-data",
  "tls-server-name",
  // They change nothing about whom the connection is with.
  "insecure-skip-tls-verify",
  "disable-compression",
  "extensions",
]);

/**
 * Turns the kubeconfig of a Secret, which is hostile input, into a minimal connection by allow-list: server, inline CA, inline
 * client certificate and key, token and TLS server name of the current context. Nothing else is ever copied.
 *
 * @throws KubeconfigRefusedError when it asks for what is never done; `rule` names what.
 * @throws KubeconfigInvalidError when it cannot be read or lacks a part. Neither error holds a piece of the text.
 */
export function parseKubeconfig(text: string, policy: KubeconfigPolicy = {}): ClusterConnection {
  if (typeof text !== "string") throw new KubeconfigInvalidError({ problem: "it is not text" });
  const entries = readKubeconfigEntries(text);
  checkCluster(entries.cluster);
  checkUser(entries.user);
  const server = checkServer(readText(entries.cluster, "server"), policy);
  return Object.freeze({ ...readInline(entries), server });
}

/** The parts of a kubeconfig that are inline, checked; without the server. */
export function readInline(entries: KubeconfigEntries): Omit<ClusterConnection, "server"> {
  const { cluster, user } = entries;
  const caPem = readData(cluster, "certificate-authority-data");
  if (caPem !== undefined) checkCertificates("certificate-authority-data", caPem);
  const clientCertificatePem = readData(user, "client-certificate-data");
  const clientKeyPem = readData(user, "client-key-data");
  if ((clientCertificatePem === undefined) !== (clientKeyPem === undefined))
    throw invalid("a client certificate and its key are needed together");
  if (clientCertificatePem !== undefined && clientKeyPem !== undefined)
    checkKeyPair(clientCertificatePem, clientKeyPem);
  const token = readText(user, "token");
  if (token !== undefined) checkToken(token);
  const tlsServerName = readText(cluster, "tls-server-name");
  if (tlsServerName !== undefined && !/^[A-Za-z0-9._:-]{1,253}$/.test(tlsServerName))
    throw invalid("tls-server-name is not a host name");
  return { caPem, clientCertificatePem, clientKeyPem, token, tlsServerName };
}

/** A token goes into a header: whatever could end the header is refused. */
export function checkToken(token: string): void {
  if (!/^[\x21-\x7e]+$/.test(token)) throw invalid("token has characters that no token has");
}

/**
 * The server's URL as it is dialled: https (http for loopback alone, where allowed), no user information, a host that may be
 * reached. Every spelling of an address is brought to one form first.
 */
export function checkServer(server: string | undefined, policy: KubeconfigPolicy): string {
  if (server === undefined) throw invalid("the cluster's server is missing");
  const url = parseUrl(server);
  if (url.username !== "" || url.password !== "") {
    throw new KubeconfigRefusedError({
      rule: "server-userinfo",
      reason: "its server holds a user name or password. Remove it; use a token.",
    });
  }
  if (url.search !== "" || url.hash !== "")
    throw invalid("the cluster's server must have no query and no fragment");
  const host = normalHost(url);
  const isPlainLoopback =
    url.protocol === "http:" && policy.allowInsecureLoopback === true && isLoopbackHost(host);
  if (url.protocol !== "https:" && !isPlainLoopback) {
    throw new KubeconfigRefusedError({
      rule: "insecure-server",
      reason: "its server is not https. Use the API server's https address.",
    });
  }
  checkHost(host, policy);
  return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
}

function parseUrl(server: string): URL {
  try {
    // kubectl takes a server without a scheme; which one was meant would be a guess.
    return new URL(server);
  } catch {
    throw invalid("the cluster's server is not a URL such as https://host:6443");
  }
}

function checkCluster(cluster: YamlMapping): void {
  for (const [field, value] of Object.entries(cluster)) {
    if (isUnset(value)) continue;
    if (field === "certificate-authority") {
      throw new KubeconfigRefusedError({
        rule: "certificate-authority",
        reason: `it names a file on this host. ${INLINE}`,
      });
    }
    if (field === "proxy-url") {
      throw new KubeconfigRefusedError({
        rule: "proxy-url",
        reason: "it leads through a proxy. Use an address that this host can reach itself.",
      });
    }
    if (field === "insecure-skip-tls-verify" && value !== false) {
      throw new KubeconfigRefusedError({
        rule: "insecure-skip-tls-verify",
        reason:
          "it turns the check of the server's certificate off. Put the CA inline, as certificate-authority-data.",
      });
    }
    if (!CLUSTER_FIELDS.has(field)) throw unknownField("cluster");
  }
}

function checkUser(user: YamlMapping): void {
  for (const [field, value] of Object.entries(user)) {
    if (isUnset(value)) continue;
    const refused = Object.hasOwn(REFUSED_USER_FIELDS, field)
      ? REFUSED_USER_FIELDS[field]
      : IMPERSONATION.test(field)
        ? REFUSED_USER_FIELDS["as"]
        : undefined;
    if (refused !== undefined)
      throw new KubeconfigRefusedError({ rule: refused[0], reason: refused[1] });
    if (!USER_FIELDS.has(field)) throw unknownField("user");
  }
}

function unknownField(where: string): KubeconfigRefusedError {
  return new KubeconfigRefusedError({
    rule: "unknown-field",
    reason: `its ${where} has a field that is not among those that are read. Remove it.`,
  });
}

/** A field that is written but says nothing, as some tools do. */
function isUnset(value: unknown): boolean {
  return value === undefined || value === null || value === "";
}

function readData(mapping: YamlMapping, field: string): string | undefined {
  const data = readText(mapping, field);
  return data === undefined ? undefined : decodeBase64(field, data);
}

function invalid(problem: string): KubeconfigInvalidError {
  return new KubeconfigInvalidError({ problem });
}
