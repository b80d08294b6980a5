/** A case in which a server does not answer as the recording of 1.37 does, and why that is so. */
export interface KnownDifference {
  readonly topic: string;
  readonly case: string;
  readonly reason: string;
}

/** Of the embedded server. A case that has become equal must leave this list. */
export const embeddedDifferences: readonly KnownDifference[] = [
  {
    topic: "cel",
    case: "refused: syntax error",
    reason: "a rule that is no CEL is refused at the same place, in the words of another parser",
  },
  {
    topic: "built-in-objects",
    case: "volume that is invalid",
    reason: "an empty map cannot be told from none once an object was read: the message shows null",
  },
];

/** The reason of a known difference, undefined when the case has to be equal. */
export function knownReason(
  list: readonly KnownDifference[],
  topic: string,
  name: string,
): string | undefined {
  return list.find((entry) => entry.topic === topic && entry.case === name)?.reason;
}
