import { execFileSync } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { contents, total } from "./support/contents.ts";
import {
  type CommandRuntime,
  commandRuntimes,
  endProcessesAfterEach,
  type Running,
  startCommand,
} from "./support/processes.ts";
import { recording } from "../files/support/recordings.ts";
import { temporaryFolder } from "../files/support/temporary.ts";

/** Ms for a test: it starts several processes, perhaps on a busy machine. */
const PATIENCE = 90_000;
const root = new URL("../../", import.meta.url);
const file = temporaryFolder();
endProcessesAfterEach();

function start(runtime: CommandRuntime, ...args: ReadonlyArray<string>): Running {
  return startCommand(runtime, args);
}

for (const runtime of commandRuntimes) {
  describe(`the command under ${runtime}`, { timeout: PATIENCE }, () => {
    it("records a recording as it is, with every topic reliable and at the utmost speed", async () => {
      for (const name of ["turtlesim.bag", "camera.mcap", "logs.mcap"] as const) {
        const copy = file(`${runtime}-copy.mcap`);
        const { ended } = start(
          runtime,
          "demo",
          recording(name),
          "--reliable",
          "*",
          "--speed",
          "max",
          "--record",
          copy,
        );
        const { code, stdout, stderr } = await ended;
        expect([name, code, stderr]).toEqual([name, 0, ""]);
        const original = await contents(recording(name));
        expect(await contents(copy)).toEqual(original);
        expect(stdout).toContain(`recorded ${total(original).toLocaleString("en")} messages in `);
      }
    });

    it("says in one line what is wrong with a file, and fails", async () => {
      const cut = file("cut.mcap", readFileSync(recording("logs.mcap")).subarray(0, 20_000));
      const foreign = file("notes.txt", "just some notes");
      const faults = { [file("none.bag")]: "there is no such file", [cut]: "truncated", [foreign]: "it is neither" };
      for (const [path, fault] of Object.entries(faults)) {
        const { code, stdout, stderr } = await start(runtime, "demo", path).ended;
        expect([code, stdout]).toEqual([1, ""]);
        expect(stderr).toMatch(/^fieldlink: cannot replay ".*": .*\n$/);
        expect(stderr).toContain(fault);
      }
    });

    it("refuses a pipe at once, before anybody writes to it", async () => {
      const pipe = file(`${runtime}-pipe`);
      execFileSync("mkfifo", [pipe]);
      const { code, stdout, stderr } = await start(runtime, "demo", pipe).ended;
      expect([code, stdout]).toEqual([1, ""]);
      expect(stderr).toBe(`fieldlink: cannot replay "${pipe}": it is a pipe or device: copy it to a file first\n`);
    });

    it("completes its recording and its summary on Ctrl-C", async () => {
      const copy = file(`${runtime}-rover.mcap`);
      const { signal, ended, spoken } = start(runtime, "demo", "--no-tour", "--json", "--record", copy);
      await spoken;
      signal("SIGINT");
      const { code, stdout, stderr } = await ended;
      expect(code).toBe(130);
      expect(total(await contents(copy))).toBe(stdout.trimEnd().split("\n").length);
      expect(stderr).toMatch(
        /^6 channels, [\d,]+ messages sent, [\d,]+ received .*\nrecorded [\d,]+ messages in .*\n$/,
      );
    });

    it("plays a recording under its viewer's control, and refuses two recordings at once", async () => {
      const path = recording("logs.mcap");
      const played = await start(runtime, "demo", "--play", path, "--no-tour", "--speed", "20", "--json").ended;
      expect(played.code).toBe(0);
      expect(played.stdout.trimEnd().split("\n").every((line) => JSON.parse(line).topic !== undefined)).toBe(true);
      expect(played.stderr).toMatch(/^tour: plays from 0\.0 s of 3\.1 s, 20 times as fast\n2 channels, .*\n$/);
      const two = await start(runtime, "demo", "--play", path, path).ended;
      expect([two.code, two.stdout]).toEqual([2, ""]);
      expect(two.stderr).toMatch(/^fieldlink: there are two recordings: .*; give one\n$/);
    });

    it("takes its tour of the rover on standard error when messages go to standard output", async () => {
      const { signal, ended, noted } = start(runtime, "demo", "--json");
      await noted("the parameter /rover/max_speed ");
      signal("SIGINT");
      const { code, stdout, stderr } = await ended;
      expect(code).toBe(130);
      expect(stdout.trimEnd().split("\n").every((line) => JSON.parse(line).topic !== undefined)).toBe(true);
      expect(stderr).toMatch(
        /^tour: the service \/echo has answered .*\ntour: the parameter \/rover\/max_speed was 1, /,
      );
    });

    it("ends cleanly and silently when its output is closed", async () => {
      const { child, ended, spoken } = start(runtime, "demo", "--json", "--speed", "max");
      await spoken;
      child.stdout?.destroy();
      const { code, stderr } = await ended;
      expect([code, stderr]).toEqual([0, ""]);
    });

    it("fails with one line when its output cannot be written", async () => {
      const full = openSync("/dev/full", "w");
      const { ended } = startCommand(runtime, ["demo", "--json", "--speed", "max", "--duration", "1"], {
        output: full,
      });
      const { code, stderr } = await ended;
      closeSync(full);
      expect(code).toBe(1);
      expect(stderr).toContain("fieldlink: the output cannot be written: ");
    });

    it("says what is missing to connect, and where it is to come from, without telling any secret", async () => {
      const nothing = await start(runtime, "view", "--room", "yard").ended;
      expect([nothing.code, nothing.stdout]).toEqual([2, ""]);
      expect(nothing.stderr).toMatch(
        /^fieldlink: cannot connect without a --url \(or LIVEKIT_URL\).*LIVEKIT_API_KEY.*\n$/,
      );
      const secrets = ["--api-key", "key", "--api-secret", "hidden", "--token", "hidden"];
      const both = await start(runtime, "replay", "--url", "ws://localhost:7880", ...secrets).ended;
      expect([both.code, both.stdout]).toEqual([2, ""]);
      expect(both.stderr).toMatch(/^fieldlink: --token says already who joins which room: leave out .*\n$/);
      expect(both.stderr).not.toContain("hidden");
    });

    it("says what this machine can do", async () => {
      const { code, stdout, stderr } = await start(runtime, "doctor").ended;
      expect([code, stderr]).toEqual([0, ""]);
      expect(stdout).toMatch(
        /^ok +run-time +(Node|Deno|Bun) \d.*\nok +webrtc +.* a pair connects in .*\n$/,
      );
      const json = await start(runtime, "doctor", "--json").ended;
      expect(JSON.parse(json.stdout)).toMatchObject({
        isWell: true,
        checks: [{ name: "run-time" }, { name: "webrtc" }],
      });
    });

    it("tells its version and how it is used", async () => {
      const packageJson: { readonly version: string } = JSON.parse(readFileSync(new URL("package.json", root), "utf8"));
      const version = await start(runtime, "--version").ended;
      expect([version.code, version.stdout.includes(packageJson.version)]).toEqual([0, true]);
      const help = await start(runtime, "demo", "--help").ended;
      expect(help.code).toBe(0);
      for (
        const flag of [
          "--speed",
          "--loop",
          "--topic",
          "--reliable",
          "--wait",
          "--record",
          "--json",
          "--no-tour",
          "--duration",
        ]
      ) {
        expect(help.stdout).toContain(`${flag} `);
      }
      expect(help.stdout.replaceAll(/\s+/g, " ")).toContain(
        "channels without a message, publish times and the source's sequence numbers are not kept",
      );
      const misused = await start(runtime, "demo", "--speed", "0").ended;
      expect(misused.code).toBe(2);
      expect(misused.stderr).toContain('a positive number or "max"');
    });
  });
}
