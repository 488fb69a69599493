import { defineConfig, type ViteUserConfig } from "vitest/config";
import { aliases, runtime, selection } from "./scripts/vitest_settings.ts";

// The page in a browser. The ordinary suite is in vitest.config.ts.
const current = runtime();

const config: ViteUserConfig = defineConfig({
  resolve: { alias: aliases() },
  test: {
    ...selection("page", current),
    env: { FIELDLINK_RUNTIME: process.env["FIELDLINK_RUNTIME"] ?? current },
    pool: "forks",
    // One browser for all files, in the one process that they share: two would only keep each other waiting.
    maxWorkers: 1,
    isolate: false,
    allowOnly: false,
    // Time is real here, and the machine may be busy.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});

export default config;
