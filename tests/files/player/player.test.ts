import { assert, describe, it } from "@effect/vitest";
import * as Clock from "effect/Clock";
import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import * as Scope from "effect/Scope";
import { LoopbackHub } from "../../../adapters/loopback/mod.ts";
import type { SourceMessage } from "../../../files/source/message_source.ts";
import { PlaybackRefused, Player, type PlayerOptions, SourceError } from "../../../files/mod.ts";
import { openRecording, type Recording, recordingOf } from "../../../files/player/recording.ts";
import { Channel, Context, type PlaybackPosition } from "../../../mod.ts";
import { startDevice } from "../../support/device.ts";
import { RawViewer } from "../../support/raw_viewer.ts";
import { advance, eventually, settle } from "../../support/settle.ts";
import { type Entry, mcapFile } from "../support/mcap_builder.ts";
import { recording as recordingFile } from "../support/recordings.ts";
import { temporaryFolder } from "../support/temporary.ts";

const file = temporaryFolder();
const BEGIN = 1_700_000_000_000_000_000n;
const ms = (milliseconds: number): bigint => BEGIN + BigInt(milliseconds) * 1_000_000n;
const request = (command: "play" | "pause", playbackSpeed = 1, seekMs?: number) =>
  seekMs === undefined ? { command, playbackSpeed } : { command, playbackSpeed, seekTime: ms(seekMs) };

/** Messages at these times in ms, on channels 1 and 2, saying their time. */
const entries = (...times: ReadonlyArray<readonly [1 | 2, number]>): ReadonlyArray<Entry> =>
  times.map(([channel, time]) => [channel, ms(time), `${channel}:${time}`]);
const ordinary = entries([1, 0], [2, 0], [1, 100], [1, 200], [2, 250], [1, 1000]);

function inMemory(messages: ReadonlyArray<Entry>, options = {}): Effect.Effect<Recording> {
  return Effect.promise(async () => {
    const bytes = await mcapFile(messages, options);
    const readable = {
      size: () => Promise.resolve(BigInt(bytes.byteLength)),
      read: (offset: bigint, length: bigint) =>
        Promise.resolve(bytes.slice(Number(offset), Number(offset) + Number(length))),
    };
    return await recordingOf("test.mcap", readable, 1e8, () => Promise.resolve());
  });
}

interface Seen {
  readonly player: Player;
  /** What was logged, with the clock's time in ms. */
  readonly logged: Array<string>;
  readonly states: Array<PlaybackPosition>;
  readonly times: Array<number>;
  readonly detach: () => void;
}

const start = Effect.fnUntraced(function* (recording: Recording, options: Partial<PlayerOptions> = {}) {
  const context = yield* Context.make;
  const logged: Array<string> = [];
  context.addSink({
    name: "test",
    subscribesToAll: true,
    addChannels: () => undefined,
    removeChannel: () => undefined,
    log: (_, data, logTime) => {
      assert.equal(new TextDecoder().decode(data).split(":")[1], String((logTime - BEGIN) / 1_000_000n));
      logged.push(`${context.clock.currentTimeMillisUnsafe()} ${new TextDecoder().decode(data)}`);
    },
  });
  const player = yield* Player.playEffect(Effect.succeed(recording), { context, ...options });
  const states: Array<PlaybackPosition> = [];
  const times: Array<number> = [];
  const detach = player.attach({
    state: (position) => states.push(position),
    time: (nanos) => times.push(Number((nanos - BEGIN) / 1_000_000n)),
  });
  yield* settle;
  const seen: Seen = { player, logged, states, times, detach };
  return seen;
});

const shown = ({ status, currentTime, playbackSpeed, didSeek }: PlaybackPosition) =>
  `${status} ${(currentTime - BEGIN) / 1_000_000n} x${playbackSpeed}${didSeek ? " seek" : ""}`;

