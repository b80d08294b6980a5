import { BASELINE_CHECKS } from "./baseline-checks.js";
import { minorOf, type SecurityPolicy } from "./pod-security-level.js";
import { RESTRICTED_CHECKS } from "./restricted-checks.js";
import type { SecuritySubject, Violation } from "./security-subject.js";

/** What of a Pod, or of a template, a policy does not allow. */
export function evaluatePod(
  policy: SecurityPolicy,
  pod: Pick<SecuritySubject, "metadata" | "spec">,
): readonly Violation[] {
  if (policy.level === "privileged") return [];
  const subject = { ...pod, minor: minorOf(policy) };
  const restricted =
    policy.level === "restricted"
      ? RESTRICTED_CHECKS.filter(({ since }) => subject.minor >= since)
      : [];
  const replaced = new Set<string>(restricted.flatMap(({ replaces }) => replaces ?? []));
  return [
    ...Object.entries(BASELINE_CHECKS)
      .filter(([id]) => !replaced.has(id))
      .map(([, check]) => check),
    ...restricted.map(({ check }) => check),
  ]
    .map((check) => check(subject))
    .filter((violation) => violation !== undefined);
}

/** All that was found, in full. */
export const inFull = (violations: readonly Violation[]): string =>
  violations.map(({ reason, detail }) => `${reason} (${detail})`).join(", ");

/** All that was found, in a word each. */
export const inShort = (violations: readonly Violation[]): string =>
  violations.map(({ reason }) => reason).join(", ");
