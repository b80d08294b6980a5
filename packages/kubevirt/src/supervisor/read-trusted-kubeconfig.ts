import { dirname, resolve } from "node:path";

import { type Clock, KubeconfigInvalidError, KubeconfigRefusedError } from "@kvop/core";

import { readAuthorities, readKeyPair } from "../policy/check-pem.js";
import { isLoopbackHost, normalHost } from "../policy/check-address.js";
import type { ClusterConnection } from "../policy/cluster-connection.js";
import { decodeBase64 } from "../policy/decode-base64.js";
import { type KubeconfigEntries, readText, selectEntries } from "../policy/kubeconfig-entries.js";
import type { KubeconfigRule } from "../policy/kubeconfig-rules.js";
import { isMapping, loadYaml, type YamlMapping } from "../policy/load-yaml.js";
import { checkToken, readInline } from "../policy/read-inline.js";
import { readTrustedFile } from "./read-trusted-file.js";
import type { SupervisorConnection } from "./supervisor-connection.js";

const UNSUPPORTED: ReadonlyArray<readonly [field: string, rule: KubeconfigRule, reason: string]> = [
  ["exec", "exec", "it runs a program for its credentials, which kvop does not do"],
  ["auth-provider", "auth-provider", "it uses an authentication plug-in, which kvop has none of"],
  ["username", "basic-auth", "no API server accepts passwords any more"],
  ["as", "impersonation", "it acts as somebody else, which kvop does not do"],
];
/** Fields that name a file, by the field that holds the same inline. */
const FILE_FIELDS = {
  "certificate-authority-data": "certificate-authority",
  "client-certificate-data": "client-certificate",
  "client-key-data": "client-key",
} as const;

/**
 * Reads the owner's own kubeconfig: file paths in it are followed, relative ones from the file they stand in. Programs,
 * plug-ins, passwords and skipped TLS verification are not supported; each has its typed error.
 *
 * @param paths Several are merged as kubectl does: the first to name something wins.
 * @throws KubeconfigInvalidError, KubeconfigRefusedError
 */
export async function readTrustedKubeconfig(
  paths: readonly string[],
  options: { readonly clock: Clock; readonly context?: string | undefined },
): Promise<SupervisorConnection> {
  const documents = await Promise.all(paths.map(readDocument));
  const entries = selectEntries(documents, options.context);
  checkSupported(entries);
  const server = trustedServer(readText(entries.cluster, "server", "server"));
  const read = async (): Promise<ClusterConnection> =>
    Object.freeze({ ...(await readCredentials(entries, options.clock.now())), server });
  return { connection: await read(), read: namesFiles(entries) ? read : undefined };
}

/** The credentials of the moment: what is inline wins over a file, but for the token, as in client-go. */
async function readCredentials(
  { cluster, user }: KubeconfigEntries,
  nowMs: number,
): Promise<Omit<ClusterConnection, "server">> {
  const tokenFile = readText(user, "tokenFile");
  const [authorities, certificate, key, token] = await Promise.all([
    readDataOrFile(cluster, "certificate-authority-data"),
    readDataOrFile(user, "client-certificate-data"),
    readDataOrFile(user, "client-key-data"),
    tokenFile === undefined ? undefined : readTrustedFile("tokenFile", tokenFile),
  ]);
  if (token !== undefined) checkToken(token.trim());
  if ((certificate === undefined) !== (key === undefined))
    throw new KubeconfigInvalidError({
      rule: "key-pair",
      problem: "a client certificate and its key are needed together",
    });
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
  return [
    readText(user, "tokenFile"),
    ...Object.values(FILE_FIELDS).flatMap((field) => [
      readText(cluster, field),
      readText(user, field),
    ]),
  ].some((path) => path !== undefined);
}

function checkSupported({ cluster, user }: KubeconfigEntries): void {
  const isSet = (mapping: YamlMapping, field: string): boolean =>
    mapping[field] !== undefined && mapping[field] !== null;
  const [, rule, reason] = UNSUPPORTED.find(([field]) => isSet(user, field)) ?? [];
  if (rule !== undefined) {
    throw new KubeconfigRefusedError({
      rule,
      reason: `${reason}. Give the supervisor a client certificate or a token.`,
    });
  }
  const skipsTls =
    isSet(cluster, "insecure-skip-tls-verify") && cluster["insecure-skip-tls-verify"] !== false;
  if (!skipsTls && readText(cluster, "proxy-url") === undefined) return;
  throw new KubeconfigRefusedError({
    rule: skipsTls ? "insecure-skip-tls-verify" : "proxy-url",
    reason:
      "kvop always checks the server's certificate and connects itself. Name the CA and the API server's own address.",
  });
}

async function readDocument(path: string): Promise<YamlMapping> {
  const document = loadYaml(await readTrustedFile("the kubeconfig", path));
  const folder = dirname(resolve(path));
  return {
    ...document,
    clusters: withAbsolutePaths(document["clusters"], "cluster", folder),
    users: withAbsolutePaths(document["users"], "user", folder),
  };
}

const PATH_FIELDS: ReadonlySet<string> = new Set([...Object.values(FILE_FIELDS), "tokenFile"]);

/** A copy of a list of entries in which every file path is absolute, as two files may lie in different folders. */
function withAbsolutePaths(list: unknown, field: string, folder: string): unknown {
  if (!Array.isArray(list)) return list;
  return list.map((entry: unknown) => {
    const value = isMapping(entry) ? entry[field] : undefined;
    if (!isMapping(entry) || !isMapping(value)) return entry;
    const absolute = Object.entries(value).map(([name, text]) => [
      name,
      PATH_FIELDS.has(name) && typeof text === "string" && text !== ""
        ? resolve(folder, text)
        : text,
    ]);
    return { ...entry, [field]: Object.fromEntries(absolute) as YamlMapping };
  });
}

function trustedServer(server: string | undefined): string {
  const url = server === undefined || !URL.canParse(server) ? undefined : new URL(server);
  if (url === undefined)
    throw new KubeconfigInvalidError({
      rule: "server",
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