describe("a player", () => {
  it.effect("waits paused at the start, then plays messages at their times, and has ended at the last one", () =>
    Effect.gen(function* () {
      const { player, logged, states } = yield* start(yield* inMemory(ordinary));
      assert.deepEqual([player.startTime, player.endTime], [ms(0), ms(1000)]);
      yield* advance(5000, 100);
      assert.deepEqual([logged, shown(player.current())], [[], "paused 0 x1"]);
      assert.equal(shown(player.control(request("play"))), "playing 0 x1");
      assert.deepEqual(logged, []);
      yield* advance(260, 10);
      assert.deepEqual(logged, ["5000 1:0", "5000 2:0", "5100 1:100", "5200 1:200", "5250 2:250"]);
      assert.equal(shown(player.current()), "playing 260 x1");
      yield* advance(800, 10);
      assert.deepEqual(logged.slice(5), ["6000 1:1000"]);
      assert.deepEqual(states.map(shown), ["ended 1000 x1"]);
      assert.equal(shown(player.control(request("play"))), "ended 1000 x1");
    }));

  it.effect("goes faster and slower, also while it plays", () =>
    Effect.gen(function* () {
      const { player, logged } = yield* start(yield* inMemory(ordinary));
      player.control(request("play", 0.5));
      yield* advance(200, 10);
      assert.equal(shown(player.current()), "playing 100 x0.5");
      player.control(request("play", 10));
      yield* advance(100, 5);
      assert.deepEqual(logged, ["0 1:0", "0 2:0", "200 1:100", "210 1:200", "215 2:250", "290 1:1000"]);
    }));

  it.effect("stands still while it is paused, and loses nothing by it", () =>
    Effect.gen(function* () {
      const { player, logged } = yield* start(yield* inMemory(ordinary));
      player.control(request("play"));
      yield* advance(150, 10);
      assert.equal(shown(player.control(request("pause"))), "paused 150 x1");
      yield* advance(10_000, 1000);
      assert.equal(shown(player.current()), "paused 150 x1");
      player.control(request("play"));
      yield* advance(100, 10);
      assert.deepEqual(logged, ["0 1:0", "0 2:0", "100 1:100", "10200 1:200", "10250 2:250"]);
    }));

  for (const chunkSize of [1, 1_000_000]) {
    it.effect(`shows the latest of each channel after a seek, then what follows, in chunks of ${chunkSize}`, () =>
      Effect.gen(function* () {
        const { player, logged } = yield* start(yield* inMemory(ordinary, { chunkSize }));
        assert.equal(shown(player.control(request("pause", 1, 220))), "paused 220 x1 seek");
        assert.deepEqual(logged, []);
        yield* eventually("the latest are shown", () => logged.length === 2);
        assert.deepEqual(logged, ["0 2:0", "0 1:200"]);
        player.control(request("play"));
        yield* advance(30, 10);
        assert.deepEqual(logged.slice(2), ["30 2:250"]);
        player.control(request("play", 1, 100));
        yield* advance(100, 10);
        assert.deepEqual(logged.slice(3), ["30 2:0", "30 1:100", "130 1:200"]);
      }));
  }

  it.effect("goes to the end that is nearer when a seek goes beyond it", () =>
    Effect.gen(function* () {
      const { player, logged } = yield* start(yield* inMemory(ordinary));
      assert.equal(shown(player.control(request("play", 1, 5000))), "ended 1000 x1 seek");
      yield* eventually("the latest are shown", () => logged.length === 2);
      assert.equal(shown(player.control(request("pause", 1, -5000))), "paused 0 x1 seek");
      yield* eventually("the first are shown", () => logged.length === 4);
      assert.deepEqual(logged.slice(2), ["0 1:0", "0 2:0"]);
      assert.equal(shown(player.control({ command: "play", playbackSpeed: 1, seekTime: 0n })), "playing 0 x1 seek");
    }));

  it.effect("makes one of many seeks in one go", () =>
    Effect.gen(function* () {
      const recording = yield* inMemory(ordinary);
      let searches = 0;
      const counted = {
        ...recording,
        latest: (...args: Parameters<Recording["latest"]>) => {
          searches += 1;
          return recording.latest(...args);
        },
      };
      const { player, logged } = yield* start(counted);
      for (let to = 0; to <= 1000; to += 10) player.control(request("pause", 1, to));
      yield* eventually("the latest are shown", () => logged.length === 2);
      yield* settle;
      assert.deepEqual([searches, logged], [1, ["0 2:250", "0 1:1000"]]);
    }));

  it.effect("refuses speeds that are none, and goes on as it did", () =>
    Effect.gen(function* () {
      const { player } = yield* start(yield* inMemory(ordinary));
      player.control(request("play", 2));
      for (const speed of [0, -1, NaN, Infinity, 0.0009, 1000.1]) {
        assert.throws(
          () => player.control(request("pause", speed, 500)),
          PlaybackRefused,
          "must be from 0.001 to 1000",
        );
      }
      assert.equal(shown(player.current()), "playing 0 x2");
      for (const speed of [Math.fround(0.001), 1000]) player.control(request("play", speed));
    }));

  it.effect("tells the time ten times a second while it plays, and no more once it is detached", () =>
    Effect.gen(function* () {
      const { player, times, detach } = yield* start(yield* inMemory(ordinary));
      yield* advance(1000, 100);
      assert.deepEqual(times, []);
      player.control(request("play"));
      yield* advance(300, 10);
      assert.deepEqual(times, [100, 200, 300]);
      player.control(request("pause"));
      yield* advance(1000, 100);
      player.control(request("play"));
      detach();
      yield* advance(300, 10);
      assert.deepEqual(times, [100, 200, 300]);
    }));

  it.effect("is told to viewers too when the program itself plays, seeks, and sets the speed", () =>
    Effect.gen(function* () {
      const { player, states } = yield* start(yield* inMemory(ordinary), { autoplay: true });
      yield* advance(100, 10);
      player.setSpeed(2);
      player.pause();
      player.seek(ms(50));
      player.play();
      assert.deepEqual(states.map(shown), ["playing 100 x2", "paused 100 x2", "paused 50 x2 seek", "playing 50 x2"]);
      assert.throws(() => player.setSpeed(0), PlaybackRefused);
    }));

  it.effect("shows the latest again when it is asked for, once for all that ask in one go", () =>
    Effect.gen(function* () {
      const { player, logged } = yield* start(yield* inMemory(ordinary));
      player.refresh();
      yield* eventually("the first are shown", () => logged.length === 2);
      player.control(request("play"));
      yield* advance(210, 10);
      player.control(request("pause"));
      logged.length = 0;
      for (let count = 0; count < 10; count += 1) player.refresh();
      yield* eventually("the latest are shown", () => logged.length === 2);
      yield* settle;
      assert.deepEqual(logged, ["210 2:0", "210 1:200"]);
    }));

  it.effect("buffers with its time standing still when reading takes long, and goes on from there", () =>
    Effect.gen(function* () {
      const recording = yield* inMemory(ordinary);
      let release: () => void = () => undefined;
      const slow: Recording = {
        ...recording,
        messages: async function* (from) {
          for await (const message of recording.messages(from)) {
            if (message.logTime === ms(200)) await new Promise<void>((resolve) => release = resolve);
            yield message;
          }
        },
      };
      const { player, logged, states } = yield* start(slow);
      player.control(request("play"));
      yield* advance(5000, 100);
      assert.deepEqual(states.map((state) => state.status), ["buffering"]);
      assert.equal(shown(player.current()), "buffering 100 x1");
      release();
      yield* advance(150, 10);
      assert.deepEqual(states.map(shown), ["buffering 100 x1", "playing 100 x1"]);
      assert.deepEqual(logged.slice(3), ["5100 1:200", "5150 2:250"]);
    }));

  it.effect("does not let its time run away from what is shown when it cannot go as fast as it should", () =>
    Effect.gen(function* () {
      const recording = yield* inMemory(entries(...Array.from({ length: 400 }, (_, at) => [1, at * 10_000] as const)));
      const slow: Recording = {
        ...recording,
        messages: async function* (from) {
          for await (const message of recording.messages(from)) {
            await Effect.runPromise(Effect.provideService(Effect.sleep(50), Clock.Clock, clock));
            yield message;
          }
        },
      };
      const clock = yield* Clock.clockWith(Effect.succeed);
      const { player, logged } = yield* start(slow);
      player.control(request("play", 1000));
      yield* advance(3000, 10);
      assert.isAtLeast(logged.length, 50);
      const shownLast = Number(logged.at(-1)?.split(":")[1]);
      assert.isAtMost(Number(player.current().currentTime - ms(shownLast)) / 1e6, 1_100_000);
      assert.equal(player.current().status, "playing");
    }));

  it.effect("waits for a viewer without room, and leaves it to its queue after 5 s", () =>
    Effect.gen(function* () {
      const { player, logged, states } = yield* start(yield* inMemory(ordinary));
      const full = player.channels[0];
      assert.instanceOf(full, Channel);
      Object.defineProperty(full, "hasRoom", { get: () => false });
      Object.defineProperty(full, "readyEffect", { value: Effect.never });
      player.control(request("play"));
      yield* advance(4900, 100);
      assert.deepEqual([logged, states.map((state) => state.status)], [[], ["buffering"]]);
      yield* advance(200, 100);
      assert.deepEqual(logged.slice(0, 3), ["5000 1:0", "5000 2:0", "5100 1:100"]);
    }));

  it.effect("is paused, with what is wrong in the states, when the file turns out to be damaged", () =>
    Effect.gen(function* () {
      const recording = yield* inMemory(ordinary);
      let fails = true;
      const damaged: Recording = {
        ...recording,
        messages: async function* (from) {
          for await (const message of recording.messages(from)) {
            if (message.logTime === ms(200) && fails) throw new Error("a bad chunk");
            yield message;
          }
        },
      };
      const { player, logged, states } = yield* start(damaged);
      player.control(request("play"));
      yield* advance(300, 10);
      assert.deepEqual([logged.length, states.map(shown)], [3, ["paused 100 x1"]]);
      fails = false;
      player.control(request("play"));
      yield* advance(100, 10);
      assert.deepEqual(logged.slice(3), ["400 1:200"]);
    }));

  it.effect("closes its channels and lets go of the file with its scope", () =>
    Effect.gen(function* () {
      const recording = yield* inMemory(ordinary);
      let closed = 0;
      const counted = { ...recording, close: () => Promise.resolve(void (closed += 1)) };
      const scope = yield* Scope.make();
      const { player, logged } = yield* Scope.provide(start(counted), scope);
      player.control(request("play"));
      yield* advance(50, 10);
      yield* Scope.close(scope, Exit.void);
      yield* player.closeEffect;
      yield* advance(1000, 100);
      assert.deepEqual([logged.length, closed, player.channels.every((channel) => channel.isClosed)], [2, 1, true]);
      for (const use of [() => player.control(request("play")), () => player.play(), () => player.seek(ms(0))]) {
        assert.throws(use, PlaybackRefused, "the player has been closed");
      }
    }));
});

