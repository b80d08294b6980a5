/** Checks of the Go programs that the embedded server may still fail, and why. One that passes is not skipped. */
export const knownGoDifferences: Readonly<Record<string, string>> = {};
