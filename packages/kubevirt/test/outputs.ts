import { inspect } from "node:util";

/** All that the code under test has put out in the present test, and all credentials of its fixtures. */
const recorded = { outputs: new Set<string>(), secrets: new Set<string>() };

/** Notes a line, an error, a state, a metric, a request's body: whatever leaves the code under test. */
export function recordOutput(output: unknown): void {
  recorded.outputs.add(
    typeof output === "string" ? output : inspect(output, { depth: 12, showHidden: true }),
  );
}

/** Notes a credential of a fixture, which must be in no output, however it is written. */
export function recordSecret(secret: string): void {
  if (secret.length >= 8) recorded.secrets.add(secret);
}

/** Outputs with a credential in them, and how much was searched; forgets both. */
export function searchOutputs(): { readonly leaks: readonly string[]; readonly searched: number } {
  const forms = [...recorded.secrets].flatMap((secret) => [
    secret,
    Buffer.from(secret).toString("base64").replace(/=+$/, ""),
    encodeURIComponent(secret),
  ]);
  const leaks = [...recorded.outputs].filter((output) =>
    forms.some((form) => output.includes(form)),
  );
  const searched = recorded.outputs.size;
  recorded.outputs.clear();
  recorded.secrets.clear();
  return { leaks, searched };
}
