/** Commands whose output may still differ on the embedded server, by transcript, and why. Equal ones are not skipped. */
export const knownKubectlDifferences: Readonly<Record<string, Readonly<Record<string, string>>>> =
  {};
