import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";

import type { ClientTarget } from "./client-target.js";
import type { Transcript, TranscriptStep } from "./kubectl-transcript.js";
import { normaliseOutput } from "./normalise-output.js";
import { runProcess } from "./run-process.js";

/** Longer than any `--timeout` of a transcript. */
const STEP_TIMEOUT_MS = 40_000;

/** Runs the commands one after the other in a folder of their own, and gives what each printed. */
export async function runTranscript(
  transcript: Transcript,
  target: Pick<ClientTarget, "url" | "kubeconfigPath">,
  kubectlPath: string,
): Promise<readonly TranscriptStep[]> {
  const folder = await mkdtemp(join(tmpdir(), "kubectl-"));
  const env = {
    KUBECONFIG: target.kubeconfigPath,
    HOME: folder,
    KUBECACHEDIR: join(folder, "cache"),
    TZ: "UTC",
    PATH: [dirname(kubectlPath), process.env["PATH"]].join(delimiter),
  };
  try {
    const steps: TranscriptStep[] = [];
    for (const { command } of transcript.steps) {
      const { output, exitCode } = await runProcess("bash", ["-c", command], {
        cwd: folder,
        env,
        timeoutMs: STEP_TIMEOUT_MS,
      });
      const ended = exitCode === 0 ? "" : `\n[exit ${exitCode ?? "by timeout"}]`;
      steps.push({ command, expected: (normaliseOutput(output, target.url) + ended).trim() });
    }
    return steps;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
