import { spawn } from "node:child_process";

/** What a process wrote and how it ended. */
export interface ProcessResult {
  /** Undefined when a signal or the timeout ended it. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** Both, in the order of arrival. */
  readonly output: string;
}

/** Settings of {@link runProcess}. */
export interface ProcessOptions {
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  readonly cwd?: string | undefined;
  readonly timeoutMs?: number | undefined;
}

/** Runs a command to its end, without input. @throws when it cannot be started. */
export function runProcess(
  command: string,
  commandLine: readonly string[],
  options: ProcessOptions = {},
): Promise<ProcessResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...commandLine], {
      stdio: ["ignore", "pipe", "pipe"],
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      timeout: options.timeoutMs,
    });
    const texts = { stdout: "", stderr: "", output: "" };
    for (const name of ["stdout", "stderr"] as const) {
      child[name].setEncoding("utf8").on("data", (text: string) => {
        texts[name] += text;
        texts.output += text;
      });
    }
    child.on("error", reject);
    child.on("close", (code) => resolve({ exitCode: code ?? undefined, ...texts }));
  });
}
