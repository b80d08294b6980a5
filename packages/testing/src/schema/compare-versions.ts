const VERSION = /^v([1-9]\d*)(?:(alpha|beta)([1-9]\d*))?$/;
const STAGES: Readonly<Record<string, number>> = { alpha: 0, beta: 1, "": 2 };

/** Orders Kubernetes versions as they are preferred: v10, v2, v1, v2beta1, v1beta2, v3alpha1, other names by the alphabet. */
export function compareVersions(left: string, right: string): number {
  const [a, b] = [VERSION.exec(left), VERSION.exec(right)];
  if (a === null || b === null) {
    if (a === null && b === null) return left < right ? -1 : left > right ? 1 : 0;
    return a === null ? 1 : -1;
  }
  const stage = ([, , name = ""]: RegExpExecArray): number => STAGES[name] ?? 0;
  return (
    stage(b) - stage(a) || Number(b[1]) - Number(a[1]) || Number(b[3] ?? 0) - Number(a[3] ?? 0)
  );
}
