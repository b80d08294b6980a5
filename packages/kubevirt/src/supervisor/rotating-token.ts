import { readFile } from "node:fs/promises";

import type { Clock } from "@kvop/core";

/** kubelet replaces a token when four fifths of its life, an hour as a rule, are over; client-go re-reads each minute. */
const TOKEN_MAX_AGE_MS = 60_000;

/** Reads a token's file at most once a minute; keeps the last token while the file cannot be read. */
export function rotatingToken(
  path: string,
  initial: string | undefined,
  clock: Clock,
): () => Promise<string | undefined> {
  let token = initial;
  let readAt = clock.monotonic();
  let reading: Promise<void> | undefined;
  const read = async (): Promise<void> => {
    try {
      const text = (await readFile(path, "utf8")).trim();
      if (/^[\x21-\x7e]+$/.test(text)) token = text;
    } catch {
      // The file is replaced at this moment, or gone for a while: the old token may still be good.
    }
    readAt = clock.monotonic();
    reading = undefined;
  };
  return async () => {
    if (clock.monotonic() - readAt >= TOKEN_MAX_AGE_MS) await (reading ??= read());
    return token;
  };
}
