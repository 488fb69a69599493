import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import { LoopbackHub } from "../../../adapters/loopback/mod.ts";
import { encodeDataTrackFrame } from "../../../core/protocol/mod.ts";
import { Context, Gap, Gateway, type Message, Viewer } from "../../../mod.ts";
import type { DatagramDropListener, Datagrams, Transport } from "../../../transport/mod.ts";
import { CollectedLog } from "../../support/log.ts";
import { texts } from "../../support/pair.ts";
import { advertise, info, RawDevice, say } from "../../support/raw_device.ts";
import { advance, settle } from "../../support/settle.ts";
import { bytes } from "../../support/streams.ts";

/** Remembers the frames that were sent. */
function remembering(transport: Transport, sent: Array<readonly [string, number, Uint8Array]>): Transport {
  return {
    ...transport,
    join: (options) =>
      Effect.map(transport.join(options), (room) => {
        const { datagrams } = room;
        if (datagrams === undefined) return room;
        return {
          ...room,
          datagrams: {
            ...datagrams,
            send: (identity, channelId, frame, logTime) => {
              sent.push([identity, channelId, frame]);
              return datagrams.send(identity, channelId, frame, logTime);
            },
          },
        };
      }),
  };
}

/** Keeps datagrams, so many for each receiver, and drops the oldest for further ones. */
class Waiting {
  listener: DatagramDropListener | undefined;
  readonly #most: number;
  readonly #waiting: Map<string, Array<readonly [number, Uint8Array]>> = new Map();

  constructor(most: number) {
    this.#most = most;
  }

