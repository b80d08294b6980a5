import { type Clock, parseTime } from "@kvop/core";

import { invalid, refused } from "../policy/kubeconfig-failure.js";
import { readText } from "../policy/kubeconfig-entries.js";
import { isMapping, type YamlMapping } from "../policy/load-yaml.js";

/** A program that gives credentials, as client-go runs it (`client.authentication.k8s.io`). */
export interface ExecPlugin {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly apiVersion: string;
  readonly provideClusterInfo: boolean;
}

/** What such a program gives. */
export interface ExecCredential {
  readonly token: string | undefined;
  readonly clientCertificate: string | undefined;
  readonly clientKey: string | undefined;
  /** Milliseconds since 1970. */
  readonly expiresAtMs: number | undefined;
}

/** What the program may know of the cluster. */
export interface ExecCluster {
  readonly server: string;
  readonly caPem: string | undefined;
  readonly tlsServerName: string | undefined;
}

const API_VERSIONS: ReadonlySet<string> = new Set([
  "client.authentication.k8s.io/v1",
  "client.authentication.k8s.io/v1beta1",
]);
const RUN_TIMEOUT_MS = 60_000;
const MAX_OUTPUT_BYTES = 1024 * 1024;

/**
 * The program that a user of the owner's own kubeconfig names; undefined when it names none.
 *
 * @throws KubeconfigInvalidError, KubeconfigRefusedError
 */
export function readExecPlugin(user: YamlMapping): ExecPlugin | undefined {
  const exec = user["exec"] ?? undefined;
  if (exec === undefined) return undefined;
  if (!isMapping(exec)) throw invalid("structure", "exec must be a mapping");
  const command = readText(exec, "command");
  if (command === undefined) throw invalid("structure", "exec has no command");
  const apiVersion = readText(exec, "apiVersion") ?? "";
  if (!API_VERSIONS.has(apiVersion))
    throw invalid(
      "structure",
      "exec has an apiVersion that is not v1 or v1beta1 of client.authentication.k8s.io",
    );
  if (exec["interactiveMode"] === "Always")
    throw refused(
      "exec",
      "its program needs a terminal. Give the supervisor a client certificate or a token.",
    );
  const provideClusterInfo = exec["provideClusterInfo"] === true;
  return { command, apiVersion, provideClusterInfo, args: readArgs(exec), env: readEnv(exec) };
}

/**
 * Runs the program, without a terminal, a minute at most.
 *
 * @throws KubeconfigInvalidError (rule `exec`); nothing of what the program said is in it.
 */
export async function runExecPlugin(
  plugin: ExecPlugin,
  cluster: ExecCluster,
  clock: Clock,
): Promise<ExecCredential> {
  const info = JSON.stringify({
    apiVersion: plugin.apiVersion,
    kind: "ExecCredential",
    spec: {
      interactive: false,
      ...(plugin.provideClusterInfo ? { cluster: clusterInfo(cluster) } : {}),
    },
  });
  return readCredential(plugin, await run(plugin, info, clock));
}

async function run(plugin: ExecPlugin, info: string, clock: Clock): Promise<string> {
  const { execFile } = await import("node:child_process");
  return new Promise((resolve, reject) => {
    const child = execFile(
      plugin.command,
      [...plugin.args],
      {
        env: { ...process.env, ...plugin.env, KUBERNETES_EXEC_INFO: info },
        maxBuffer: MAX_OUTPUT_BYTES,
        encoding: "utf8",
        windowsHide: true,
      },
      (error, stdout) => {
        timer.cancel();
        if (error === null) resolve(stdout);
        else reject(failed(plugin, reasonOf(error)));
      },
    );
    child.stdin?.end();
    const timer = clock.setTimer(() => child.kill("SIGKILL"), RUN_TIMEOUT_MS);
  });
}

function reasonOf(error: Error & { readonly code?: unknown; readonly killed?: unknown }): string {
  if (error.code === "ENOENT") return "was not found";
  if (error.code === "EACCES") return "may not be run";
  if (typeof error.code === "number") return `ended with status ${error.code}`;
  return "did not end in order, or said too much";
}

function readCredential(plugin: ExecPlugin, output: string): ExecCredential {
  const answer = parseJson(output);
  const status = isMapping(answer) ? answer["status"] : undefined;
  if (!isMapping(answer) || answer["kind"] !== "ExecCredential" || !isMapping(status))
    throw failed(plugin, "gave no ExecCredential with a status");
  if (answer["apiVersion"] !== plugin.apiVersion)
    throw failed(plugin, "gave an ExecCredential of another apiVersion than exec names");
  const token = readText(status, "token", "exec");
  const clientCertificate = readText(status, "clientCertificateData", "exec");
  const clientKey = readText(status, "clientKeyData", "exec");
  if (token === undefined && (clientCertificate === undefined || clientKey === undefined))
    throw failed(plugin, "gave neither a token nor a client certificate with its key");
  const expires = readText(status, "expirationTimestamp", "exec");
  const expiresAtMs = expires === undefined ? undefined : parseTime(expires);
  return { token, clientCertificate, clientKey, expiresAtMs };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function clusterInfo({ server, caPem, tlsServerName }: ExecCluster): object {
  return {
    server,
    ...(caPem === undefined
      ? {}
      : { "certificate-authority-data": Buffer.from(caPem).toString("base64") }),
    ...(tlsServerName === undefined ? {} : { "tls-server-name": tlsServerName }),
  };
}

function readArgs(exec: YamlMapping): readonly string[] {
  const args = exec["args"] ?? [];
  if (!Array.isArray(args) || !args.every((arg) => typeof arg === "string"))
    throw invalid("structure", "the args of exec must be a list of texts");
  return args;
}

function readEnv(exec: YamlMapping): Readonly<Record<string, string>> {
  const env = exec["env"] ?? [];
  if (!Array.isArray(env) || !env.every(isMapping))
    throw invalid("structure", "the env of exec must be a list of names and values");
  return Object.fromEntries(
    env.map((entry) => [readText(entry, "name") ?? "", readText(entry, "value") ?? ""]),
  );
}

function failed(plugin: ExecPlugin, what: string): Error {
  const problem = `the program that gives the credentials ("${plugin.command}") ${what}. Run it by hand to see why`;
  return invalid("exec", problem);
}
