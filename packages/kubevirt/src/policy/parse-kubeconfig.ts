import { type Clock, systemClock } from "@kvop/core";

import { checkServer } from "./check-server.js";
import type { ClusterConnection } from "./cluster-connection.js";
import { invalid, refused } from "./kubeconfig-failure.js";
import { readKubeconfigEntries, readText } from "./kubeconfig-entries.js";
import type { KubeconfigPolicy } from "./kubeconfig-policy.js";
import type { KubeconfigRule } from "./kubeconfig-rules.js";
import type { YamlMapping } from "./load-yaml.js";
import { readInline } from "./read-inline.js";

const INLINE = "Put the content inline, in the field of the same name that ends in -data.";
const USE_TOKEN = "Use a client certificate or a service account's token, inline.";
const FILE = "it names a file on this host.";
const BASIC_AUTH = `no API server accepts passwords any more. ${USE_TOKEN}`;

type Refusals = Readonly<Record<string, readonly [rule: KubeconfigRule, reason: string]>>;

/** Fields that are refused in a user, with the rule that says so. */
const REFUSED_USER_FIELDS: Refusals = {
  exec: ["exec", `it asks to run a program for its credentials. ${USE_TOKEN}`],
  "auth-provider": ["auth-provider", `it asks for an authentication plug-in. ${USE_TOKEN}`],
  tokenFile: ["token-file", `${FILE} Put the token inline, as token.`],
  "token-file": ["token-file", `${FILE} Put the token inline, as token.`],
  "client-certificate": ["client-certificate", `${FILE} ${INLINE}`],
  "client-key": ["client-key", `${FILE} ${INLINE}`],
  username: ["basic-auth", BASIC_AUTH],
  password: ["basic-auth", BASIC_AUTH],
  as: ["impersonation", "it asks to act as somebody else. Use that identity's own credentials."],
};
/** Fields that are refused in a cluster. */
const REFUSED_CLUSTER_FIELDS: Refusals = {
  "certificate-authority": ["certificate-authority", `${FILE} ${INLINE}`],
  "proxy-url": [
    "proxy-url",
    "it leads through a proxy. Use an address that this host can reach itself.",
  ],
  "insecure-skip-tls-verify": [
    "insecure-skip-tls-verify",
    "it turns the check of the server's certificate off. Put the CA inline, as certificate-authority-data.",
  ],
};
/** `as-uid`, `as-groups`, `as-user-extra` and whatever else comes to begin so. */
const IMPERSONATION = /^(as-|impersonate)/i;

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
  // It changes nothing about whom the connection is with.
  "disable-compression",
  "extensions",
]);

/** Settings of {@link parseKubeconfig}. */
export interface ParseKubeconfigOptions {
  /** Tells whether certificates are valid. Default: the machine's. */
  readonly clock?: Clock | undefined;
}

/**
 * Turns the kubeconfig of a Secret, which is hostile input, into a minimal connection by allow-list: server, inline CA, inline
 * client certificate and key, token and TLS server name of the current context. Nothing else is ever copied.
 *
 * @throws KubeconfigRefusedError when it asks for what is never done.
 * @throws KubeconfigInvalidError when it cannot be read or lacks a part. `rule` of either is one of `KUBECONFIG_RULES`; neither
 *   holds a piece of the text.
 * @throws TypeError when `policy.allowedHosts` has a malformed entry.
 */
export function parseKubeconfig(
  text: string,
  policy: KubeconfigPolicy = {},
  options: ParseKubeconfigOptions = {},
): ClusterConnection {
  if (typeof text !== "string") throw invalid("yaml", "it is not text");
  const entries = readKubeconfigEntries(text);
  checkFields("cluster", entries.cluster, REFUSED_CLUSTER_FIELDS, CLUSTER_FIELDS);
  checkFields("user", entries.user, REFUSED_USER_FIELDS, USER_FIELDS);
  const server = checkServer(readText(entries.cluster, "server", "server"), policy);
  const { clock = systemClock } = options;
  const { caPem, clientCertificatePem, clientKeyPem, token, tlsServerName } = readInline(
    entries,
    clock.now(),
  );
  return Object.freeze({
    server,
    caPem,
    clientCertificatePem,
    clientKeyPem,
    token: detached(token),
    tlsServerName: detached(tlsServerName),
  });
}

/** A text of its own: V8 cuts a piece of a text out by reference, which would keep the whole kubeconfig in memory. */
function detached(text: string | undefined): string | undefined {
  return text === undefined ? undefined : Buffer.from(text).toString();
}

function checkFields(
  where: "cluster" | "user",
  mapping: YamlMapping,
  refusals: Refusals,
  known: ReadonlySet<string>,
): void {
  for (const [field, value] of Object.entries(mapping)) {
    if (isUnset(value) || isSwitchedOff(field, value)) continue;
    const name = where === "user" && IMPERSONATION.test(field) ? "as" : field;
    const refusal = Object.hasOwn(refusals, name) ? refusals[name] : undefined;
    if (refusal !== undefined) throw refused(...refusal);
    if (!known.has(field)) {
      const reason = `its ${where} has a field that is not among those that are read. Remove it.`;
      throw refused("unknown-field", reason);
    }
  }
}

/** A field that is written but says nothing, as some tools do. */
function isUnset(value: unknown): boolean {
  return value === undefined || value === null || value === "";
}

/** The only value of this field that asks for nothing. */
function isSwitchedOff(field: string, value: unknown): boolean {
  return field === "insecure-skip-tls-verify" && value === false;
}