describe("a player of a gateway", () => {
  it.effect("is offered with its times, answers control, and sends the state before what is seen there", () =>
    Effect.gen(function* () {
      const recording = yield* inMemory(ordinary);
      const hub = yield* LoopbackHub.make();
      const context = yield* Context.make;
      const player = yield* Player.playEffect(Effect.succeed(recording), {
        context,
        channel: () => ({ qos: "reliable" }),
      });
      yield* startDevice(hub, { context, playback: player });
      const viewer = yield* RawViewer.join(hub, "viewer-1");
      const first = yield* viewer.drain;
      assert.deepInclude(first[0], {
        capabilities: ["playbackControl", "time"],
        dataStartTime: { sec: 1_700_000_000, nsec: 0 },
        dataEndTime: { sec: 1_700_000_001, nsec: 0 },
      });
      yield* viewer.subscribe(...player.channels.map((channel) => channel.id));
      yield* viewer.send({ op: "playbackControlRequest", ...request("pause", 1, 220), requestId: "r" });
      const told = [...(yield* viewer.drain)];
      yield* eventually("the latest have come", () => true);
      told.push(...(yield* viewer.drain));
      assert.deepEqual(told.map((message) => message.op), ["playbackState", "messageData", "messageData"]);
      assert.deepInclude(told[0], { status: "paused", currentTime: ms(220), didSeek: true, requestId: "r" });
      yield* viewer.send({ op: "playbackControlRequest", ...request("play", 0), requestId: "s" });
      const refused = yield* viewer.drain;
      assert.include(JSON.stringify(refused), "the speed must be from 0.001 to 1000: received 0");
    }));
});

