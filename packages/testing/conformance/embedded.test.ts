import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { topics } from "./cases/index.js";
import { expectEqual } from "./expect-equal.js";
import { differences } from "./difference.js";
import { startEmbeddedTarget } from "./embedded-target.js";
import { writeFidelity, type CaseResult } from "./fidelity.js";
import { embeddedDifferences, knownReason } from "./known-differences.js";
import { readRecording } from "./recording.js";
import { runCase } from "./run-case.js";
import type { Target } from "./target.js";

const results: CaseResult[] = [];

describe.each(topics)("$name", (topic) => {
  const recording = readRecording("v1.37", topic.name);
  let target: Target;
  beforeAll(async () => {
    target = await startEmbeddedTarget();
  });
  afterAll(async () => {
    await target?.stop();
  });

  it.each(topic.cases)("$name", { timeout: 30_000 }, async (conformanceCase) => {
    const { name } = conformanceCase;
    const expected = recording[name];
    expect(
      expected,
      "not recorded: run against the real server with CONFORMANCE_RECORD=1",
    ).toBeDefined();
    const reason = knownReason(embeddedDifferences, topic.name, name);
    const found = await runCase(target, topic, conformanceCase).then(
      (answers) => differences(expected ?? [], answers),
      (error: unknown) => [String(error)],
    );
    results.push({ topic: topic.name, name, isEqual: found.length === 0, reason });
    if (reason === undefined) {
      expectEqual(found);
    } else {
      expect(found, "equal by now: remove it from known-differences.ts").not.toEqual([]);
    }
  });
});

afterAll(() => {
  const count = topics.reduce((sum, { cases }) => sum + cases.length, 0);
  // A run of some topics says nothing about the whole.
  if (results.length === count) writeFidelity(results);
});
