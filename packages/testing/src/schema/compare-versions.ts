const VERSION = /^v(\d+)(?:(alpha|beta)(\d+))?$/;
const STAGES = ["alpha", "beta", undefined];

/**
 * Compares names of API versions by their priority, as for `sort`: stable ones are more than beta, beta more than alpha, and
 * all of them more than a name of another form; within a stage the higher number is more.
 */
export function compareVersions(left: string, right: string): number {
  const a = VERSION.exec(left);
  const b = VERSION.exec(right);
  if (a === null && b === null) return left === right ? 0 : left < right ? 1 : -1;
  if (a === null || b === null) return a === null ? -1 : 1;
  return (
    STAGES.indexOf(a[2]) - STAGES.indexOf(b[2]) ||
    Number(a[1]) - Number(b[1]) ||
    Number(a[3] ?? 0) - Number(b[3] ?? 0)
  );
}
