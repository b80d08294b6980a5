import { createRequire } from "node:module";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { type Fleet, startFleet } from "./fleet/start-fleet.js";
import type { AuditLevel } from "./audit/audit-event.js";
import type { FleetEngine } from "./fleet/fleet-engine.js";

interface UpOptions {
  readonly clusters: number;
  readonly dir: string;
  readonly engine: FleetEngine;
  readonly bare: boolean;
  readonly port: number | undefined;
  readonly authorization: "AlwaysAllow" | "RBAC";
  readonly auditLog: string | undefined;
  readonly auditLevel: AuditLevel;
}

/** Exit code for wrong arguments; anything else that fails gives 1. */
const USAGE_EXIT_CODE = 2;

/** The command line `kvop-fleet`. Resolves to the exit code when all has ended. */
export async function runKvopFleet(argv: readonly string[]): Promise<number> {
  let exitCode = 0;
  const program = new Command("kvop-fleet")
    .description("Kubernetes API servers and simulated KubeVirt clusters inside this process")
    .version(readVersion(), "-V, --version", "show the version")
    .exitOverride()
    .showHelpAfterError("(kvop-fleet --help shows the commands)");
  program
    .command("up")
    .description("start a supervisor and KubeVirt clusters, and keep them until SIGTERM or SIGINT")
    .option("--clusters <n>", "KubeVirt clusters beside the supervisor", parseCount, 3)
    .requiredOption(
      "--dir <dir>",
      "where supervisor.kubeconfig, cluster-1.kubeconfig, ... are written (mode 0600)",
    )
    .addOption(
      new Option(
        "--engine <engine>",
        "embedded, or envtest for real kube-apiservers (KUBEBUILDER_ASSETS)",
      )
        .choices(["embedded", "envtest"])
        .default("embedded"),
    )
    .option("--bare", "empty Kubernetes API servers: no CRDs, no objects, no simulator", false)
    .option("--port <n>", "port of the supervisor, the clusters have those after it", parsePort)
    .addOption(
      new Option("--authorization <mode>", "who may do what, on embedded servers")
        .choices(["RBAC", "AlwaysAllow"])
        .default("RBAC"),
    )
    .option(
      "--audit-log <file>",
      "write audit.k8s.io/v1 events of all embedded servers, a line each",
    )
    .addOption(
      new Option("--audit-level <level>", "how much of a request is written")
        .choices(["Metadata", "Request", "RequestResponse"])
        .default("Metadata"),
    )
    .addHelpText(
      "after",
      "\nExample:\n  kvop-fleet up --clusters 2 --dir ./fleet\n  kubectl --kubeconfig ./fleet/supervisor.kubeconfig get kubevirtconfigs",
    )
    .action(async (options: UpOptions) => {
      exitCode = await up(options);
    });
  try {
    await program.parseAsync(argv, { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE_EXIT_CODE;
    throw error;
  }
}

/** Of this package; the path holds for the sources and for what is built from them. */
function readVersion(): string {
  const manifest = createRequire(import.meta.url)("../package.json") as {
    readonly version: string;
  };
  return manifest.version;
}

async function up(options: UpOptions): Promise<number> {
  const ended = new Promise<void>((resolve) => {
    process.once("SIGTERM", resolve);
    process.once("SIGINT", resolve);
  });
  let fleet: Fleet;
  try {
    fleet = await startFleet({ ...options, auditLogPath: options.auditLog });
  } catch (error) {
    process.stderr.write(`kvop-fleet: ${(error as Error).message}\n`);
    return 1;
  }
  const { supervisor, clusters } = fleet;
  process.stdout.write(`supervisor ${supervisor.url} ${supervisor.kubeconfigPath}\n`);
  for (const { name, url, kubeconfigPath } of clusters)
    process.stdout.write(`${name} ${url} ${kubeconfigPath}\n`);
  const what = options.bare
    ? "empty API servers"
    : "CRDs, storage, KubevirtConfigs, Secrets and the KubeVirt simulator are in place";
  process.stdout.write(`ready: ${clusters.length + 1} API servers (${options.engine}); ${what}\n`);
  await ended;
  await fleet[Symbol.asyncDispose]();
  process.stdout.write("stopped\n");
  return 0;
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 0 || count > 1000)
    throw new InvalidArgumentError("a whole number from 0 to 1000");
  return count;
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new InvalidArgumentError("a whole number from 1 to 65535");
  return port;
}
