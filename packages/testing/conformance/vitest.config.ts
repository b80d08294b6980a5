import { defineProject } from "vitest/config";
import { deadlines } from "../../../vitest.base.ts";

export default defineProject({
  test: {
    name: "conformance",
    environment: "node",
    ...deadlines,
    include: ["*.test.ts", "fuzz/*.test.ts"],
    maxConcurrency: 8,
  },
});
