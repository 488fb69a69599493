import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import * as Scope from "effect/Scope";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type LiveKitLimits, liveKitLimits } from "../../../adapters/livekit/limits.ts";
import { LiveKitRoom } from "../../../adapters/livekit/livekit_room.ts";
import { wasLost } from "../../../adapters/livekit/reasons.ts";
import { encodeReceipt, RECEIPT_TOPIC, WINDOW_ATTRIBUTE } from "../../../adapters/livekit/receipts.ts";
import type { RemoteParticipant } from "../../../transport/participant.ts";
import type { RoomListener } from "../../../transport/room.ts";
import { CollectedLog } from "../../support/log.ts";
import { FakeClient } from "./support/fake_client.ts";
import { complete, FakeDataChannel } from "./support/fake_data_channel.ts";
import { ana, chunk, header, info, trailer, user } from "./support/packets.ts";
import { read, readLater } from "./support/reading.ts";
import type { IncomingByteStream } from "../../../transport/byte_stream.ts";

interface Made {
  readonly fake: FakeClient;
  readonly made: LiveKitRoom;
  readonly room: LiveKitRoom["room"];
  readonly scope: Scope.Closeable;
  readonly log: CollectedLog;
}

interface MakeOptions {
  readonly limits?: Partial<LiveKitLimits>;
  readonly token?: string;
  readonly attributes?: ReadonlyMap<string, string>;
}

function make({ limits, token = "t", attributes = new Map() }: MakeOptions = {}): Made {
  const fake = new FakeClient();
  const scope = Scope.makeUnsafe();
  const log = new CollectedLog();
  const made = new LiveKitRoom({
    client: fake.client,
    scope,
    log: log.log,
    limits: liveKitLimits(limits),
    token,
    attributes,
  });
  return { fake, made, room: made.room, scope, log };
}

/** A listener that writes down what it hears, and the streams that it was given. */
class Heard {
  readonly told: Array<string> = [];
  readonly streams: Array<IncomingByteStream> = [];
  readonly listener: RoomListener = {
    participantActive: ({ sid }) => void this.told.push(`active ${sid}`),
    participantDisconnected: ({ sid }) => void this.told.push(`gone ${sid}`),
    attributesChanged: (participant) => void this.told.push(`attributes ${participant.sid} ${pairs(participant)}`),
    connectionQualityChanged: (quality, participant) => void this.told.push(`${quality} ${participant?.sid ?? "own"}`),
    byteStreamOpened: (stream) => {
      this.told.push(`stream ${stream.topic}`);
      this.streams.push(stream);
    },
    disconnected: (reason) => void this.told.push(`ended ${reason}`),
  };

  stream(index: number = 0): IncomingByteStream {
    const stream = this.streams[index];
    if (stream === undefined) throw new Error(`there is no stream ${index}`);
    return stream;
  }
}

function pairs({ attributes }: RemoteParticipant): string {
  return [...attributes].map(([name, value]) => `${name}=${value}`).join(",");
}

/** A token of which nothing but its end matters. */
function tokenUntil(ms: number): string {
  return `x.${btoa(JSON.stringify({ exp: ms / 1000 }))}.x`;
}

/** The run-time's own, which the adapter takes its turns by under Deno. */
const realTimeout = setTimeout;

