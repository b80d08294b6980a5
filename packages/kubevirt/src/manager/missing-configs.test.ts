import { ConfigNotFoundError, seededRandom, systemClock } from "@kvop/core";
import { expect, it } from "vitest";

import { MissingConfigs } from "./missing-configs.js";

it("forgets the oldest of too many wrong names", () => {
  const missing = new MissingConfigs(systemClock, seededRandom(1));
  for (let index = 0; index < 1500; index += 1)
    missing.remember(`wrong-${index}`, new ConfigNotFoundError({ configName: `wrong-${index}` }));
  expect(missing.size).toBe(1000);
  expect(missing.recall("wrong-499")).toBeUndefined();
  expect(missing.recall("wrong-500")).toBeDefined();
  missing.forget("wrong-500");
  expect(missing.recall("wrong-500")).toBeUndefined();
  missing.clear();
  expect(missing.size).toBe(0);
});
