import { defineConfig, type ViteUserConfig } from "vitest/config";
import { aliases, runtime, split } from "./scripts/vitest_settings.ts";

// Seen from the process that reads this file; the guard in tests/house compares it with what the worker itself sees.
const current = runtime();
const { shared, alone } = split(current);

const config: ViteUserConfig = defineConfig({
  resolve: { alias: aliases() },
  test: {
    env: { FIELDLINK_RUNTIME: process.env["FIELDLINK_RUNTIME"] ?? current },
    // Under Bun the default pool of child processes does not start.
    pool: current === "bun" ? "threads" : "forks",
    // A forgotten `.only` would shrink the suite without a sound.
    allowOnly: false,
    // For a test that has gone wrong: on a busy machine any other may take a while.
    testTimeout: 60_000,
    projects: [
      { extends: true, test: { name: "shared", isolate: false, ...shared } },
      { extends: true, test: { name: "alone", isolate: true, ...alone } },
    ],
  },
});

export default config;
