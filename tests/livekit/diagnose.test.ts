/**
 * The diagnosis of this machine, and of servers of several kinds.
 */
import * as Effect from "effect/Effect";
import { describe, expect, it } from "vitest";
import { type Check, diagnose, type DiagnoseOptions } from "../../adapters/livekit/mod.ts";
import { MAX_FRAME_BYTES } from "../../adapters/livekit/outgoing_track.ts";
import { runDoctor } from "../../cli/doctor/run_doctor.ts";
import { Output } from "../../cli/output.ts";
import type { Transport } from "../../transport/mod.ts";
import { fakeOutput } from "../cli/support/fake_output.ts";
import { freePorts } from "../support/livekit/ports.ts";
import { LiveKitServer, type ServerAddress } from "../support/livekit/server.ts";
import { freshRoom, suiteAdmin, suiteServer, tokenFor, type WayInOptions } from "../support/livekit/suite.ts";

/** What is found of a server, by name; a test looks at what it is about. */
async function checksOf(
  server: ServerAddress,
  options: DiagnoseOptions = {},
  token?: WayInOptions["token"],
): Promise<Readonly<Record<string, Check>>> {
  const { checks } = await diagnose({
    url: server.url,
    token: () => tokenFor(freshRoom(), "doctor", { server, ...(token === undefined ? {} : { token }) }),
    iceServers: [],
    ...options,
  });
  return Object.fromEntries(checks.map((check) => [check.name, check]));
}

describe("the doctor", () => {
  it("ends with what has gone wrong in itself, and does not wait for more", async () => {
    const transport: Transport = { name: "broken", join: () => Effect.die(new Error("broken")) };
    const { url } = suiteServer();
    const token = await tokenFor(freshRoom(), "doctor");
    const { output } = fakeOutput();
    const server = { livekit: { url, token, iceServers: [] }, transport, hasDevice: true };
    const looked = Effect.runPromise(Effect.provideService(runDoctor({ json: true, server }), Output, output));
    await expect(looked).rejects.toThrow("broken");
  });
});

describe("the diagnosis", () => {
  it("looks at the machine alone where there is no server to look at", async () => {
    const told: Array<string> = [];
    const { checks, isWell } = await diagnose({ onCheck: ({ name }) => told.push(name) });
    expect(isWell).toBe(true);
    expect(checks.map(({ name, state }) => [name, state])).toEqual([["run-time", "ok"], ["webrtc", "ok"]]);
    expect(checks[1]?.figures).toMatchObject({ sentBytes: 262_144, maxMessageBytes: 262_144 });
    expect(told).toEqual(["run-time", "webrtc"]);
  });

  it("finds all well with a server that is, and leaves nothing in the room", async () => {
    const room = freshRoom();
    const { checks, isWell } = await diagnose({
      url: suiteServer().url,
      token: () => tokenFor(room, "doctor"),
      iceServers: [],
    });
    expect(checks.filter(({ state }) => state !== "ok")).toEqual([]);
    expect(isWell).toBe(true);
    expect(checks.map(({ name }) => name)).toEqual([
      "run-time",
      "webrtc",
      "server",
      "connection",
      "permissions",
      "path",
      "data-tracks",
      "clock",
    ]);
    const figures = Object.assign({}, ...checks.map((check) => check.figures));
    expect(figures).toMatchObject({ status: 200, protocol: "udp", relayed: "false", maxFrameBytes: MAX_FRAME_BYTES });
    // Both clocks are this machine's.
    expect(Math.abs(figures.offsetMs)).toBeLessThanOrEqual(figures.boundMs);
    await expect.poll(() => suiteAdmin().listParticipants(room), { timeout: 10_000 }).toEqual([]);
  });

  it("says what is wrong with a token, and does not tell it", async () => {
    const { apiSecret: _, ...server } = suiteServer();
    const foreign = await checksOf({ ...server, apiSecret: "of another server" });
    expect(foreign["connection"]).toMatchObject({ state: "failed" });
    expect(foreign["connection"]?.detail).toMatch(/^refused: .*signature/);
    expect(foreign["connection"]?.advice).toContain("is the token for this server");
    expect(JSON.stringify(foreign)).not.toContain("eyJ");
    const expired = await checksOf(suiteServer(), {}, { ttlSeconds: -120 });
    expect(expired["connection"]?.advice).toMatch(/^the token ran out at 20.*: get a new one$/);
    const mute = await checksOf(suiteServer(), {}, { canPublish: false, canUpdateOwnMetadata: false });
    expect(mute["permissions"]).toMatchObject({
      state: "failed",
      detail: "the token lacks canPublish, canPublishData, canUpdateOwnMetadata",
    });
    expect(mute["data-tracks"]?.state).toBe("failed");
    const late = await checksOf(suiteServer(), {}, { canUpdateOwnMetadata: false });
    expect(late["permissions"]).toMatchObject({ state: "warning", detail: "the token lacks canUpdateOwnMetadata" });
    const none = await checksOf(suiteServer(), { token: () => Promise.reject(new Error("the shop is closed")) });
    expect(none["connection"]?.detail).toBe("there is no token: the shop is closed");
  });

  it("says that nobody answers, and looks no further", async () => {
    const { http } = await freePorts();
    const checks = await checksOf({ ...suiteServer(), url: `ws://127.0.0.1:${http}` });
    expect(checks["server"]).toMatchObject({ state: "failed" });
    expect(checks["server"]?.detail).toMatch(/^http:\/\/127\.0\.0\.1:\d+ does not answer: /);
    expect(checks["connection"]).toBeUndefined();
    const unseen = await diagnose({ url: suiteServer().url });
    expect(unseen.checks.at(-1)).toMatchObject({ name: "server", state: "ok" });
  });

  it("warns of TCP where UDP does not get through", async () => {
    await using server = await LiveKitServer.start({ udp: false });
    const { path } = await checksOf(server.address);
    expect(path).toMatchObject({ state: "warning", figures: { protocol: "tcp" } });
  });

  it("says that a server has data tracks off", async () => {
    await using server = await LiveKitServer.start({ config: { enable_data_tracks: false } });
    const checks = await checksOf(server.address);
    expect(checks["data-tracks"]).toMatchObject({ state: "failed" });
    expect(checks["data-tracks"]?.advice).toContain("set enable_data_tracks");
  });

  it("is given up with its signal", async () => {
    const controller = new AbortController();
    const given = diagnose({ url: suiteServer().url, onCheck: () => controller.abort(), signal: controller.signal });
    await expect(given).rejects.toThrow();
  });

  it("waits for a token no longer than for a connection, and lets go of its function when it is given up", async () => {
    const signals: Array<AbortSignal> = [];
    const token: DiagnoseOptions["token"] = ({ signal }) => {
      signals.push(signal);
      if (signals.length > 1) controller.abort();
      return new Promise(() => {});
    };
    const controller = new AbortController();
    const { connection } = await checksOf(suiteServer(), { token, connectTimeoutMs: 200 });
    expect(connection).toMatchObject({ state: "failed", detail: "there is no token: none has come within 200 ms" });
    const given = diagnose({ url: suiteServer().url, token, signal: controller.signal });
    await expect(given).rejects.toThrow();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
  });
});
