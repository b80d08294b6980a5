import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";

import { KubeconfigInvalidError, KubeconfigRefusedError } from "@kvop/core";

import { isLoopbackHost, normalHost } from "../policy/check-address.js";
import { readAuthorities, readKeyPair } from "../policy/check-pem.js";
import { readText, selectEntries } from "../policy/kubeconfig-entries.js";
import { loadYaml, type YamlMapping } from "../policy/load-yaml.js";
import { checkToken, readInline } from "../policy/read-inline.js";
import type { SupervisorConnection } from "./supervisor-connection.js";

const UNSUPPORTED: ReadonlyArray<readonly [field: string, rule: string, reason: string]> = [
  ["exec", "exec", "it runs a program for its credentials, which kvop does not do"],
  ["auth-provider", "auth-provider", "it uses an authentication plug-in, which kvop has none of"],
  ["username", "basic-auth", "no API server accepts passwords any more"],
  ["as", "impersonation", "it acts as somebody else, which kvop does not do"],
];

/**
 * Reads the owner's own kubeconfig: file paths in it are followed, relative ones from the file they stand in. Programs,
 * plug-ins, passwords and skipped TLS verification are not supported; each has its typed error.
 *
 * @param paths Several are merged as kubectl does: the first to name something wins.
 * @throws KubeconfigInvalidError, KubeconfigRefusedError
 */
export async function readTrustedKubeconfig(
  paths: readonly string[],
  nowMs: number,
  contextName?: string,
): Promise<SupervisorConnection> {
  const documents = await Promise.all(paths.map(readDocument));
  const { cluster, user } = selectEntries(documents, contextName);
  const [field, rule, reason] =
    UNSUPPORTED.find(([name]) => user[name] !== undefined && user[name] !== null) ?? [];
  if (field !== undefined && rule !== undefined) {
    throw new KubeconfigRefusedError({
      rule,
      reason: `${reason}. Give the supervisor a client certificate or a token.`,
    });
  }
  if (
    cluster["insecure-skip-tls-verify"] === true ||
    readText(cluster, "proxy-url") !== undefined
  ) {
    throw new KubeconfigRefusedError({
      rule: cluster["insecure-skip-tls-verify"] === true ? "insecure-skip-tls-verify" : "proxy-url",
      reason:
        "kvop always checks the server's certificate and connects itself. Name the CA and the API server's own address.",
    });
  }
  const server = trustedServer(readText(cluster, "server"));
  const inline = readInline({ cluster, user }, nowMs);
  const authorities = inline.caPem ?? (await readPath(cluster, "certificate-authority"));
  const caPem =
    authorities === undefined
      ? undefined
      : readAuthorities("certificate-authority", authorities, nowMs);
  const certificate = inline.clientCertificatePem ?? (await readPath(user, "client-certificate"));
  const key = inline.clientKeyPem ?? (await readPath(user, "client-key"));
  const pair =
    certificate === undefined || key === undefined
      ? undefined
      : readKeyPair(certificate, key, nowMs);
  // As in client-go, the file wins over the inline token: it is the one that rotates.
  const tokenFile = readText(user, "tokenFile");
  const token =
    tokenFile === undefined
      ? inline.token
      : (await readFileOrRefuse("tokenFile", tokenFile)).trim();
  if (token !== undefined) checkToken(token);
  const connection = { ...inline, ...pair, server, caPem, token };
  return { connection: Object.freeze(connection), tokenFile };
}

async function readDocument(path: string): Promise<YamlMapping> {
  const document = loadYaml(await readFileOrRefuse("the kubeconfig", path));
  const folder = dirname(resolve(path));
  return absolutePaths(document, folder);
}

const PATH_FIELDS = new Set([
  "certificate-authority",
  "client-certificate",
  "client-key",
  "tokenFile",
]);

/** A copy in which every file path is absolute, as two files may lie in different folders. */
function absolutePaths(document: YamlMapping, folder: string): YamlMapping {
  return JSON.parse(JSON.stringify(document), (key: string, value: unknown) =>
    PATH_FIELDS.has(key) && typeof value === "string" && value !== ""
      ? resolve(folder, value)
      : value,
  ) as YamlMapping;
}

async function readPath(mapping: YamlMapping, field: string): Promise<string | undefined> {
  const path = readText(mapping, field);
  return path === undefined ? undefined : readFileOrRefuse(field, path);
}

async function readFileOrRefuse(what: string, path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
    throw new KubeconfigInvalidError({
      problem: `the file of ${what} (${path}) cannot be read (${code})`,
    });
  }
}

function trustedServer(server: string | undefined): string {
  const url = server === undefined || !URL.canParse(server) ? undefined : new URL(server);
  if (url === undefined)
    throw new KubeconfigInvalidError({
      problem: "the cluster's server is missing or not a URL such as https://host:6443",
    });
  const isSafe =
    url.protocol === "https:" || (url.protocol === "http:" && isLoopbackHost(normalHost(url)));
  if (!isSafe || url.username !== "" || url.password !== "") {
    throw new KubeconfigRefusedError({
      rule: isSafe ? "server-userinfo" : "insecure-server",
      reason: "its server must be https (http for loopback alone) without a user name or password.",
    });
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
}
