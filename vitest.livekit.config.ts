import { defineConfig, type ViteUserConfig } from "vitest/config";
import { completeChannels } from "./scripts/bun_forks.ts";
import { aliases, runtime, selection } from "./scripts/vitest_settings.ts";

// What needs a real server. The ordinary suite is in vitest.config.ts.
const current = runtime();
if (current === "bun") completeChannels();
const suite = process.env["FIELDLINK_SUITE"] === "interop" ? "interop" : "livekit";

const config: ViteUserConfig = defineConfig({
  resolve: { alias: aliases() },
  test: {
    ...selection(suite, current),
    env: { FIELDLINK_RUNTIME: process.env["FIELDLINK_RUNTIME"] ?? current },
    globalSetup: ["./tests/support/livekit/global_setup.ts"],
    // WebRTC outside browsers does not survive the end of a worker thread, on any run-time.
    pool: "forks",
    maxWorkers: 2,
    allowOnly: false,
    // Time is real here, and the machine may be busy.
    testTimeout: 120_000,
    hookTimeout: 60_000,
    // Connections cost processor time: more side by side would only keep each other waiting.
    maxConcurrency: 3,
  },
});

export default config;