describe("a recording to be played", () => {
  it("is refused without messages, without an index, when it is no MCAP file, or takes too much memory", async () => {
    const failure = async (path: string, maxBytes?: number): Promise<string> => {
      const context = new Context();
      const error = await Player.open(path, maxBytes === undefined ? { context } : { context, maxBytes })
        .then(() => undefined, (thrown: unknown) => thrown);
      assert.instanceOf(error, SourceError);
      assert.deepEqual(context.channels, []);
      return error.message;
    };
    assert.match(await failure(file("none.mcap")), /there is no such file$/);
    assert.match(await failure(file("empty.mcap", await mcapFile([]))), /it has no messages$/);
    const plain = await mcapFile(ordinary, { useChunkIndex: false, useChunks: false });
    assert.match(await failure(file("plain.mcap", plain)), /it is no MCAP file with an index of all of it/);
    assert.match(await failure(file("notes.mcap", "notes")), /it is no MCAP file with an index/);
    const path = file("large.mcap", await mcapFile(ordinary));
    assert.match(await failure(path, 50), /its chunks take \d+ bytes of memory at a time, and 50 may be taken$/);
  });

  it("holds the chunks that lie over one another in time, not all of them", async () => {
    const long: ReadonlyArray<Entry> = Array.from({ length: 100 }, (_, index) => [1, ms(index), `1:${index}`]);
    const path = file("long.mcap", await mcapFile(long, { chunkSize: 100 }));
    const recording = await openRecording(path, 1_000);
    await recording.close();
  });

  it("is found backwards from any time as a search through all of it finds it", async () => {
    const path = recordingFile("turtlesim.bag").replace("turtlesim.bag", "logs.mcap");
    const recording = await openRecording(path, 1e9);
    const all: Array<SourceMessage> = [];
    for await (const message of recording.messages(recording.startTime)) all.push(message);
    for (const share of [0n, 1n, 13n, 50n, 99n, 100n]) {
      const at = recording.startTime + (recording.endTime - recording.startTime) * share / 100n;
      const ids = new Set(recording.channels.map(({ id }) => id));
      const wanted = [...ids].flatMap((id) => all.findLast((m) => m.channelId === id && m.logTime <= at) ?? []);
      const found = await recording.latest(at, ids);
      assert.sameMembers(
        found.map((m) => `${m.channelId} ${m.logTime}`),
        wanted.map((m) => `${m.channelId} ${m.logTime}`),
      );
    }
    await recording.close();
  });

  it("is played from a file with promises", async () => {
    const path = file("fast.mcap", await mcapFile(ordinary));
    const context = new Context();
    let logged = 0;
    const done = new Promise<void>((resolve) => {
      context.addSink({
        name: "test",
        subscribesToAll: true,
        addChannels: () => undefined,
        removeChannel: () => undefined,
        log: () => (logged += 1) === 6 && resolve(),
      });
    });
    await using player = await Player.open(path, { context });
    player.setSpeed(1000);
    player.play();
    await done;
    assert.equal(player.channels.length, 2);
  });
});
