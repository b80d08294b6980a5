import type { JsonValue } from "../schema/json.js";

const ESCAPED: Readonly<Record<string, string>> = {
  "<": "\\u003c",
  ">": "\\u003e",
  "&": "\\u0026",
  "\u2028": "\\u2028",
  "\u2029": "\\u2029",
};
const TO_ESCAPE = /[<>&\u2028\u2029]/;
const ALL_TO_ESCAPE = new RegExp(TO_ESCAPE, "g");

/** JSON as Go writes it: what HTML or JavaScript could take for its own is escaped. None of it stands outside a string. */
export function goJsonText(value: JsonValue, indent?: number): string {
  const text = JSON.stringify(value, undefined, indent);
  if (!TO_ESCAPE.test(text)) return text;
  return text.replace(ALL_TO_ESCAPE, (character) => ESCAPED[character] ?? character);
}
