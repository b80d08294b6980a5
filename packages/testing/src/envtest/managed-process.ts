import { spawn } from "node:child_process";

import { sleep, type Clock } from "@kvop/core";

const KEPT_LOG_LINES = 40;

export interface ManagedProcessOptions {
  readonly clock: Clock;
  /** Texts that are blotted out of the log lines. */
  readonly secrets: readonly string[];
}

/** A child in its own process group, with the end of its output. */
export interface ManagedProcess {
  readonly name: string;
  /** Set once the process has ended. */
  readonly exit: { readonly reason: string } | undefined;
  lastLogLines(): readonly string[];
  /** SIGTERM to the group, SIGKILL after `timeoutMs`; resolves when it is gone. */
  stop(timeoutMs: number): Promise<void>;
}

/** Starts a program. It ends with this process at the latest, also when nobody calls `stop`. */
export function startManagedProcess(
  name: string,
  path: string,
  commandLine: readonly string[],
  options: ManagedProcessOptions,
): ManagedProcess {
  const child = spawn(path, commandLine, {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let exit: { readonly reason: string } | undefined;
  const lines: string[] = [];
  let rest = "";

  const signalGroup = (signal: "SIGTERM" | "SIGKILL"): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, signal);
    } catch {
      // The group is gone already.
    }
  };
  const killAtExit = (): void => signalGroup("SIGKILL");
  process.once("exit", killAtExit);

  const ended = new Promise<void>((resolve) => {
    const finish = (reason: string): void => {
      exit ??= { reason };
      process.removeListener("exit", killAtExit);
      resolve();
    };
    child.once("error", (error) => finish(error.message));
    child.once("exit", (code, signal) =>
      finish(signal === null ? `exit code ${String(code)}` : `signal ${signal}`),
    );
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8");
    stream.on("data", (text: string) => {
      const parts = (rest + text).split("\n");
      rest = (parts.pop() ?? "").slice(-4096);
      lines.push(...parts);
      lines.splice(0, Math.max(0, lines.length - KEPT_LOG_LINES));
    });
  }

  return {
    name,
    get exit() {
      return exit;
    },
    lastLogLines: () => lines.map((line) => withoutSecrets(`${name}: ${line}`, options.secrets)),
    stop: async (timeoutMs) => {
      if (exit === undefined) {
        const givingUp = new AbortController();
        signalGroup("SIGTERM");
        const waiting = sleep(options.clock, timeoutMs, { signal: givingUp.signal }).then(
          () => signalGroup("SIGKILL"),
          () => undefined,
        );
        await ended;
        givingUp.abort();
        await waiting;
      }
      // Whatever the program left behind in its group.
      signalGroup("SIGKILL");
      child.stdout.destroy();
      child.stderr.destroy();
    },
  };
}

function withoutSecrets(line: string, secrets: readonly string[]): string {
  return secrets.reduce((text, secret) => text.replaceAll(secret, "[redacted]"), line);
}