  wrap(transport: Transport): Transport {
    const datagrams: Datagrams = {
      maxFrameBytes: 1_000,
      send: (identity, channelId, frame) => {
        const own = this.#waiting.get(identity) ?? [];
        this.#waiting.set(identity, own);
        if (own.length === this.#most) this.listener?.(identity, ...own.shift()!);
        own.push([channelId, frame]);
        return true;
      },
      onDropped: (listener) => void (this.listener = listener),
    };
    return { ...transport, join: (options) => Effect.map(transport.join(options), (room) => ({ ...room, datagrams })) };
  }

  dropAll(identity: string): void {
    for (const one of this.#waiting.get(identity)?.splice(0) ?? []) this.listener?.(identity, ...one);
  }
}

/** A device with a lossy channel `/scan` that sends datagrams, eight at a time to one viewer, and viewers of it. */
const start = Effect.fnUntraced(function* (limits: { readonly dataTrackBytes?: number } = {}) {
  const hub = yield* LoopbackHub.make({ limits: { frames: 8 } });
  const log = new CollectedLog();
  const context = new Context({ clock: (yield* Context.make).clock, log: log.log });
  const scan = context.channel({ topic: "/scan", encoding: "json" });
  const sent: Array<readonly [string, number, Uint8Array]> = [];
  const transport = remembering(hub.transport({ identity: "rover", datagrams: true }), sent);
  const gateway = yield* Gateway.make({ name: "rover", context, transport, limits, log: log.log });
  const watch = Effect.fnUntraced(function* (identity: string) {
    const viewer = yield* Viewer.make(hub.transport({ identity }), { log: log.log });
    const seen: Array<string> = [];
    const note = (item: Message | Gap): void => void seen.push(item instanceof Gap ? `-${item.missed}` : item.text());
    const subscription = viewer.subscribe("/scan", { gaps: true });
    subscription.onMessage(note);
    yield* viewer.deviceEffect;
    yield* settle;
    return { viewer, seen, subscription };
  });
  const statsOf = (topic = "/scan") =>
    gateway.stats().channels.find((channel) => channel.topic === topic) ?? assert.fail(`no stats of ${topic}`);
  return { hub, log, context, scan, sent, gateway, watch, statsOf };
});

describe("lossy messages over datagrams", () => {
  it.effect("are preferred to data tracks, come with their log time, and are counted for each viewer", () =>
    Effect.gen(function* () {
      const { scan, watch, statsOf, sent, gateway } = yield* start();
      const [one, two] = [yield* watch("viewer-1"), yield* watch("viewer-2")];
      const times: Array<bigint> = [];
      one.viewer.subscribe("/scan").onMessage(({ logTime }) => times.push(logTime));
      scan.log("first", { logTime: 7n });
      yield* settle;
      two.subscription.close();
      yield* settle;
      scan.log("second", { logTime: 9n });
      yield* settle;
      assert.deepStrictEqual([one.seen, two.seen, times], [["first", "second"], ["first"], [7n, 9n]]);
      const { carrier, total, viewers } = statsOf();
      assert.deepStrictEqual([carrier, total.published.messages, total.delivered.messages], ["datagram", 3, 3]);
      assert.deepStrictEqual(
        viewers.map(({ client, delivered }) => [client.identity, delivered]),
        [["viewer-1", { messages: 2, bytes: 11 }], ["viewer-2", { messages: 1, bytes: 5 }]],
      );
      assert.deepStrictEqual(gateway.usage().sent.messages > 3, true);
      // One frame for all: an adapter may keep what it has made of it.
      assert.deepStrictEqual(sent.map(([identity]) => identity), ["viewer-1", "viewer-2", "viewer-1"]);
      assert.strictEqual(sent[0]?.[2], sent[1]?.[2]);
    }));

  it.effect("that a slow viewer does not take are its gap and in its books, and nobody else's", () =>
    Effect.gen(function* () {
      const { hub, log, scan, watch, statsOf } = yield* start();
      const slow = yield* watch("slow");
      const quick = yield* watch("quick");
      scan.log("0");
      yield* settle;
      hub.participant("slow").setConditions({ down: { latencyMs: 1_000 } });
      for (let n = 1; n <= 20; n += 1) {
        scan.log(`${n}`);
        yield* settle;
      }
      hub.participant("slow").setConditions({});
      yield* advance(2_000);
      scan.log("21");
      yield* settle;
      assert.deepStrictEqual(quick.seen, Array.from({ length: 22 }, (_, n) => `${n}`));
      assert.deepStrictEqual(slow.seen, ["0", "1", "2", "3", "4", "5", "6", "7", "8", "-12", "21"]);
      const books = statsOf().viewers.map(({ client, published, delivered, drops }) =>
        [client.identity, published.messages, delivered.messages, drops] as const
      );
      assert.deepStrictEqual(books, [
        ["slow", 22, 10, { notTaken: { messages: 12, bytes: 23 } }],
        ["quick", 22, 22, {}],
      ]);
      assert.strictEqual(slow.viewer.stats().channels[0]?.missed, 12);
      const lines = log.lines.filter(({ message }) => message.includes("the transport has too many for a viewer"));
      assert.strictEqual(lines.length, 1);
    }));

  it.effect("that the transport drops for newer ones, or later, are counted as dropped and not as delivered", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const log = new CollectedLog();
      const context = new Context({ clock: (yield* Context.make).clock, log: log.log });
      const scan = context.channel({ topic: "/scan", encoding: "json" });
      const pose = context.channel({ topic: "/pose", encoding: "json", qos: "lossy" });
      const waiting = new Waiting(2);
      const transport = waiting.wrap(hub.transport({ identity: "rover", datagrams: true }));
      const gateway = yield* Gateway.make({ name: "rover", context, transport, log: log.log });
      const viewer = yield* Viewer.make(hub.transport({ identity: "viewer-1" }), { log: log.log });
      const other = yield* Viewer.make(hub.transport({ identity: "viewer-2" }), { log: log.log });
      const subscriptions = [viewer, other].flatMap((one) => [one.subscribe("/scan"), one.subscribe("/pose")]);
      yield* settle;
      const books = () =>
        gateway.stats().channels.map(({ topic, viewers, total }) => {
          const { published, delivered, dropped } = total;
          assert.strictEqual(published.messages, delivered.messages + dropped.messages);
          assert.strictEqual(published.bytes, delivered.bytes + dropped.bytes);
          return [topic, ...viewers.map((one) => [one.delivered.messages, one.drops.notTaken?.messages ?? 0])];
        });
      pose.log("pose");
      for (let n = 0; n < 5; n += 1) scan.log(`${n}`);
      assert.deepStrictEqual(books(), [["/scan", [2, 3], [2, 3]], ["/pose", [0, 1], [0, 1]]]);
      waiting.dropAll("viewer-1");
      assert.deepStrictEqual(books(), [["/scan", [0, 5], [2, 3]], ["/pose", [0, 1], [0, 1]]]);
      // What is dropped for one that is not subscribed any more stays counted as it was, as does what is not known.
      for (const subscription of subscriptions) subscription.close();
      yield* settle;
      waiting.dropAll("viewer-2");
      waiting.listener?.("viewer-2", 99, new Uint8Array(20));
      waiting.listener?.("nobody", scan.id, new Uint8Array(20));
      assert.deepStrictEqual(books(), [["/scan", [0, 5], [2, 3]], ["/pose", [0, 1], [0, 1]]]);
      const lines = log.lines.filter(({ message }) => message.includes("the transport has too many for a viewer"));
      assert.strictEqual(lines.length, 2);
    }));

  it.effect("that are too large are dropped for all, with a warning, and take no number", () =>
    Effect.gen(function* () {
      const { scan, watch, statsOf } = yield* start({ dataTrackBytes: 1_200 });
      const [one, two] = [yield* watch("viewer-1"), yield* watch("viewer-2")];
      scan.log("a");
      scan.log(new Uint8Array(1_201));
      scan.log(new Uint8Array(1_200).fill(0x61));
      scan.log("b");
      yield* settle;
      for (const { seen } of [one, two]) assert.deepStrictEqual(seen.map(({ length }) => length), [1, 1_200, 1]);
      assert.deepStrictEqual(statsOf().total.drops, { oversize: { messages: 2, bytes: 2_402 } });
      const standing = one.viewer.statuses.map(({ message }) => message);
      assert.strictEqual(standing.length, 1);
      assert.include(standing[0], "larger than the per-message size limit of 1.17 KiB");
    }));

  it.effect("begin anew with their numbers for a viewer that subscribes again", () =>
    Effect.gen(function* () {
      const { scan, watch } = yield* start();
      const { viewer, seen, subscription } = yield* watch("viewer-1");
      const other = yield* watch("viewer-2");
      scan.log("0");
      yield* settle;
      subscription.close();
      yield* settle;
      scan.log("1");
      scan.log("2");
      yield* settle;
      const again: Array<string> = [];
      viewer.subscribe("/scan", { gaps: true }).onMessage((item) =>
        again.push(item instanceof Gap ? `-${item.missed}` : item.text())
      );
      yield* settle;
      scan.log("3");
      yield* settle;
      assert.deepStrictEqual([seen, again, other.seen], [["0"], ["3"], ["0", "1", "2", "3"]]);
    }));

  it.effect("of a channel that has closed are sent no more", () =>
    Effect.gen(function* () {
      const { scan, watch, sent, context } = yield* start();
      const { seen } = yield* watch("viewer-1");
      scan.log("0");
      yield* settle;
      scan.close();
      scan.log("1");
      yield* settle;
      const next = context.channel({ topic: "/scan", encoding: "json" });
      yield* settle;
      next.log("2");
      yield* settle;
      assert.deepStrictEqual([seen, sent.map(([, id]) => id)], [["0", "2"], [scan.id, next.id]]);
    }));
});

