import { describe, expect, it } from "vitest";
import { PATIENCE, runProgram } from "../support/program.ts";

const programs = "tests/adapters/livekit/webrtc/programs";

describe("WebRTC where the run-time has none", { timeout: PATIENCE }, () => {
  it("is installed whole, with the stats and track methods that the package lacks, and lets the process end", async () => {
    const ended = await runProgram(`${programs}/peers.ts`);
    expect(ended).toMatchObject({ code: 7, stderr: "" });
    const seen: unknown = JSON.parse(ended.stdout);
    expect(seen).toMatchObject({
      support: { source: "@roamhq/wrtc" },
      track: [{}, {}, "object", ""],
      same: true,
      channel: "talk",
      afterwards: { stats: [0, 0], late: true },
      rejections: [],
      code: 7,
    });
    expect(seen).toHaveProperty("reports", Array(7).fill(true));
    expect(seen).toHaveProperty(
      "support.installed",
      expect.arrayContaining(["MediaStream", "MediaStreamTrack", "RTCPeerConnection", "RTCRtpSender"]),
    );
  });

  it("is left alone, and no package loaded, where there is a peer connection", async () => {
    const ended = await runProgram(`${programs}/present.ts`, "connection");
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(JSON.parse(ended.stdout)).toEqual({
      source: "native",
      own: true,
      replaced: false,
      installed: 0,
      shared: true,
    });
  });

  it("is installed around what is there, once for all who ask", async () => {
    const ended = await runProgram(`${programs}/present.ts`, "stream");
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    const seen: unknown = JSON.parse(ended.stdout);
    expect(seen).toMatchObject({
      source: "@roamhq/wrtc",
      own: true,
      replaced: false,
      shared: true,
      bundlePolicy: "max-bundle",
    });
  });

  it("opens sockets for one transport, which carries all that a connection of livekit-client offers", async () => {
    const ended = await runProgram(`${programs}/gathering.ts`);
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(JSON.parse(ended.stdout)).toEqual({ offered: ["m=audio", "m=video", "m=application"], gatheredFor: ["0"] });
  });
});
