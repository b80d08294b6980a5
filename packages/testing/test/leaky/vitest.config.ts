import { defineConfig } from "vitest/config";

export default defineConfig({ test: { include: ["leaky.cases.ts"], reporters: ["json"] } });
