import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

import type { Answer } from "../case.js";
import { differences } from "../difference.js";
import { realServers } from "../real-servers.js";
import type { Target } from "../target.js";
import type { FuzzRequest } from "./fuzz-request.js";
import {
  acceptHeaders,
  brokenYamlBodies,
  contentTypes,
  continueTokens,
  deletes,
  evaluations,
  jsonBodies,
  methods,
  patches,
  paths,
  plainPatches,
  protobufBodies,
  queries,
  rules,
  schemas,
  selectors,
  unclearPatches,
  yamlBodies,
} from "./generators/index.js";
import { sendFuzz } from "./send-fuzz.js";
import { expectSound } from "./soundness.js";
import { type EmbeddedWorld, startEmbeddedWorld, startRealWorld } from "./start-worlds.js";
import { resetWorld } from "./world.js";

/** `FUZZ_RUNS` and `FUZZ_SEED` make a run longer, or another one. */
const numRuns = Number(process.env["FUZZ_RUNS"] ?? 40);
const seed = Number(process.env["FUZZ_SEED"] ?? 1);
const [real] = realServers().filter(({ label }) => !label.includes("1.34"));

/** What both servers answer alike, whatever is sent. */
const compared: Readonly<Record<string, fc.Arbitrary<FuzzRequest>>> = {
  selectors,
  "query parameters": queries,
  "continue tokens": continueTokens,
  paths,
  methods,
  "content types": contentTypes,
  deletes,
  "JSON bodies": jsonBodies,
  "Accept headers": acceptHeaders,
  "protobuf bodies": protobufBodies,
  "JSON and merge patches": plainPatches,
  "schemas of definitions": schemas,
  "rules of definitions": rules,
  "rules that defaults of definitions keep or break": evaluations,
  "YAML bodies": yamlBodies,
  patches,
};
/** What the real server cannot be asked, or answers in no order: the embedded server stays sound. */
const sound: Readonly<Record<string, fc.Arbitrary<FuzzRequest>>> = {
  "broken YAML bodies": brokenYamlBodies,
  "unclear patches": unclearPatches,
};

/** What is said of a Pod, or of a template of Pods, once it was read: recorded cases compare that, one rule after the other. */
function isBothJudged({ path }: FuzzRequest, ...answers: readonly Answer[]): boolean {
  const isOfPods = /\/(?:pods|deployments)(?:[/?]|$)/.test(path);
  return isOfPods && answers.every(({ status }) => [200, 201, 422].includes(status));
}

/**
 * Both find YAML broken, each in words of its own; a configuration has several faults, which Go finds in no order; a value is of
 * another type than Go's, for which its reflection has words that depend on the type behind a name.
 */
function isWordedOtherwise(...answers: readonly Answer[]): boolean {
  const said = answers.map(({ body }) => (body as { readonly message?: unknown })?.message);
  return [
    /yaml: /,
    /failed to create typed patch object/,
    /Invalid value: (?:unrecognized type|cannot (?:convert|restore)|json: cannot unmarshal)/,
  ].some((words) => said.every((message) => typeof message === "string" && words.test(message)));
}

/** What a rule may cost is limited when it runs here, and estimated beforehand there. */
function isTooCostly({ body }: Answer): boolean {
  return /estimated (?:rule|messageExpression) cost/.test(JSON.stringify(body));
}

it.skipIf(real !== undefined)(
  "beside a real kube-apiserver: no binaries here, see KUBEBUILDER_ASSETS",
  () => undefined,
);

describe("whole requests", () => {
  let ours: EmbeddedWorld;
  let theirs: Target | undefined;
  beforeAll(async () => {
    ours = await startEmbeddedWorld();
    theirs = real === undefined ? undefined : await startRealWorld(real);
  }, 120_000);
  afterAll(async () => {
    ours?.target.agent.destroy();
    await vi.waitFor(() => expect(ours?.server.inUse(), "watches that nobody reads").toEqual([]));
    await Promise.all([ours?.target.stop(), theirs?.stop()]);
  }, 60_000);

  const longEnough = { timeout: 60_000 + numRuns * 1000 };

  async function restore(request: FuzzRequest, status: number): Promise<void> {
    if (["GET", "HEAD"].includes(request.method) || status >= 300) return;
    // Of a delete the options in the body count alone.
    if (request.method !== "DELETE" && request.path.includes("dryRun=All")) return;
    await Promise.all([ours.target, ...(theirs === undefined ? [] : [theirs])].map(resetWorld));
  }

  it.each(Object.entries(compared))("%s", longEnough, async (_name, requests) => {
    await fc.assert(
      fc.asyncProperty(requests, async (request) => {
        const [answer, expected] = await Promise.all([
          sendFuzz(ours.target, request),
          theirs === undefined ? undefined : sendFuzz(theirs, request),
        ]);
        await expectSound(ours, answer);
        await restore(request, Math.min(answer.status, expected?.status ?? answer.status));
        if (expected === undefined || isBothJudged(request, expected, answer)) return;
        if (isTooCostly(expected)) return;
        if (isWordedOtherwise(expected, answer)) {
          expect(answer.status).toBe(expected.status);
          return;
        }
        expect(differences([expected], [answer])).toEqual([]);
      }),
      { numRuns, seed },
    );
  });

  it.each(Object.entries(sound))("%s leave the server sound", longEnough, async (_, requests) => {
    await fc.assert(
      fc.asyncProperty(requests, async (request) => {
        const answer = await sendFuzz(ours.target, request);
        await expectSound(ours, answer);
        await restore(request, answer.status);
      }),
      { numRuns, seed },
    );
  });
});
