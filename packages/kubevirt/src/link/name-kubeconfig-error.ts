import { KubeconfigInvalidError, KubeconfigRefusedError } from "@kvop/core";

/** The same error, saying which config's kubeconfig is wrong; any other error as it is. */
export function nameKubeconfigError(error: unknown, configName: string): unknown {
  const subject = `The kubeconfig of KubevirtConfig "${configName}"`;
  if (KubeconfigRefusedError.isInstance(error)) {
    const { rule, reason } = error;
    return new KubeconfigRefusedError({ rule, reason, subject });
  }
  if (KubeconfigInvalidError.isInstance(error)) {
    const { rule, problem, line, column } = error;
    return new KubeconfigInvalidError({ rule, problem, line, column, subject });
  }
  return error;
}
