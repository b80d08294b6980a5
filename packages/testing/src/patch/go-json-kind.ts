/** How Go's JSON decoder names the kind of a value in its messages (`cannot unmarshal number into ...`). */
export function goJsonKind(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "boolean") return "bool";
  return typeof value;
}
