import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { findEnvtestBinary } from "../../src/envtest/envtest-binaries.js";
import { type Fleet, startFleet } from "../../src/fleet/start-fleet.js";
import { readTranscripts, type TranscriptStep } from "./kubectl-transcript.js";
import { runProcess } from "./run-process.js";
import { runTranscript } from "./run-transcript.js";

/** The transcripts are of this kubectl: other ones print other things. */
const RECORDED = /"gitVersion": "v1\.37\./;
/** What a fleet adds to its servers shows in none of the commands of this one. */
const TRANSCRIPT = "apply";

const kubectlPath = findEnvtestBinary("kubectl");
const isRecordedVersion =
  kubectlPath !== undefined &&
  RECORDED.test((await runProcess(kubectlPath, ["version", "--client", "-o", "json"])).stdout);

// As a user has it: servers with their controllers at the pace of real ones, and virtual machines simulated beside.
describe.each([
  { name: "a fleet", bare: false },
  { name: "a bare fleet", bare: true },
])("kubectl on $name", ({ bare }) => {
  if (kubectlPath === undefined || !isRecordedVersion) {
    it.skip("there is no kubectl 1.37: set TEST_ASSET_KUBECTL or KUBEBUILDER_ASSETS", () => {});
    return;
  }
  const transcript = readTranscripts().find(({ name }) => name === TRANSCRIPT);
  const expected = transcript?.steps ?? [];
  let fleet: Fleet;
  let steps: readonly TranscriptStep[] = [];
  beforeAll(async () => {
    fleet = await startFleet({ clusters: 1, bare });
    const [cluster] = fleet.clusters;
    if (transcript === undefined || cluster === undefined) return;
    const { url, kubeconfigPath } = cluster;
    steps = await runTranscript(transcript, { url, kubeconfigPath }, kubectlPath);
  }, 600_000);
  afterAll(() => fleet?.[Symbol.asyncDispose]());

  it.each(expected.map(({ command }, index) => ({ command, index })))(
    "$index: $command",
    ({ index }) => {
      expect(steps[index]).toEqual(expected[index]);
    },
  );
});
