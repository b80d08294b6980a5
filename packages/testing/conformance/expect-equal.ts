/** Fails with the differences alone: a stack or a code frame would only hide them. */
export function expectEqual(differences: readonly string[]): void {
  if (differences.length === 0) return;
  const error = new Error(`not what kube-apiserver 1.37 answers\n${differences.join("\n")}`);
  error.stack = "";
  throw error;
}
