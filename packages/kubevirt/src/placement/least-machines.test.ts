import type { PlacementSubject } from "@kvop/core";
import fc from "fast-check";
import { expect, test } from "vitest";

import { leastMachines } from "./least-machines.js";

/** Machines whose record is seen when the test says so. */
function census(start: Record<string, number> = {}) {
  const counts = new Map(Object.entries(start));
  const seen = new Map<string, string>();
  const idOf = ({ name, uid = "" }: PlacementSubject) => `${name}/${uid}`;
  return {
    counts,
    countOf: (configName: string) => counts.get(configName) ?? 0,
    configOf: (machine: PlacementSubject) => seen.get(idOf(machine)),
    see: (machine: PlacementSubject, configName: string) => {
      seen.set(idOf(machine), configName);
      counts.set(configName, (counts.get(configName) ?? 0) + 1);
    },
  };
}
const machine = (name: string, uid = name) => ({ namespace: "default", name, uid });

test("takes the config with the least Machines, the first by name of several", () => {
  const place = leastMachines(census({ a: 3, b: 1, c: 1 }));
  expect(place(["c", "b", "a"], machine("1"))).toBe("b");
  expect(place(["c", "b", "a"], machine("2"))).toBe("c");
  expect(place(["c", "b", "a"], machine("3"))).toBe("b");
  expect(place([], machine("4"))).toBeUndefined();
});

test("gives the same answer for the same Machine, and another one for the next of its name", () => {
  const place = leastMachines(census());
  const first = place(["a", "b"], machine("web", "u1"));
  for (let call = 0; call < 10; call += 1)
    expect(place(["a", "b"], machine("web", "u1"))).toBe(first);
  expect(place(["a", "b"], machine("web", "u2"))).not.toBe(first);
});

test("leaves a config that is no longer given", () => {
  const place = leastMachines(census());
  expect(place(["a", "b"], machine("web"))).toBe("a");
  expect(place(["b"], machine("web"))).toBe("b");
  expect(place(["a", "b"], machine("other"))).toBe("a");
});

test("a thousand Machines at once spread evenly, however late their records are seen and however often each is asked about", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 12 }),
      fc.array(fc.record({ lag: fc.nat({ max: 50 }), retries: fc.nat({ max: 3 }) }), {
        minLength: 1,
        maxLength: 1000,
      }),
      (clusters, arrivals) => {
        const placed = census();
        const place = leastMachines(placed);
        const names = Array.from({ length: clusters }, (_, index) => `cluster-${index}`);
        const answers = new Map<string, number>(names.map((name) => [name, 0]));
        const due: Array<{ at: number; see: () => void }> = [];
        for (const [index, { lag, retries }] of arrivals.entries()) {
          const subject = machine(String(index));
          const answer = place(names, subject) ?? "none";
          for (let retry = 0; retry < retries; retry += 1)
            expect(place(names, subject)).toBe(answer);
          answers.set(answer, (answers.get(answer) ?? 0) + 1);
          due.push({ at: index + lag, see: () => placed.see(subject, answer) });
          for (const each of due.filter(({ at }) => at === index)) each.see();
          const counts = [...answers.values()];
          expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
        }
      },
    ),
    { numRuns: 20 },
  );
});
