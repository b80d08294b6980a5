import { ProtobufError } from "./protobuf-error.js";

/** The error for a value that does not fit. It shows the type alone: the value may be a secret. */
export function typeMismatch(path: string, expected: string, value: unknown): ProtobufError {
  const actual = value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
  return new ProtobufError({
    problem: `${path.replace(/^\./, "")}: expected ${expected}, found ${actual}; correct the object or answer in JSON`,
  });
}
