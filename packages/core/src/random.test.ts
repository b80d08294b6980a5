import fc from "fast-check";
import { expect, test } from "vitest";
import { jitter, seededRandom, systemRandom } from "./random.js";

test("the same seed gives the same sequence", () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const [a, b] = [seededRandom(seed), seededRandom(seed)];
      for (let index = 0; index < 20; index += 1) expect(a.next()).toBe(b.next());
      expect(a.uuid()).toBe(b.uuid());
      expect(a.bytes(5)).toEqual(b.bytes(5));
    }),
  );
});

test.each([
  ["system", systemRandom],
  ["seeded", seededRandom(7)],
])("%s: numbers in [0, 1), version 4 UUIDs, jitter within its share", (_, random) => {
  for (let index = 0; index < 100; index += 1) {
    const number = random.next();
    expect(number >= 0 && number < 1).toBe(true);
    expect(random.uuid()).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    const delay = jitter(random, 100, 0.5);
    expect(delay >= 100 && delay <= 150).toBe(true);
  }
});
