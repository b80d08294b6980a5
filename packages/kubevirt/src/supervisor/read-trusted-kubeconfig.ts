import { type Clock, KubeconfigRefusedError } from "@kvop/core";

import { isLoopbackHost, normalHost } from "../policy/check-address.js";
import { invalid, refused } from "../policy/kubeconfig-failure.js";
import { type KubeconfigEntries, readText, selectEntries } from "../policy/kubeconfig-entries.js";
import type { KubeconfigRule } from "../policy/kubeconfig-rules.js";
import type { YamlMapping } from "../policy/load-yaml.js";
import { readTrustedCredentials } from "./read-trusted-credentials.js";
import type { ReadSupervisor } from "./supervisor-connection.js";
import { readTrustedDocument } from "./trusted-documents.js";

const UNSUPPORTED: ReadonlyArray<readonly [field: string, rule: KubeconfigRule, reason: string]> = [
  ["auth-provider", "auth-provider", "it uses an authentication plug-in, which kvop has none of"],
  ["username", "basic-auth", "no API server accepts passwords any more"],
  ["as", "impersonation", "it acts as somebody else, which kvop does not do"],
];

/**
 * Reads the owner's own kubeconfig, which is trusted: file paths in it are followed, relative ones from the file they stand in,
 * and its `exec` is run. Authentication plug-ins, passwords, proxies and skipped TLS verification are not supported; each has its
 * typed error.
 *
 * @param paths Several are merged as kubectl does: the first to name something wins.
 * @returns A function that reads the credentials of the moment.
 * @throws KubeconfigInvalidError, KubeconfigRefusedError
 */
export async function readTrustedKubeconfig(
  paths: readonly string[],
  options: { readonly clock: Clock; readonly context?: string | undefined },
): Promise<ReadSupervisor> {
  const documents: Awaited<ReturnType<typeof readTrustedDocument>>[] = [];
  for (const path of paths) documents.push(await readTrustedDocument(path));
  const entries = selectEntries(documents, options.context);
  checkSupported(entries);
  const server = trustedServer(readText(entries.cluster, "server", "server"));
  return () => readTrustedCredentials(entries, server, options.clock);
}

function checkSupported({ cluster, user }: KubeconfigEntries): void {
  const isSet = (mapping: YamlMapping, field: string): boolean =>
    mapping[field] !== undefined && mapping[field] !== null;
  const [, rule, reason] = UNSUPPORTED.find(([field]) => isSet(user, field)) ?? [];
  if (rule !== undefined)
    throw refused(rule, `${reason}. Give the supervisor a client certificate or a token.`);
  const isUnchecked =
    isSet(cluster, "insecure-skip-tls-verify") && cluster["insecure-skip-tls-verify"] !== false;
  if (!isUnchecked && readText(cluster, "proxy-url") === undefined) return;
  throw new KubeconfigRefusedError({
    rule: isUnchecked ? "insecure-skip-tls-verify" : "proxy-url",
    reason:
      "kvop always checks the server's certificate and connects itself. Name the CA and the API server's own address.",
  });
}

function trustedServer(server: string | undefined): string {
  const url = server === undefined || !URL.canParse(server) ? undefined : new URL(server);
  if (url === undefined)
    throw invalid(
      "server",
      "the cluster's server is missing or not a URL such as https://host:6443",
    );
  const isSafe =
    url.protocol === "https:" || (url.protocol === "http:" && isLoopbackHost(normalHost(url)));
  if (!isSafe || url.username !== "" || url.password !== "") {
    throw refused(
      isSafe ? "server-userinfo" : "insecure-server",
      "its server must be https (http for loopback alone) without a user name or password.",
    );
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
}
