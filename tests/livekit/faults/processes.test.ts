import { describe, expect, it } from "vitest";
import { LiveKitServer } from "../../support/livekit/server.ts";
import { freshRoom, suiteServer } from "../../support/livekit/suite.ts";
import { Child, type Word } from "./support/child.ts";
import { Device, isGapless, type Place, placeOn, Watcher } from "./support/ends.ts";
import { becomes, until } from "./support/waiting.ts";

/** A program in a place. */
function program(name: string, { server, room }: Place, identity: string, more: Word = {}): Child {
  const { url, apiKey, apiSecret } = server;
  return new Child(name, { url, apiKey, apiSecret, room, identity, ...more });
}

function place(): Place {
  return { server: suiteServer(), room: freshRoom() };
}

describe.concurrent("a process that is killed", () => {
  it("a viewer's: its device cleans up after it as soon as the server says so, and the others are not disturbed", async () => {
    const where = place();
    const left: Array<string> = [];
    await using device = await Device.start(where, {
      onUnsubscribe: ({ identity }, { topic }) => left.push(`${identity} ${topic}`),
    });
    device.keepCounting(20);
    await using watcher = await Watcher.join(where, "watcher");
    await using victim = program("viewer", where, "victim");
    await victim.says("ready");
    expect(device.gateway.viewers.length).toBe(2);
    await victim.kill();
    await becomes(() => device.gateway.viewers.map(({ client }) => client.identity), ["watcher"]);
    expect(left).toEqual(["victim /count"]);
    await watcher.reaches(device.next);
    expect(isGapless(watcher.numbers)).toBe(true);
    expect(device.log.at("warning")).toEqual([]);
  });

  it("a device's, which is started again at once under its identity: viewers go on with the new one", async () => {
    const where = place();
    const first = program("device", where, "device", { reliableEveryMs: 5 });
    await first.says("ready");
    await using watcher = await Watcher.join(where, "watcher");
    await watcher.reaches(20);
    await first.kill();
    const from = 1_000_000;
    await using second = program("device", where, "device", { reliableEveryMs: 5, from });
    await second.says("ready");
    await watcher.reaches(from + 20);
    // The viewer has never left; it was told of the device anew.
    expect(watcher.statuses).toEqual(["connected"]);
    expect(isGapless(watcher.numbers.filter((number) => number >= from))).toBe(true);
  });
});

describe("viewers' processes that are stopped for a while", () => {
  it("hold up nobody else; one of ours loses nothing, one of others notices what the server has dropped", async () => {
    // Two megabytes a second to each of them, until it is more than this server keeps for one.
    await using server = await LiveKitServer.start({
      config: { rtc: { data_channel_max_buffered_amount: 3_000_000 } },
    });
    const where = placeOn(server, "stopped");
    await using device = program("device", where, "device", { reliableEveryMs: 10, reliableBytes: 20_000 });
    await device.says("ready");
    await using watcher = await Watcher.join(where, "watcher");
    await using sleeper = program("viewer", where, "sleeper");
    await using stranger = program("viewer", where, "stranger", { isForeign: true });
    await Promise.all([sleeper.says("ready"), stranger.says("ready")]);

    const from = watcher.last;
    sleeper.signal("SIGSTOP");
    stranger.signal("SIGSTOP");
    await watcher.reaches(from + 250);
    sleeper.signal("SIGCONT");
    stranger.signal("SIGCONT");
    const upTo = watcher.last;
    await until("ours has caught up", () => Number(sleeper.latest("last")) >= upTo);
    await becomes(() => stranger.latest("reasons"), ["stream-broken"]);
    const last = watcher.last;
    await until("the other goes on", () => Number(stranger.latest("last")) > last);

    expect(isGapless(watcher.numbers)).toBe(true);
    expect(sleeper.latest("count")).toMatchObject({ lost: 0, missedBetween: 0, disordered: 0 });
    expect(sleeper.latest("reasons")).toEqual([]);
    expect(stranger.latest("count")).toMatchObject({ lost: 0, disordered: 0 });
    expect(watcher.reasons).toEqual([]);
  });
});
