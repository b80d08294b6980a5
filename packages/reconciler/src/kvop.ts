import { createRequire } from "node:module";
import { KvopError, systemClock } from "@kvop/core";
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { createLog, LOG_LEVELS, type LogLevel } from "./create-log.js";
import { InvalidSettingError } from "./invalid-setting-error.js";
import { readSettings } from "./read-settings.js";
import { runOperator } from "./run-operator.js";

/** Exit code for wrong arguments or settings; anything else that fails gives 1. */
const USAGE_EXIT_CODE = 2;

const EXAMPLES = `
Examples:
  kvop run --kubeconfig supervisor.kubeconfig
  LOG_JSON=true DEFAULT_KUBEVIRT_CONFIG=cluster-east kvop run

Environment:
  KUBECONFIG               the supervisor's kubeconfig, where --kubeconfig is not given
  DEFAULT_KUBEVIRT_CONFIG  cluster of Machines that name none
  MANAGED_BY, CPU_MODEL, STORAGE_CLASS_NAME, PVC_VOLUME_MODE, PVC_ACCESS_MODE,
  MAC_SET, IP_SOURCE, NETWORK_ATTACHMENT_DEFINITION_CNI_VERSION
  LOG_LEVEL                debug, info (default), warn or error
  LOG_JSON                 true for one JSON object a line (default where the output is no
                           terminal), false for plain lines`;

/**
 * The command line. Gives the exit code: 0 after a graceful stop, 1 after a failure, 2 for wrong arguments or settings.
 *
 * @param argv the arguments after the program's name.
 */
export async function main(argv: readonly string[]): Promise<number> {
  const program = new Command("kvop")
    .description("Runs the Machines of a supervisor as virtual machines on many KubeVirt clusters.")
    .version(readVersion(), "-V, --version", "show the version")
    .exitOverride()
    .showHelpAfterError("(kvop --help shows the commands)");
  program
    .command("run")
    .description("Run the operator in the foreground until SIGINT or SIGTERM.")
    .option("--kubeconfig <file>", "kubeconfig of the supervisor cluster")
    .option(
      "--config-namespace <name>",
      "namespace of the KubevirtConfigs and their Secrets",
      "kubevirt-configs",
    )
    .option("--concurrency <n>", "Machines worked on at once", parseCount, 16)
    .addHelpText("after", EXAMPLES)
    .action(run);
  try {
    await program.parseAsync([...argv], { from: "user" });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE_EXIT_CODE;
    process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
    if (!KvopError.isInstance(error) && process.env["LOG_LEVEL"] === "debug")
      process.stderr.write(`${error instanceof Error ? error.stack : ""}\n`);
    return InvalidSettingError.isInstance(error) ? USAGE_EXIT_CODE : 1;
  }
}

/** Of this package; the path holds for the sources and for what is built from them. */
function readVersion(): string {
  const manifest = createRequire(import.meta.url)("../package.json") as {
    readonly version: string;
  };
  return manifest.version;
}

interface RunArguments {
  readonly kubeconfig?: string | undefined;
  readonly configNamespace: string;
  readonly concurrency: number;
}

async function run(options: RunArguments): Promise<void> {
  const { env } = process;
  const settings = readSettings(env);
  const logger = createLog({
    write: (line) => process.stdout.write(`${line}\n`),
    clock: systemClock,
    isJson: readIsJson(env["LOG_JSON"]),
    level: readLevel(env["LOG_LEVEL"]),
  });
  const abort = new AbortController();
  const stop = (): void => abort.abort();
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  try {
    await runOperator({
      kubeconfigPath: options.kubeconfig,
      configNamespace: options.configNamespace,
      defaultConfig: env["DEFAULT_KUBEVIRT_CONFIG"] || undefined,
      settings,
      concurrency: options.concurrency,
      logger,
      signal: abort.signal,
    });
  } catch (error) {
    // A signal that comes during the start is a stop like any other.
    if (!abort.signal.aborted) throw error;
  } finally {
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
  }
}

/** Lines for people on a terminal, for machines elsewhere, unless told otherwise. */
function readIsJson(text = ""): boolean {
  if (text === "") return !process.stdout.isTTY;
  if (text === "true" || text === "false") return text === "true";
  throw new InvalidSettingError({ setting: "LOG_JSON", value: text, expected: "true or false" });
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > 1000)
    throw new InvalidArgumentError("It must be a whole number from 1 to 1000.");
  return count;
}

function readLevel(text: string | undefined): LogLevel {
  if (text === undefined || text === "") return "info";
  const level = LOG_LEVELS.find((candidate) => candidate === text.toLowerCase());
  if (level === undefined)
    throw new InvalidSettingError({
      setting: "LOG_LEVEL",
      value: text,
      expected: LOG_LEVELS.join(", "),
    });
  return level;
}
