/**
 * Commands whose output may still differ on the embedded server, by transcript and first line, and why. A command that is
 * equal by now is not skipped.
 */
export const knownKubectlDifferences: Readonly<Record<string, Readonly<Record<string, string>>>> =
  {};
