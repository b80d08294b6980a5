import fc from "fast-check";

/** Texts glued from pieces: close to the grammar, rarely inside it. */
export const glued = (pieces: readonly string[], maxLength = 8): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength }).map((parts) => parts.join(""));

/** A query text whose values are escaped, but for a few that are sent as they are. */
export const queryText = (pairs: readonly (readonly [key: string, value: string])[]): string =>
  pairs.length === 0
    ? ""
    : `?${pairs.map(([key, value]) => `${encodeText(key)}=${encodeText(value)}`).join("&")}`;

/** As encodeURIComponent, but for halves of surrogate pairs. */
export function encodeText(text: string): string {
  return encodeURIComponent(text.replaceAll(/\p{Surrogate}/gu, "\uFFFD"));
}
