/**
 * The command over HTTP: a device that is served and who views it, each a process of its own.
 */
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { recording } from "../files/support/recordings.ts";
import { temporaryFolder } from "../files/support/temporary.ts";
import { contents, total } from "./support/contents.ts";
import { commandRuntimes, endProcessesAfterEach, type Running, startCommand } from "./support/processes.ts";

/** Ms for a test: it starts several processes, perhaps on a busy machine. */
const PATIENCE = 90_000;
const file = temporaryFolder();
endProcessesAfterEach();

/** The URL that a device prints, as it stands there. */
async function urlOf(device: Running): Promise<string> {
  await device.said(" to see and drive it");
  const url = /^open (http:\S+) to see and drive it$/m.exec(device.output())?.[1];
  if (url === undefined) throw new Error(`there is no URL in ${device.output()}`);
  return url;
}

for (const runtime of commandRuntimes) {
  describe(`the command over HTTP under ${runtime}`, { timeout: PATIENCE }, () => {
    it("records a recording at the viewer as it is, and device and viewer end with it", async () => {
      const copy = file(`${runtime}-copy.mcap`);
      const path = recording("logs.mcap");
      const replay = startCommand(runtime, ["replay", path, "--serve", "0", "--reliable", "*", "--speed", "max"]);
      const view = startCommand(runtime, ["view", await urlOf(replay), "--record", copy]);
      const [device, viewer] = await Promise.all([replay.ended, view.ended]);
      expect([device.code, device.stderr]).toEqual([0, ""]);
      expect([viewer.code, viewer.stderr]).toEqual([0, ""]);
      const original = await contents(path);
      expect(await contents(copy)).toEqual(original);
      expect(viewer.stdout).toContain(`recorded ${total(original).toLocaleString("en")} messages in `);
    });

    it("serves a rover on a port that is free, which is called and diagnosed", async () => {
      const device = startCommand(runtime, ["replay", "--serve", "--wait", "0"]);
      const url = await urlOf(device);
      const [asked, doctor] = await Promise.all([
        startCommand(runtime, ["view", url, "--call", "/echo", '{"hello":1.0}']).ended,
        startCommand(runtime, ["doctor", "--url", url]).ended,
      ]);
      expect([asked.code, asked.stderr]).toEqual([0, ""]);
      expect(asked.stdout).toBe('{"service":"/echo","encoding":"json","size":13,"response":{"hello":1.0}}\n');
      expect(doctor.stdout).toMatch(/^ok +device +device is here, round trip .*, clock .*$/m);
      device.signal("SIGINT");
      expect((await device.ended).code).toBe(130);
    });

    it("refuses who has no token, in one line", async () => {
      const device = startCommand(runtime, ["demo", "--serve", "0", "--token", "open sesame", "--no-tour"]);
      const url = await urlOf(device);
      expect(url).toMatch(/#token=open%20sesame$/);
      const bare = url.replace(/#.*/, "");
      // The variable is what others on this machine cannot see.
      const environment = { FIELDLINK_TOKEN: "open sesame" };
      const [without, allowed, quiet] = await Promise.all([
        startCommand(runtime, ["view", bare]).ended,
        startCommand(runtime, ["view", url, "--duration", "1"]).ended,
        startCommand(runtime, ["view", bare, "--call", "/echo", "{}"], { environment }).ended,
      ]);
      expect([without.code, without.stdout]).toEqual([1, ""]);
      expect(without.stderr).toMatch(/^fieldlink: cannot join the room \(refused\): .*\n$/);
      expect([allowed.code, allowed.stderr]).toEqual([0, ""]);
      expect([quiet.code, quiet.stderr]).toEqual([0, ""]);
      device.signal("SIGINT");
      expect((await device.ended).code).toBe(130);
    });
  });
}

/** The port of a URL that a device has printed. */
async function portOf(device: Running): Promise<number> {
  return Number(new URL(await urlOf(device)).port);
}

/** Whether somebody listens there. */
function isTaken(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(true));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(false)));
  });
}

describe("the command", { timeout: PATIENCE }, () => {
  it("serves its demo on port 8787, as npm start does, and on the next that is free where that one is taken", async () => {
    const { scripts } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
    expect(scripts.start).toBe("node bin/fieldlink.js demo");
    const wasTaken = await isTaken(8787);
    const first = startCommand(commandRuntimes[0]!, ["demo", "--no-tour"]);
    const port = await portOf(first);
    // Another program on this machine may have it, or have had it when the command began.
    if (port !== 8787) expect(wasTaken || await isTaken(8787)).toBe(true);
    expect(port).toBeLessThan(8787 + 32);
    const second = startCommand(commandRuntimes[0]!, ["demo", "--no-tour"]);
    const next = await portOf(second);
    expect(next).not.toBe(port);
    expect(next).toBeGreaterThanOrEqual(8787);
    expect(next).toBeLessThan(8787 + 32);
    for (const [at, device] of [[port, first], [next, second]] as const) {
      const page = await fetch(`http://127.0.0.1:${at}/`);
      expect([page.status, await page.text()]).toEqual([200, expect.stringContaining("<html")]);
      device.signal("SIGINT");
    }
    expect((await Promise.all([first.ended, second.ended])).map(({ code }) => code)).toEqual([130, 130]);
  });

  it("says so of flags about serving where nothing is served, rather than pass over them", async () => {
    const [replay, json, neither, both] = await Promise.all([
      startCommand(commandRuntimes[0]!, ["replay", "--host", "0.0.0.0", "--insecure"]).ended,
      startCommand(commandRuntimes[0]!, ["demo", "--json", "--token", "hidden"]).ended,
      startCommand(commandRuntimes[0]!, ["demo", "--no-serve", "--allow-host", "rover.example"]).ended,
      startCommand(commandRuntimes[0]!, ["demo", "--no-serve", "--serve", "0"]).ended,
    ]);
    expect([replay, json, neither, both].map(({ code, stdout }) => [code, stdout])).toEqual(Array(4).fill([2, ""]));
    const vain = "for a device that is served, and this one is not: leave";
    expect(replay.stderr).toBe(`fieldlink: --host and --insecure are ${vain} them out, or say --serve\n`);
    expect(json.stderr).toBe(`fieldlink: --token is ${vain} it out, or say --serve\n`);
    expect(neither.stderr).toBe(`fieldlink: --allow-host is ${vain} it out, or --no-serve\n`);
    expect(both.stderr).toBe("fieldlink: --serve and --no-serve say the opposite: leave out one of the two\n");
  });
});