/** Lets all promises go on, and who waits for the next turn of the event loop. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) {
    await new Promise<void>((resolve) => setImmediate(resolve));
    await new Promise<void>((resolve) => realTimeout(resolve, 0));
  }
}

function receipt(stream: string, count: number | "all" | "gone", from = ana): ReturnType<typeof user> {
  return user(RECEIPT_TOPIC, encodeReceipt({ stream, read: count }), from);
}

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] }));
afterEach(() => void vi.useRealTimers());

describe("a room of a LiveKit server", () => {
  it("is known by what the server calls this participant", () => {
    const { fake, room } = make();
    fake.connect();
    expect([room.identity, room.sid, room.writeBytes]).toEqual(["rover", "rover-1", 60_000]);
  });

  it("tells, before listen returns, of those who are there, then of streams; and of what happens from then on", async () => {
    const { fake, room } = make();
    const heard = new Heard();
    fake.connect(info(), info({ identity: "bo", state: "joined" }));
    fake.packet(header({ topic: "early" }));
    fake.packet(chunk(0, "a"));
    fake.news(info({ identity: "cy" }), info({ identity: "rover" }));
    room.listen(heard.listener);
    expect(heard.told).toEqual(["active ana-1", "active cy-1", "stream early"]);
    expect(await read(heard.stream())).toBe("a");
    fake.news(info({ identity: "bo", version: 2 }));
    fake.news(info({ attributes: { a: "1" }, version: 2 }), info({ identity: "cy", state: "disconnected" }));
    fake.packet(header({ id: "s2", topic: "late" }));
    expect(heard.told.slice(3)).toEqual(["active bo-1", "attributes ana-1 a=1", "gone cy-1", "stream late"]);
    expect(room.participants().map(({ identity }) => identity)).toEqual(["ana", "bo"]);
    expect([room.participant("bo")?.sid, room.participant("cy")]).toEqual(["bo-1", undefined]);
  });

  it("tells of the quality of connections that LiveKit can name, its own and those of participants it knows", () => {
    const { fake, room } = make();
    const heard = new Heard();
    fake.connect(info());
    room.listen(heard.listener);
    heard.told.length = 0;
    for (const [quality, identity] of [["poor", "ana"], ["lost", "rover"], ["unknown", "ana"], ["good", "bo"]]) {
      fake.emit("connectionQualityChanged", quality, { identity });
    }
    expect(heard.told).toEqual(["poor ana-1", "lost own"]);
  });

  it("keeps the late end of an instance that has a successor from livekit-client, too", () => {
    const { fake, room } = make();
    fake.connect(info({ joinedAtMs: 1 }));
    const heard = new Heard();
    room.listen(heard.listener);
    fake.news(info({ sid: "ana-2", joinedAtMs: 2 }));
    const seen = fake.news(info({ identity: "bo" }), info({ state: "disconnected" }), info({ identity: "cy" }));
    expect(seen.map(({ sid }) => sid)).toEqual(["bo-1", "cy-1"]);
    expect(heard.told).toEqual(["active ana-1", "gone ana-1", "active ana-2", "active bo-1", "active cy-1"]);
  });

  it("cancels streams that its listener does not care for, and those beyond what it keeps for one", async () => {
    const { fake, room, log } = make({ limits: { heldStreams: 2 } });
    fake.connect(info());
    const attributes = { [WINDOW_ATTRIBUTE]: "1000000" };
    for (let id = 0; id < 14; id++) fake.packet(header({ id: `s${id}`, attributes }));
    await turns();
    expect(fake.receipts.filter((sent) => sent.endsWith("all")).length).toBe(12);
    expect(log.at("warning").length).toBe(2);
    room.listen({});
    await turns();
    expect(fake.receipts.filter((sent) => sent.endsWith("all")).length).toBe(14);
  });

  it("takes so many streams of one sender, and warns of the first beyond, not of each", () => {
    const { fake, room, log } = make({ limits: { streamsPerSender: 3 } });
    const heard = new Heard();
    fake.connect(info());
    room.listen(heard.listener);
    for (let id = 0; id < 12; id++) fake.packet(header({ id: `s${id}` }));
    expect([heard.streams.length, log.lines.length]).toEqual([3, 1]);
    expect(log.lines[0]).toMatchObject({ level: "warning", fields: { sender: "ana", refused: 1 } });
  });
});

describe("the end of a room", () => {
  it("is told once, last, and with its reason; streams have ended by then, and nobody is there", async () => {
    const { fake, room } = make();
    const heard = new Heard();
    fake.connect(info());
    room.listen(heard.listener);
    fake.packet(header());
    const stream = heard.stream();
    const out = await Effect.runPromise(room.openByteStream({ topic: "control", destinations: ["ana"] }));
    fake.emit("disconnected", 5);
    fake.emit("disconnected", 3);
    fake.news(info({ identity: "bo" }));
    fake.packet(header({ id: "s2" }));
    expect(heard.told).toEqual(["active ana-1", "stream control", "ended room-deleted"]);
    expect([await read(stream), room.participants()]).toEqual(["read: the room has ended (room-deleted)", []]);
    const written = await Effect.runPromise(Effect.flip(out.write(new Uint8Array(5))));
    expect(written).toMatchObject({ reason: "write", detail: "the room has ended (room-deleted)" });
    const opened = await Effect.runPromise(Effect.flip(room.openByteStream({ topic: "x", destinations: ["ana"] })));
    expect(opened).toMatchObject({ reason: "open", topic: "x", peers: ["ana"] });
  });

  it("comes with a full reconnect, in which nothing of the room would be left", () => {
    const { fake, room } = make();
    const heard = new Heard();
    fake.connect();
    room.listen(heard.listener);
    fake.emit("reconnecting");
    expect([heard.told, fake.left]).toEqual([["ended connection-lost"], 1]);
  });

  it("that comes before the connection stands fails the join at once, whatever livekit-client waits for", async () => {
    const ends: ReadonlyArray<
      readonly [event: string, reason: number | undefined, detail: string, mayComeBack: boolean]
    > = [
      ["reconnecting", undefined, "the connection was lost again before it stood", true],
      ["disconnected", undefined, "the connection was lost again before it stood", true],
      ["disconnected", 4, "the room has ended before the connection stood (removed)", false],
    ];
    for (const [event, reason, detail, mayComeBack] of ends) {
      const { fake, made } = make();
      const joined = made.connected(new Promise<void>(() => {}));
      fake.signal();
      fake.emit(event, reason);
      const error: unknown = await joined.catch((error: unknown) => error);
      expect(error).toMatchObject({ _tag: "JoinError", reason: "unreachable", detail });
      expect(wasLost(error)).toBe(mayComeBack);
    }
  });

  it("that is livekit-client's own is told in its words", async () => {
    const { fake, made } = make();
    const connecting = Promise.withResolvers<void>();
    const joined = made.connected(connecting.promise);
    fake.signal();
    // It says that it has ended before it says why.
    fake.emit("disconnected");
    await Promise.resolve();
    connecting.reject(new Error("could not establish pc connection"));
    const error: unknown = await joined.catch((error: unknown) => error);
    expect(error).toMatchObject({ reason: "unreachable", detail: "could not establish pc connection" });
    expect(wasLost(error)).toBe(false);
  });

  it("is the token's where that has run out, the one that the server has sent last", () => {
    for (
      const [token, refreshed, ended] of [
        [tokenUntil(Date.now() + 1000), undefined, "expired"],
        [tokenUntil(Date.now() + 1000), tokenUntil(Date.now() + 60_000), "connection-lost"],
        [tokenUntil(Date.now() + 60_000), tokenUntil(Date.now() + 1000), "expired"],
      ] as const
    ) {
      const { fake, room } = make({ token });
      const heard = new Heard();
      fake.connect();
      room.listen(heard.listener);
      if (refreshed !== undefined) fake.engine.emit("tokenRefreshed", refreshed);
      vi.setSystemTime(Date.now() + 2000);
      fake.emit("disconnected", undefined);
      expect(heard.told).toEqual([`ended ${ended}`]);
    }
  });

  it("before anybody listened is told to the listener, and not within listen", async () => {
    const { fake, room } = make();
    const heard = new Heard();
    fake.connect(info());
    fake.emit("disconnected", 2);
    room.listen(heard.listener);
    expect(heard.told).toEqual([]);
    await turns();
    expect(heard.told).toEqual(["ended replaced"]);
  });

  it("is not told to who has begun to leave, and nothing else is", async () => {
    const { fake, room, scope } = make();
    const heard = new Heard();
    fake.connect(info());
    room.listen(heard.listener);
    await Effect.runPromise(Scope.close(scope, Exit.void));
    fake.news(info({ identity: "bo" }), info({ state: "disconnected" }));
    fake.packet(header({ id: "s2" }));
    fake.emit("connectionQualityChanged", "poor", { identity: "rover" });
    fake.emit("disconnected", 5);
    await turns();
    expect(heard.told).toEqual(["active ana-1"]);
  });

  it("may come about within any call of the listener, which is the last then", () => {
    const { fake, room, scope } = make();
    fake.connect(info(), info({ identity: "bo" }));
    fake.packet(header());
    let calls = 0;
    const leave = (): void => {
      calls++;
      Effect.runFork(Scope.close(scope, Exit.void));
    };
    room.listen({ participantActive: leave, byteStreamOpened: leave });
    expect(calls).toBe(1);
  });
});

describe("what this participant says of itself", () => {
  it("is set before the connection stands, once it does, and again until the server has seen it stand", () => {
    const { fake } = make({ attributes: new Map([["protocolVersion", "2.3.0"]]) });
    const set = { protocolVersion: "2.3.0" };
    fake.signal();
    expect(fake.attributes).toEqual([set]);
    fake.news(info({ identity: "rover", state: "joined" }));
    vi.advanceTimersByTime(1000);
    expect(fake.attributes).toEqual([set]);
    fake.emit("connected");
    expect(fake.attributes).toEqual([set, set]);
    fake.news(info({ identity: "rover", state: "joined" }));
    vi.advanceTimersByTime(20);
    expect(fake.attributes).toEqual([set, set, set]);
    fake.news(info({ identity: "rover", sid: "rover-0", state: "joined" }));
    // Once more, for the others.
    fake.news(info({ identity: "rover" }));
    fake.news(info({ identity: "rover", state: "joined" }));
    vi.advanceTimersByTime(1000);
    expect(fake.attributes).toEqual([set, set, set, set]);
  });

  it("is something even where there is nothing to say, since news of attributes go out at once", () => {
    const { fake } = make();
    fake.connect();
    expect(fake.attributes).toEqual([{ fieldlink: "1" }, { fieldlink: "1" }]);
  });

  it("may be set later; one that the server does not take is noted and fails nothing", async () => {
    const { fake, room, log } = make();
    fake.connect();
    fake.attributes.length = 0;
    fake.refusal = new Error("not allowed");
    await Effect.runPromise(room.setAttributes(new Map([["mode", "auto"]])));
    await Effect.runPromise(room.setAttributes(new Map()));
    await turns();
    expect([fake.attributes, log.at("info").length]).toEqual([[{ mode: "auto" }], 1]);
  });

  it("is not set after the room was left", async () => {
    const { fake, room, made } = make();
    fake.connect();
    fake.news(info({ identity: "rover", state: "joined" }));
    await made.leave(() => {});
    fake.attributes.length = 0;
    vi.advanceTimersByTime(1000);
    await Effect.runPromise(room.setAttributes(new Map([["mode", "auto"]])));
    expect(fake.attributes).toEqual([]);
  });
});

describe("streams that this participant opens", () => {
  it("go to those of their destinations that are there, and offer receipts", async () => {
    const { fake, room } = make();
    fake.connect(info(), info({ identity: "bo" }));
    const stream = await Effect.runPromise(
      room.openByteStream({ topic: "control", destinations: ["ana", "cy", "bo"] }),
    );
    expect(stream.destinations).toEqual(["ana", "cy", "bo"]);
    expect(fake.streams).toMatchObject([
      { topic: "control", to: ["ana", "bo"], attributes: { [WINDOW_ATTRIBUTE]: "1048576" } },
    ]);
    const error = await Effect.runPromise(Effect.flip(room.openByteStream({ topic: "x", destinations: ["cy"] })));
    expect(error).toMatchObject({ reason: "open", detail: "none of the destinations is in the room" });
  });

  it("can go to who has opened one, before the server has told of it", async () => {
    const { fake, room } = make();
    fake.connect();
    fake.packet(header());
    await Effect.runPromise(room.openByteStream({ topic: "control", destinations: ["ana"] }));
    expect(fake.streams).toMatchObject([{ to: ["ana"] }]);
    fake.packet(trailer());
  });

  it("wait for receipts of their readers, and for nobody else's", async () => {
    const { fake, room } = make({ limits: { streamWindowBytes: 20_000 } });
    fake.connect(info(), info({ identity: "bo" }));
    const stream = await Effect.runPromise(room.openByteStream({ topic: "control", destinations: ["ana"] }));
    fake.packet(receipt("out-0", 0));
    let isWritten = false;
    Effect.runPromise(stream.write(new Uint8Array(50_000))).then(() => isWritten = true);
    const writer = fake.streams[0]?.writer;
    await turns();
    for (
      const packet of [
        receipt("out-0", "all", { identity: "bo", sid: "bo-1" }),
        receipt("out-0", "all", { identity: "ana", sid: "ana-0" }),
        receipt("out-9", "all"),
        user("chat", encodeReceipt({ stream: "out-0", read: "all" })),
        user(RECEIPT_TOPIC, new Uint8Array(5000)),
      ]
    ) fake.packet(packet);
    await turns();
    expect([writer?.total, isWritten]).toEqual([20_000, false]);
    fake.packet(receipt("out-0", 20_000));
    await turns();
    expect(writer?.total).toBe(40_000);
    fake.packet(receipt("out-0", "all"));
    await turns();
    // What nobody reads is not sent.
    expect([writer?.total, isWritten]).toEqual([40_000, true]);
  });

  it("write nothing while the signal connection is resumed, and go on after that", async () => {
    const { fake, room } = make();
    fake.connect(info());
    const stream = await Effect.runPromise(room.openByteStream({ topic: "control", destinations: ["ana"] }));
    fake.emit("signalReconnecting");
    const written = Effect.runPromise(stream.write(new Uint8Array(5)));
    await turns();
    expect(fake.streams[0]?.writer.total).toBe(0);
    fake.emit("reconnected");
    await written;
    expect(fake.streams[0]?.writer.total).toBe(5);
  });

  it("fail when all that they go to have left, also while they were being opened", async () => {
    const { fake, room } = make();
    fake.connect(info());
    const opening = Promise.withResolvers<void>();
    const first = await Effect.runPromise(room.openByteStream({ topic: "a", destinations: ["ana"] }));
    fake.opening = opening.promise;
    const second = Effect.runPromise(room.openByteStream({ topic: "b", destinations: ["ana"] }));
    await turns();
    fake.news(info({ state: "disconnected" }));
    opening.resolve();
    for (const stream of [first, await second]) {
      const error = await Effect.runPromise(Effect.flip(stream.write(new Uint8Array(5))));
      expect(error).toMatchObject({ reason: "write", detail: "all destinations have left" });
    }
  });

  it("are ended again where opening one was interrupted, or the room has been left meanwhile", async () => {
    for (const end of ["interrupt", "leave"] as const) {
      const { fake, room, made } = make();
      fake.connect(info());
      const opening = Promise.withResolvers<void>();
      fake.opening = opening.promise;
      const controller = new AbortController();
      const opened = Effect.runPromise(room.openByteStream({ topic: "a", destinations: ["ana"] }), {
        signal: controller.signal,
      });
      const settled = opened.then(
        (stream) => Effect.runPromise(Effect.flip(stream.write(new Uint8Array(5)))),
        () => {},
      );
      if (end === "interrupt") controller.abort();
      else await made.leave(() => {});
      await turns();
      opening.resolve();
      await settled;
      await turns();
      expect([end, fake.streams.map(({ writer }) => writer.closed)]).toEqual([end, [1]]);
    }
  });

  it("are not remembered for ever where their readers never confirm an end", async () => {
    const { fake, room, made } = make();
    fake.connect(info());
    const kept = await Effect.runPromise(room.openByteStream({ topic: "kept", destinations: ["ana"] }));
    fake.packet(receipt("out-0", 0));
    for (let count = 1; count <= 1100; count++) {
      const stream = await Effect.runPromise(room.openByteStream({ topic: "x", destinations: ["ana"] }));
      fake.packet(receipt(`out-${count}`, 0));
      await Effect.runPromise(stream.close);
    }
    // The oldest are forgotten, but never one that is open.
    await Effect.runPromise(kept.write(new Uint8Array(5)));
    for (let count = 78; count <= 1100; count++) fake.packet(receipt(`out-${count}`, "all"));
    fake.packet(receipt("out-0", "all"));
    let hasLeft = false;
    made.leave(() => {}).then(() => hasLeft = true);
    await turns();
    await vi.advanceTimersByTimeAsync(5);
    expect(hasLeft).toBe(true);
  });
});

describe("receipts", () => {
  it("that do not get away do not pile up: the newest stands for those before it", async () => {
    const { fake, room } = make();
    const heard = new Heard();
    fake.connect(info());
    room.listen(heard.listener);
    const blocked = Promise.withResolvers<void>();
    fake.sending = blocked.promise;
    const attributes = { [WINDOW_ATTRIBUTE]: "16384" };
    for (let id = 0; id < 16; id++) fake.packet(header({ id: `s${id}`, attributes }));
    fake.packet(header({ id: "busy", attributes }));
    for (let index = 0; index < 50; index++) {
      fake.packet(chunk(index, new Uint8Array(3000), "busy"));
      await read(heard.stream(16));
    }
    expect(fake.receipts.length).toBe(16);
    blocked.resolve();
    await turns();
    expect(fake.receipts.slice(16)).toEqual(["ana busy 150000"]);
  });

  it("of thousands of streams are forgotten rather than kept", async () => {
    const { fake, room } = make();
    fake.connect(info());
    room.listen({});
    const blocked = Promise.withResolvers<void>();
    fake.sending = blocked.promise;
    const attributes = { [WINDOW_ATTRIBUTE]: "16384" };
    for (let id = 0; id < 10_000; id++) fake.packet(header({ id: `s${id}`, attributes }));
    blocked.resolve();
    for (let turn = 0; turn < 100; turn++) await turns();
    expect(fake.receipts.length).toBe(16 + 4096);
    expect(fake.receipts.at(-1)).toBe("ana s9999 all");
  });
});

describe("leaving a room", () => {
  it("ends what it sends, waits until that has arrived, is quiet, and leaves once", async () => {
    const { fake, room, made } = make();
    fake.connect(info());
    const stream = await Effect.runPromise(room.openByteStream({ topic: "control", destinations: ["ana"] }));
    fake.packet(receipt("out-0", 0));
    await Effect.runPromise(stream.write(new Uint8Array(5)));
    const order: Array<string> = [];
    const leaving = made.leave(() => void order.push(`quiet, left ${fake.left}`));
    await made.leave(() => void order.push("again"));
    await turns();
    await vi.advanceTimersByTimeAsync(1000);
    expect([fake.left, fake.streams[0]?.writer.closed]).toEqual([0, 1]);
    fake.packet(receipt("out-0", "all"));
    await vi.advanceTimersByTimeAsync(5);
    await leaving;
    expect([order, fake.left]).toEqual([["quiet, left 0"], 1]);
  });

  it("waits for the data channel to be empty, but for nobody longer than it may", async () => {
    const { fake, room, made } = make({ limits: { leaveTimeoutMs: 500 } });
    fake.connect(info());
    await Effect.runPromise(room.openByteStream({ topic: "control", destinations: ["ana"] }));
    fake.packet(receipt("out-0", 0));
    fake.engine.channel.bufferedAmount = 5;
    const leaving = made.leave(() => {});
    await turns();
    await vi.advanceTimersByTimeAsync(499);
    expect(fake.left).toBe(0);
    await vi.advanceTimersByTimeAsync(6);
    await leaving;
    expect(fake.left).toBe(1);
  });

  it("gives readers that confirm nothing a moment", async () => {
    const { fake, room, made } = make();
    fake.connect(info());
    await Effect.runPromise(room.openByteStream({ topic: "control", destinations: ["ana"] }));
    const leaving = made.leave(() => {});
    await turns();
    await vi.advanceTimersByTimeAsync(140);
    expect(fake.left).toBe(0);
    await vi.advanceTimersByTimeAsync(30);
    await leaving;
    expect(fake.left).toBe(1);
  });

  it("ends what it reads, with an error", async () => {
    const { fake, room, made } = make();
    const heard = new Heard();
    fake.connect(info());
    room.listen(heard.listener);
    fake.packet(header());
    const reading = readLater(heard.stream());
    await made.leave(() => {});
    expect(reading.pollUnsafe())
      .toMatchObject({ value: "read: this participant has left the room" });
  });

  it("tells the senders of what it reads, which the server would do later only", async () => {
    const { fake, room, made } = make();
    fake.connect(info());
    room.listen({ byteStreamOpened: () => {} });
    fake.packet(header({ attributes: { [WINDOW_ATTRIBUTE]: "1000000" } }));
    await turns();
    const sending = Promise.withResolvers<void>();
    fake.sending = sending.promise;
    const leaving = made.leave(() => {});
    await turns();
    await vi.advanceTimersByTimeAsync(100);
    expect([fake.receipts, fake.left]).toEqual([["ana s1 0", "ana s1 gone"], 0]);
    sending.resolve();
    await turns();
    await vi.advanceTimersByTimeAsync(30);
    await leaving;
    expect(fake.left).toBe(1);
  });

  it.each(["by leaving", "by the server"])("keeps back what is still being sent, on every channel: %s", async (way) => {
    const { fake, made } = make();
    fake.connect(info());
    const given = [new FakeDataChannel(), new FakeDataChannel(), new FakeDataChannel()] as const;
    const [reliable, lossy, tracks] = [complete(given[0]), complete(given[1]), complete(given[2])];
    fake.engine.channel = reliable;
    fake.engine.others = [lossy, tracks];
    const sendAll = (): void => [reliable, lossy, tracks].forEach((channel) => channel.send(new Uint8Array(1)));
    sendAll();
    // From the moment at which the other side may end the connection.
    const disconnect = fake.disconnect.bind(fake);
    fake.disconnect = () => {
      sendAll();
      return disconnect();
    };
    if (way === "by the server") fake.emit("disconnected", 4);
    else await made.leave(() => {});
    sendAll();
    expect(given.map(({ sent }) => sent.length)).toEqual([1, 1, 1]);
  });

  it("of a reader is the end of what is sent to it, as it says itself", async () => {
    const { fake, room } = make();
    fake.connect(info());
    const stream = await Effect.runPromise(room.openByteStream({ topic: "control", destinations: ["ana"] }));
    fake.packet(receipt("out-0", "gone", { identity: "bo", sid: "bo-1" }));
    await Effect.runPromise(stream.write(new Uint8Array(5)));
    fake.packet(receipt("out-0", "gone"));
    const error = await Effect.runPromise(Effect.flip(stream.write(new Uint8Array(5))));
    expect(error).toMatchObject({ reason: "write", detail: "all destinations have left" });
  });

  it("is nothing but leaving where the room has ended before", async () => {
    const { fake, room, made } = make();
    fake.connect(info());
    await Effect.runPromise(room.openByteStream({ topic: "control", destinations: ["ana"] }));
    fake.packet(receipt("out-0", 0));
    fake.emit("disconnected", 4);
    await made.leave(() => {});
    expect(fake.left).toBe(1);
  });
});