describe("Viewer: datagrams", () => {
  const rawStart = Effect.fnUntraced(function* () {
    const hub = yield* LoopbackHub.make();
    const log = new CollectedLog();
    const viewer = yield* Viewer.make(hub.transport({ identity: "viewer-1" }), { log: log.log });
    const device = yield* RawDevice.join(hub, "device", { datagrams: true });
    const control = yield* device.open();
    yield* say(
      control,
      info(),
      advertise({ id: 1, topic: "/scan", reliable: false }, { id: 2, topic: "/pose" }, {
        id: 3,
        topic: "/unwanted",
        reliable: false,
      }),
    );
    yield* settle;
    const send = (channelId: number, frame: Uint8Array, from: RawDevice = device) =>
      from.room.datagrams?.send("viewer-1", channelId, frame, 1n) ?? assert.fail("no datagrams");
    const frame = (number: number): Uint8Array => encodeDataTrackFrame(number, bytes(`${number}`));
    return { hub, viewer, device, control, send, frame };
  });

  it.effect("are counted by their numbers: missing, late, double, not to be read", () =>
    Effect.gen(function* () {
      const { viewer, send, frame } = yield* rawStart();
      const seen = texts(viewer.subscribe("/scan"));
      yield* settle;
      for (const number of [5, 6, 9, 7, 7, 12]) send(1, frame(number));
      send(1, Uint8Array.of(1, 2, 3));
      yield* settle;
      assert.deepStrictEqual(seen, ["5", "6", "9", "7", "7", "12"]);
      const { missed, gaps, late, duplicates, undecodable } = viewer.stats().channels[0]!;
      assert.deepStrictEqual({ missed, gaps, late, duplicates, undecodable }, {
        missed: 3,
        gaps: 2,
        late: 1,
        duplicates: 1,
        undecodable: 1,
      });
    }));

  it.effect("are ignored of channels that are unknown, reliable or not wanted, and of anybody else", () =>
    Effect.gen(function* () {
      const { hub, viewer, send, frame } = yield* rawStart();
      const seen = texts(viewer.subscribe("/scan"));
      const pose = texts(viewer.subscribe("/pose"));
      const other = yield* RawDevice.join(hub, "other", { datagrams: true });
      yield* settle;
      for (let id = 2; id < 100; id += 1) send(id, frame(0));
      send(Number.MAX_SAFE_INTEGER, frame(0));
      send(1, frame(0), other);
      send(1, frame(4));
      yield* settle;
      assert.deepStrictEqual([seen, pose], [["4"], []]);
      const received = viewer.stats().channels.map(({ received }) => received.messages);
      assert.deepStrictEqual(received, [1, 0, 0]);
    }));

  it.effect("begin anew when the device says anew who it is", () =>
    Effect.gen(function* () {
      const { viewer, device, send, frame } = yield* rawStart();
      const seen = texts(viewer.subscribe("/scan"));
      yield* settle;
      for (const number of [500, 501]) send(1, frame(number));
      yield* settle;
      const control = yield* device.open();
      yield* say(control, info());
      yield* settle;
      send(1, frame(502));
      yield* settle;
      yield* say(control, advertise({ id: 1, topic: "/scan", reliable: false }));
      yield* settle;
      for (const number of [0, 1]) send(1, frame(number));
      yield* settle;
      assert.deepStrictEqual(seen, ["500", "501", "0", "1"]);
      const { missed, late } = viewer.stats().channels[0]!;
      assert.deepStrictEqual([missed, late], [0, 0]);
    }));
});
