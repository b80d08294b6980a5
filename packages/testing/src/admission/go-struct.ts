import { goJson, GoLiteral } from "../schema/go-format.js";

/** A value that the real server prints as one of its structures: with its keys as they stand, not sorted. */
export function goStruct(fields: Readonly<Record<string, unknown>>): GoLiteral {
  const texts = Object.entries(fields).map(([key, value]) => `${goJson(key)}:${goJson(value)}`);
  return new GoLiteral(`{${texts.join(",")}}`);
}
