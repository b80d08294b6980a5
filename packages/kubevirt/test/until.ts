import { vi } from "vitest";

/** Waits for a condition, which is looked at often, and long enough for a machine that is busy. */
export function until(check: () => void | Promise<void>): Promise<void> {
  return vi.waitFor(check, { timeout: 20_000, interval: 5 });
}
