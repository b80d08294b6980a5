/** Deadlines, not measures: generous, as the machines that run the tests may be busy with much else. */
export const deadlines = { testTimeout: 60_000, hookTimeout: 60_000 } as const;
