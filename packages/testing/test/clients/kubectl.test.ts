import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

import { beforeAll, describe, expect, it } from "vitest";

import { findEnvtestBinary } from "../../src/envtest/envtest-binaries.js";
import { runsOn, startClientTarget, targetNames } from "./client-target.js";
import { knownKubectlDifferences } from "./known-kubectl-differences.js";
import {
  readTranscripts,
  type Transcript,
  type TranscriptStep,
  writeTranscript,
} from "./kubectl-transcript.js";
import { runProcess } from "./run-process.js";
import { runTranscript } from "./run-transcript.js";

/** The transcripts are of this version, client and server: other ones print other things. */
const RECORDED = "1.37";
/** Writes what the real server makes of the commands, instead of comparing it. */
const isRecording = process.env["KUBECTL_RECORD"] === "1";
/** Some minutes more: whether the recordings are still what the real server makes of the commands. */
const isRealAsked = process.env["KUBECTL_REAL"] === "1";

const kubectlPath = findEnvtestBinary("kubectl") ?? findOnPath("kubectl");
const version = kubectlPath === undefined ? undefined : await readVersion(kubectlPath);

describe("kubectl", () => {
  if (kubectlPath === undefined || version === undefined) {
    it.skip("there is no kubectl: set TEST_ASSET_KUBECTL or KUBEBUILDER_ASSETS, or put it on the PATH", () => {});
    return;
  }
  const names = targetNames.filter((name) =>
    name === "real" ? isRecording || isRealAsked : !isRecording,
  );
  if (!names.includes("real"))
    it.skip("what was recorded is not compared with the real server: set KUBECTL_REAL=1 and KUBEBUILDER_ASSETS", () => {});
  describe.each(names)("%s server", (targetName) => {
    describe.each(readTranscripts())("$name", (transcript) => {
      let serverVersion = "";
      let steps: readonly TranscriptStep[] = [];
      beforeAll(async () => {
        for (let run = 1; run <= runsOn[targetName]; run++) {
          await using target = await startClientTarget(targetName);
          serverVersion = (await readVersion(kubectlPath, target.kubeconfigPath)) ?? "";
          steps = await runTranscript(transcript, target, kubectlPath);
          if (isRecording || serverVersion !== RECORDED || isAsRecorded(steps, transcript)) break;
        }
        if (isRecording) writeTranscript(transcript.name, steps);
      }, 1_200_000);

      for (const [index, { command, expected }] of transcript.steps.entries()) {
        it(`${index + 1}: ${command}`, ({ skip }) => {
          const actual = steps[index]?.expected ?? "it was not run";
          if (isRecording) return;
          if (version !== RECORDED || serverVersion !== RECORDED) {
            // Other versions word things in their own way; whether a command succeeds stays.
            expect(exitOf(actual)).toBe(exitOf(expected));
            return;
          }
          const known = knownKubectlDifferences[transcript.name]?.[command.split("\n")[0] ?? ""];
          const [found, wanted] = [withSortedCauses(actual), withSortedCauses(expected)];
          if (targetName === "embedded" && known !== undefined && found !== wanted) skip(known);
          expect(found).toBe(wanted);
        });
      }
    });
  });
});

function isAsRecorded(steps: readonly TranscriptStep[], transcript: Transcript): boolean {
  return transcript.steps.every(
    ({ expected }, index) =>
      withSortedCauses(steps[index]?.expected ?? "") === withSortedCauses(expected),
  );
}

/** The real server lists the causes of a refusal in any order. */
function withSortedCauses(output: string): string {
  return output.replaceAll(/(?:^\* .*\n)+/gm, (causes) =>
    causes
      .split(/^(?=\* )/m)
      .sort()
      .join(""),
  );
}

function exitOf(output: string): string {
  return /\[exit [^\]]+\]$/.exec(output)?.[0] ?? "[exit 0]";
}

/** Major and minor version of the client, or of the server of a kubeconfig. */
async function readVersion(path: string, kubeconfigPath?: string): Promise<string | undefined> {
  const which = kubeconfigPath === undefined ? ["--client"] : [];
  const { stdout } = await runProcess(path, ["version", "-o", "json", ...which], {
    env: { KUBECONFIG: kubeconfigPath ?? "" },
  });
  const [, major, minor] =
    (kubeconfigPath === undefined
      ? /"clientVersion".*?"major": "(\d+)",\s*"minor": "(\d+)/s
      : /"serverVersion".*?"major": "(\d+)",\s*"minor": "(\d+)/s
    ).exec(stdout) ?? [];
  return major === undefined ? undefined : `${major}.${minor}`;
}

function findOnPath(name: string): string | undefined {
  return (process.env["PATH"] ?? "")
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}
