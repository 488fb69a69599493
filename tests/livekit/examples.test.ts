import { describe, expect, it } from "vitest";
import { runtimes } from "../../scripts/vitest_settings.ts";
import { freshRoom, suiteServer } from "../support/livekit/suite.ts";
import { PATIENCE, Program } from "./support/program.ts";

describe("examples/livekit_gateway.ts and examples/livekit_viewer.ts", () => {
  it.for(runtimes.map((on) => ({ on })))("meet under $on", { timeout: 3 * PATIENCE }, async ({ on }) => {
    const { url, apiKey, apiSecret } = suiteServer();
    const settings = { LIVEKIT_URL: url, LIVEKIT_API_KEY: apiKey, LIVEKIT_API_SECRET: apiSecret };
    const env = { ...settings, LIVEKIT_ROOM: freshRoom() };
    const flags = on === "deno" ? ["--no-prompt", "--allow-net", "--allow-env", "--allow-ffi"] : [];
    await using gateway = new Program("examples/livekit_gateway.ts", { on, flags, env });
    await using viewer = new Program("examples/livekit_viewer.ts", { on, flags, env });
    await gateway.prints(/Ctrl-C ends it/);
    expect(await viewer.ends()).toBe(0);
    const printed = viewer.printed.join(" ").replaceAll(/\s+/g, " ").replaceAll(", }", " }");
    expect(printed).toMatch(/^connected to rover-7 \/turn \{ turned: \{ degrees: 90 \} \} \/battery \{ percent: 87 \}/);
    expect(printed.match(/\/pose \{/g)?.length).toBe(5);
    gateway.kill("SIGTERM");
    expect(await gateway.ends()).toBe(0);
  });
});
