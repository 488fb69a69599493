import { defineConfig, type ViteUserConfig } from "vitest/config";
import { aliases, runtime, selection } from "./scripts/vitest_settings.ts";

// Seen from the process that reads this file; the guard in tests/house compares it with what the worker itself sees.
const current = runtime();

const config: ViteUserConfig = defineConfig({
  resolve: { alias: aliases() },
  test: {
    ...selection("ordinary", current),
    env: { FIELDLINK_RUNTIME: process.env["FIELDLINK_RUNTIME"] ?? current },
    // Under Bun the default pool of child processes does not start.
    pool: current === "bun" ? "threads" : "forks",
    // A forgotten `.only` would shrink the suite without a sound.
    allowOnly: false,
    testTimeout: 20_000,
  },
});

export default config;
