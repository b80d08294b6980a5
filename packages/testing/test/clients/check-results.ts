/** Lines `ok NAME` and `FAIL NAME: why` as a map of name to `ok` or why. */
export function readCheckResults(text: string): ReadonlyMap<string, string> {
  const results = new Map<string, string>();
  for (const line of text.split("\n")) {
    const passed = /^ok (.+)$/.exec(line)?.[1];
    if (passed !== undefined) results.set(passed, "ok");
    const [, failed, why = ""] = /^FAIL ([^:]+): (.*)$/.exec(line) ?? [];
    if (failed !== undefined) results.set(failed, why);
  }
  return results;
}
