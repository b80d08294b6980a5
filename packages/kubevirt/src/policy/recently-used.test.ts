import fc from "fast-check";
import { expect, it } from "vitest";

import { RecentlyUsed } from "./recently-used.js";

it("keeps the values used last and makes the others again, as a list of them does", () => {
  const keys = fc.array(fc.constantFrom("a", "b", "c", "d", "e"), { maxLength: 40 });
  fc.assert(
    fc.property(keys, fc.integer({ min: 1, max: 4 }), (uses, limit) => {
      const recent = new RecentlyUsed<string>(limit);
      let expected: string[] = [];
      for (const key of uses) {
        let isMade = false;
        const value = recent.get(key, () => {
          isMade = true;
          return `value of ${key}`;
        });
        expect(value).toBe(`value of ${key}`);
        expect(isMade).toBe(!expected.includes(key));
        expected = [key, ...expected.filter((other) => other !== key)].slice(0, limit);
      }
    }),
  );
});

it("keeps nothing of what could not be made", () => {
  const recent = new RecentlyUsed<number>(2);
  const fail = (): number => {
    throw new Error("no");
  };
  expect(() => recent.get("a", fail)).toThrow("no");
  expect(recent.get("a", () => 1)).toBe(1);
});
