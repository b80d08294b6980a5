const REDACTED = "[redacted]";

/** JSON of a failure without the credential, which whoever it was sent to may repeat, however he writes it. @throws SyntaxError */
export function parseRedacted(text: string, secret: string | undefined): unknown {
  if (secret === undefined) return JSON.parse(text) as unknown;
  // After the escapes of JSON are read: there are many ways to write one text.
  return JSON.parse(text, (_key, value: unknown) =>
    typeof value === "string" ? redact(value, secret) : value,
  ) as unknown;
}

/** The text without the credential. */
export function redact(text: string, secret: string | undefined): string {
  return secret === undefined ? text : text.replaceAll(secret, REDACTED);
}
