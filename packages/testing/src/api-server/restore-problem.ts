/** JSON's kinds as the reflection of Go names them. */
const GO_KINDS: Readonly<Record<string, string>> = {
  number: "int64",
  array: "slice",
  object: "map",
  bool: "bool",
};

/** The outcome of a strategic merge patch is no text that is decoded: the same fault has other words there. */
export function restoreProblem(problem: string): string {
  const [, actual = "", literal = "", type = ""] =
    /^json: cannot unmarshal (\w+) ?(\S*) into Go .* of type (\S+)$/.exec(problem) ?? [];
  const goActual = /[.eE]/.test(literal) ? "float64" : (GO_KINDS[actual] ?? actual);
  // What a reader of its own says stays.
  if (problem.endsWith("into Go value of type int32")) return problem;
  if (problem.startsWith("illegal base64 data")) return `error decoding from json: ${problem}`;
  if (type === "") return problem;
  if (type.startsWith("[]")) return `cannot restore slice from ${goActual}`;
  if (type.startsWith("map[")) return `cannot restore map from ${goActual}`;
  if (type.includes(".") && type !== "types.UID") return `cannot restore struct from: ${goActual}`;
  // Go turns whole numbers into other numbers, and into texts; what it cannot turn it does not know.
  const isTurned =
    (goActual === "int64" && type !== "bool") || (goActual === "float64" && /^u?int/.test(type));
  return isTurned
    ? `cannot convert ${goActual} to ${type}`
    : `unrecognized type: ${type === "types.UID" ? "string" : type}`;
}
