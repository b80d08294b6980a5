import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { version134Differences } from "./version-134-differences.js";

export interface CaseResult {
  readonly topic: string;
  readonly name: string;
  readonly isEqual: boolean;
  /** Why a difference is known. */
  readonly reason: string | undefined;
}

const path = fileURLToPath(new URL("../../../docs/fidelity.md", import.meta.url));

/** The committed page. */
export function readFidelity(): string {
  return readFileSync(path, "utf8");
}

/** Writes `docs/fidelity.md`. */
export function writeFidelity(results: readonly CaseResult[]): void {
  writeFileSync(path, renderFidelity(results));
}

/** The totals, then topic by topic: cases, how many are equal, what differs and why. */
export function renderFidelity(results: readonly CaseResult[]): string {
  const topics = [...new Set(results.map(({ topic }) => topic))];
  const different = results.length - countEqual(results);
  return [
    "# Fidelity of the embedded API server",
    "",
    `${countEqual(results)} equal, ${different} different`,
    "",
    "A case is a sequence of requests over HTTPS. It is equal when every answer (status, headers, body, events of watches) is",
    "that of a real kube-apiserver 1.37, after normalising what must differ between two runs: uids, times, tokens, allocated",
    "addresses, resourceVersions but for their order. The cases are in `packages/testing/conformance/cases`; `pnpm",
    "test:conformance` runs them against the embedded server and against each real one that `CONFORMANCE_ASSETS` or",
    "`KUBEBUILDER_ASSETS` names. This page is written by that command with `CONFORMANCE_UPDATE=1`; a test fails when it is out",
    "of date.",
    "",
    `kube-apiserver 1.34 answers ${version134Differences.length} of the cases otherwise than 1.37: see`,
    "`packages/testing/conformance/version-134-differences.ts`.",
    ...topics.flatMap((topic) =>
      renderTopic(
        topic,
        results.filter((result) => result.topic === topic),
      ),
    ),
    "",
  ].join("\n");
}

function renderTopic(topic: string, results: readonly CaseResult[]): string[] {
  const different = results.filter(({ isEqual }) => !isEqual);
  return [
    "",
    `## ${topic}`,
    "",
    `${results.length} cases, ${results.length - different.length} equal, ${different.length} different`,
    ...(different.length === 0 ? [] : ["", "Known differences:", ""]),
    ...different.map(({ name, reason }) => `- ${name}: ${reason ?? "not explained yet"}`),
  ];
}

function countEqual(results: readonly CaseResult[]): number {
  return results.filter(({ isEqual }) => isEqual).length;
}
