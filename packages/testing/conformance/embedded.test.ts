import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { topics } from "./cases/index.js";
import { differences } from "./difference.js";
import { startEmbeddedTarget } from "./embedded-target.js";
import { expectEqual } from "./expect-equal.js";
import { type CaseResult, readFidelity, renderFidelity, writeFidelity } from "./fidelity.js";
import { embeddedDifferences, knownReason } from "./known-differences.js";
import { readRecording } from "./recording.js";
import { runCase } from "./run-case.js";
import type { Target } from "./target.js";

/** Writes docs/fidelity.md anew instead of comparing it. */
const isUpdating = process.env["CONFORMANCE_UPDATE"] === "1";
const results: CaseResult[] = [];

describe("embedded", () => {
  let plain: Target;
  let controlled: Target;
  beforeAll(async () => {
    plain = await startEmbeddedTarget();
    controlled = await startEmbeddedTarget(true);
  });
  afterAll(async () => {
    await plain?.stop();
    await controlled?.stop();
  });

  describe.concurrent.each(topics)("$name", (topic) => {
    const recording = readRecording("v1.37", topic.name);

    it.each(topic.cases)("$name", { timeout: 30_000 }, async (conformanceCase) => {
      const { name } = conformanceCase;
      const expected = recording[name];
      expect(
        expected,
        "not recorded: run against the real server with CONFORMANCE_RECORD=1",
      ).toBeDefined();
      const target = topic.hasControllers === true ? controlled : plain;
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
});

describe("docs/fidelity.md", () => {
  it("says what this run has found", ({ skip }) => {
    const ordered = topics.flatMap(({ name: topic, cases }) =>
      cases.flatMap(
        ({ name }) => results.find((each) => each.topic === topic && each.name === name) ?? [],
      ),
    );
    const count = topics.reduce((sum, { cases }) => sum + cases.length, 0);
    skip(ordered.length < count, "some cases did not run: that says nothing about the whole");
    if (isUpdating) writeFidelity(ordered);
    expect(readFidelity(), "out of date: run pnpm test:conformance with CONFORMANCE_UPDATE=1").toBe(
      renderFidelity(ordered),
    );
  });

  it("knows no case that is not there", () => {
    const unknown = embeddedDifferences.filter(
      ({ topic, case: name }) =>
        topics.find((each) => each.name === topic)?.cases.some((each) => each.name === name) !==
        true,
    );
    expect(unknown).toEqual([]);
  });

  it("has at least fifteen cases of each topic", () => {
    const small = topics.filter(({ cases }) => cases.length < 15);
    expect(small.map(({ name }) => name)).toEqual([]);
  });
});
