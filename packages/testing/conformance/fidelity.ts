import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export interface CaseResult {
  readonly topic: string;
  readonly name: string;
  readonly isEqual: boolean;
  /** Why a difference is known. */
  readonly reason: string | undefined;
}

/** Writes `docs/fidelity.md`: the totals, then topic by topic. */
export function writeFidelity(results: readonly CaseResult[]): void {
  const path = fileURLToPath(new URL("../../../docs/fidelity.md", import.meta.url));
  mkdirSync(fileURLToPath(new URL("../../../docs/", import.meta.url)), { recursive: true });
  writeFileSync(path, renderFidelity(results));
}

export function renderFidelity(results: readonly CaseResult[]): string {
  const topics = [...new Set(results.map(({ topic }) => topic))];
  const rows = topics.map((topic) => {
    const cases = results.filter((result) => result.topic === topic);
    const equal = countEqual(cases);
    return `| ${topic} | ${cases.length} | ${equal} | ${cases.length - equal} |`;
  });
  return [
    "# Fidelity of the embedded API server",
    "",
    `${countEqual(results)} equal, ${results.length - countEqual(results)} different`,
    "",
    "Written by `pnpm test:conformance`. A case is a sequence of requests; it is equal when every answer (status, headers,",
    "body) is that of kube-apiserver 1.37 after normalising what must differ between two runs.",
    "",
    "| topic | cases | equal | different |",
    "|---|---|---|---|",
    ...rows,
    ...topics.flatMap((topic) => renderDifferences(topic, results)),
    "",
  ].join("\n");
}

function renderDifferences(topic: string, results: readonly CaseResult[]): string[] {
  const different = results.filter((result) => result.topic === topic && !result.isEqual);
  if (different.length === 0) return [];
  return [
    "",
    `## ${topic}`,
    "",
    ...different.map(({ name, reason }) => `- ${name}: ${reason ?? "not explained yet"}`),
  ];
}

function countEqual(results: readonly CaseResult[]): number {
  return results.filter(({ isEqual }) => isEqual).length;
}
