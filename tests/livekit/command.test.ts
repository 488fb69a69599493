/**
 * The command over a real server: a device and viewers, each a process of its own.
 */
import { describe, expect, it } from "vitest";
import { contents, total } from "../cli/support/contents.ts";
import {
  type CommandRuntime,
  commandRuntimes,
  endProcessesAfterEach,
  type Running,
  startCommand,
} from "../cli/support/processes.ts";
import { recording } from "../files/support/recordings.ts";
import { temporaryFolder } from "../files/support/temporary.ts";
import { freshRoom, suiteServer, tokenFor } from "../support/livekit/suite.ts";

/** Ms for a test: it starts several processes, perhaps on a busy machine. */
const PATIENCE = 180_000;
const file = temporaryFolder();
endProcessesAfterEach();

/** Starts the command in a room of the suite's server, where key and secret come from the environment. */
function start(runtime: CommandRuntime, room: string, ...args: ReadonlyArray<string>): Running {
  const { url, apiKey, apiSecret } = suiteServer();
  const environment = { LIVEKIT_URL: url, LIVEKIT_API_KEY: apiKey, LIVEKIT_API_SECRET: apiSecret };
  return startCommand(runtime, [...args, "--room", room, "--ice-server", "none"], { environment });
}

/** What is replayed under each run-time: processes are dear. */
const recordings = { node: "camera.mcap", deno: "logs.mcap", bun: "logs.mcap" } as const;

for (const runtime of commandRuntimes) {
  describe(`the command on a LiveKit server under ${runtime}`, { timeout: PATIENCE }, () => {
    it("records a recording at the viewer as it is, and device and viewer end with it", async () => {
      const room = freshRoom();
      const copy = file(`${runtime}-copy.mcap`);
      const path = recording(recordings[runtime]);
      const view = start(runtime, room, "view", "--record", copy);
      const replay = start(runtime, room, "replay", path, "--reliable", "*", "--speed", "max");
      const [device, viewer] = await Promise.all([replay.ended, view.ended]);
      expect([device.code, device.stderr]).toEqual([0, ""]);
      expect([viewer.code, viewer.stderr]).toEqual([0, ""]);
      const original = await contents(path);
      expect(await contents(copy)).toEqual(original);
      const messages = total(original).toLocaleString("en");
      expect(device.stdout).toContain(`${messages} messages logged; ${messages} sent`);
      expect(viewer.stdout).toContain(`recorded ${messages} messages in `);
    });

    it("sets, calls, watches, diagnoses and is interrupted, each with the exit code that belongs to it", async () => {
      const room = freshRoom();
      const copy = file(`${runtime}-interrupted.mcap`);
      const device = start(runtime, room, "replay", "--reliable", "*", "--topic", "*pose");
      const recorder = start(runtime, room, "view", "--json", "--record", copy);
      const watcher = start(runtime, room, "view", "--device", "device");
      await recorder.spoken;
      const [asked, refused, doctor] = await Promise.all([
        start(runtime, room, "view", "--set", "/rover/max_speed=0.5", "--call", "/echo", '{"hello":1.0}').ended,
        start(runtime, room, "view", "--call", "/nothing").ended,
        start(runtime, room, "doctor").ended,
      ]);
      expect([doctor.code, doctor.stderr]).toEqual([0, ""]);
      expect(doctor.stdout.trimEnd().split("\n").map((line) => line.split(/ +/).slice(0, 2).join(" "))).toEqual([
        ...["run-time", "webrtc", "server", "connection", "permissions", "path", "data-tracks", "clock", "device"]
          .map((name) => `ok ${name}`),
      ]);
      expect(doctor.stdout).toMatch(/^ok +device +device is here, round trip .*, clock .*$/m);
      expect([asked.code, asked.stderr]).toEqual([0, ""]);
      expect(asked.stdout).toBe(
        '{"parameters":[{"name":"/rover/max_speed","type":"float64","value":0.5}]}\n' +
          '{"service":"/echo","encoding":"json","size":13,"response":{"hello":1.0}}\n',
      );
      expect([refused.code, refused.stdout]).toEqual([1, ""]);
      expect(refused.stderr).toMatch(
        /^fieldlink: the device .* has no service "\/nothing"; it has "\/reset", "\/echo"\n$/,
      );
      recorder.signal("SIGINT");
      const recorded = await recorder.ended;
      expect(recorded.code).toBe(130);
      expect(total(await contents(copy))).toBe(recorded.stdout.trimEnd().split("\n").length);
      await watcher.said("/rover/pose");
      device.signal("SIGINT");
      expect((await device.ended).code).toBe(130);
      const watched = await watcher.ended;
      expect([watched.code, watched.stderr]).toEqual([0, ""]);
      expect(watched.stdout).toMatch(/^1 channel; [\d,]+ messages received /m);
    });
  });
}

describe("the command and its token", { timeout: PATIENCE }, () => {
  const runtime = commandRuntimes[0] ?? "node";

  it("is refused in one line that does not tell the token, and let in with one that is right", async () => {
    const { url } = suiteServer();
    const token = await tokenFor(freshRoom(), "viewer-1");
    const to = ["--url", url, "--ice-server", "none"];
    const environment = { LIVEKIT_TOKEN: `${token.slice(0, -6)}AAAAAA` };
    const [alone, ...refused] = await Promise.all([
      startCommand(runtime, ["view", ...to, "--token", token, "--wait", "1"]).ended,
      startCommand(runtime, ["view", ...to], { environment }).ended,
      startCommand(runtime, ["replay", ...to], { environment }).ended,
    ]);
    for (const { code, stdout, stderr } of refused) {
      expect(code).toBe(1);
      expect(stderr).toMatch(/^fieldlink: cannot join the room \(refused\): .*\n$/);
      expect(`${stdout}${stderr}`).not.toContain(token.slice(0, 30));
    }
    expect(alone.code).toBe(1);
    expect(alone.stderr).toBe("fieldlink: no device has come within 1 s; --wait says how long to wait\n");
  });
});
