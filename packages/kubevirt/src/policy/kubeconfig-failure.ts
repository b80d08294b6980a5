import { KubeconfigInvalidError, KubeconfigRefusedError } from "@kvop/core";

import type { KubeconfigRule } from "./kubeconfig-rules.js";

/** The kubeconfig asks for what is never done. */
export function refused(rule: KubeconfigRule, reason: string): KubeconfigRefusedError {
  return new KubeconfigRefusedError({ rule, reason });
}

/** A part of the kubeconfig is missing or broken. */
export function invalid(
  rule: KubeconfigRule,
  problem: string,
  place: { readonly line?: number | undefined; readonly column?: number | undefined } = {},
): KubeconfigInvalidError {
  return new KubeconfigInvalidError({ rule, problem, ...place });
}
