import { describe, expect, it } from "vitest";
import { freePorts } from "../support/livekit/ports.ts";
import { freshRoom, suiteServer } from "../support/livekit/suite.ts";
import { runProgram } from "../adapters/livekit/support/program.ts";

/** Ms: less than any of the timers that livekit-client may leave behind, and much for a busy machine. */
const AT_ONCE = 8_000;

describe("a process that has used WebRTC", () => {
  it("ends by itself soon after its last room was left, with its exit code, and has printed nothing of its own", async () => {
    const { url, apiKey, apiSecret } = suiteServer();
    const ended = await runProgram("tests/livekit/programs/visit.ts", url, apiKey, apiSecret, freshRoom());
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    const [pose, scan, end = ""] = ended.stdout.trimEnd().split("\n");
    expect([pose, scan]).toEqual(['{"x":1}', '{"ranges":[2]}']);
    const seen: { tookMs: number } = JSON.parse(end);
    expect(seen).toMatchObject({ rejections: [], code: 0 });
    expect(seen.tookMs).toBeLessThan(AT_ONCE);
  });

  it("ends by itself when there was no server to join", async () => {
    const { http } = await freePorts();
    const ended = await runProgram("tests/livekit/programs/unreachable.ts", `ws://127.0.0.1:${http}`);
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(ended.stdout).toMatch(/^cannot join the room \(unreachable\): /);
  });

  it("has closed every peer connection after joins that failed and rooms that were left at once", async () => {
    const { url, apiKey, apiSecret } = suiteServer();
    const { http } = await freePorts();
    const nowhere = `ws://127.0.0.1:${http}`;
    const ended = await runProgram("tests/livekit/programs/hasty.ts", url, apiKey, apiSecret, freshRoom(), nowhere);
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    const { made, threadsMore, ...rest }: { made: number; threadsMore: number } = JSON.parse(ended.stdout);
    expect(rest).toEqual({ rejections: [], open: 0 });
    expect(made).toBeGreaterThanOrEqual(18);
    // Each attempt would add four, if its threads were its own.
    expect(threadsMore).toBeLessThan(8);
  });
});
