import { defineConfig, type ViteUserConfig } from "vitest/config";
import { aliases, runtime, selection } from "./scripts/vitest_settings.ts";

// What needs a real server. The ordinary suite is in vitest.config.ts.
const current = runtime();
const suite = process.env["FIELDLINK_SUITE"] === "interop" ? "interop" : "livekit";

const config: ViteUserConfig = defineConfig({
  resolve: { alias: aliases() },
  test: {
    ...selection(suite, current),
    env: { FIELDLINK_RUNTIME: process.env["FIELDLINK_RUNTIME"] ?? current },
    globalSetup: ["./tests/support/livekit/global_setup.ts"],
    // WebRTC outside browsers survives neither a second worker thread in a process nor, under Node, any. Bun has only
    // threads: one of them, for all files.
    ...(current === "bun" ? { pool: "threads", isolate: false } : { pool: "forks" }),
    maxWorkers: current === "node" ? 2 : 1,
    allowOnly: false,
    // Time is real here, and the machine may be busy.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});

export default config;
