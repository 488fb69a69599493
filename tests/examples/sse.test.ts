import { describe, expect, it } from "vitest";
import { runtimes } from "../../scripts/vitest_settings.ts";
import { sseClient } from "../../adapters/sse/mod.ts";
import { Viewer } from "../../mod.ts";
import { PATIENCE, Program } from "../livekit/support/program.ts";

/** Deno tells of the signal that was sent to a child, whatever the child has ended with. */
const ended = "Deno" in globalThis ? "SIGTERM" : 0;

describe("examples of devices over HTTP", () => {
  it.for(runtimes.map((on) => ({ on })))(
    "serve under $on, and end when told to",
    { timeout: 2 * PATIENCE },
    async ({ on }) => {
      const flags = on === "deno" ? ["--no-prompt", "--allow-net", "--allow-env"] : [];
      await using program = new Program(`examples/sse_${on}.ts`, { on, flags, args: ["0"] });
      const [url = ""] = (await program.prints(/^http:.*Ctrl-C ends it/)).split(" ");
      await using viewer = await Viewer.connect(sseClient({ url }));
      expect((await viewer.device()).name).toBe("rover-7");
      let left = 3;
      for await (const message of viewer.subscribe("/pose")) {
        expect(message.json()).toEqual({ x: expect.any(Number) });
        if (--left === 0) break;
      }
      program.kill("SIGTERM");
      expect(await program.ends()).toBe(ended);
      expect(program.errors).toBe("");
    },
  );
});
