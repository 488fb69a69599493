import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import { type Channel, Context, type Sink } from "../../../mod.ts";
import { Signal } from "../../../core/signal.ts";
import { ManualClock } from "../../support/clock.ts";
import { CollectedLog } from "../../support/log.ts";

function start() {
  const clock = new ManualClock();
  const log = new CollectedLog();
  const context = new Context({ clock, log: log.log });
  return { clock, log, context, channel: context.channel({ topic: "/a", encoding: "json" }) };
}

/** Everything that it is given, as it is given. */
class Tap implements Sink {
  readonly name = "tap";
  readonly subscribesToAll = true;
  readonly data: Array<Uint8Array> = [];
  readonly times: Array<bigint> = [];
  addChannels(): void {}
  removeChannel(): void {}
  log(_channel: Channel, data: Uint8Array, logTime: bigint): void {
    this.data.push(data);
    this.times.push(logTime);
  }
}

/** Takes messages while it has room, and says when it has. */
class Bounded extends Tap {
  readonly changed: Signal = new Signal();
  room = 0;
  waitForRoom(): Effect.Effect<void> | undefined {
    return this.room > 0 ? undefined : this.changed.until(() => this.room > 0);
  }
}

describe("Channel", () => {
  it("logs text as UTF-8 and bytes as they are", () => {
    const { context, channel } = start();
    const tap = new Tap();
    context.addSink(tap);
    const bytes = Uint8Array.of(0, 255);
    channel.log("é");
    channel.log(bytes);
    assert.deepStrictEqual(tap.data[0], Uint8Array.of(0xc3, 0xa9));
    assert.strictEqual(tap.data[1], bytes);
  });

  it("gives a message without a log time the present one", () => {
    const { context, channel, clock } = start();
    const tap = new Tap();
    context.addSink(tap);
    clock.nowMs = 7;
    channel.log("a");
    channel.log("b", { logTime: 0n });
    channel.log("c", { logTime: 3n });
    assert.deepStrictEqual(tap.times, [7_000_000n, 0n, 3n]);
  });

  it("does nothing with a message while nobody is subscribed: it is not even encoded, and no clock is read", () => {
    const { channel, clock, log } = start();
    Object.defineProperty(clock, "currentTimeNanosUnsafe", {
      value: () => assert.fail("the clock was read"),
    });
    assert.isFalse(channel.hasSubscribers);
    channel.log("nobody");
    assert.deepStrictEqual(log.lines, []);
  });

  it("knows whether anybody listens", () => {
    const { context, channel } = start();
    const tap = new Tap();
    context.addSink(tap);
    assert.isTrue(channel.hasSubscribers);
    context.removeSink(tap);
    assert.isFalse(channel.hasSubscribers);
  });

  it("takes nothing once it is closed, and warns at most once in 10 s, with the number of messages", () => {
    const { context, channel, clock, log } = start();
    const tap = new Tap();
    context.addSink(tap);
    channel.close();
    assert.isTrue(channel.isClosed);
    for (const at of [0, 1, 9_999, 10_000, 15_000, 20_001]) {
      clock.nowMs = at;
      channel.log("lost");
    }
    assert.deepStrictEqual(tap.data, []);
    assert.deepStrictEqual(log.lines.map(({ level, fields }) => [level, fields["messages"]]), [
      ["warning", 1],
      ["warning", 3],
      ["warning", 2],
    ]);
  });

  it("drops what is neither text nor bytes, and a log time that is no u64, says so, and leaves other messages whole", () => {
    const { context, channel, log } = start();
    const tap = new Tap();
    context.addSink(tap);
    const unusable: ReadonlyArray<unknown> = [
      { x: 1 },
      new ArrayBuffer(4),
      [1, 2],
      new Float64Array(2),
      7,
      null,
      undefined,
    ];
    channel.log("before");
    for (const data of unusable) channel.log(data as string);
    const times: ReadonlyArray<unknown> = [-1n, 2n ** 64n, 5, "5"];
    for (const logTime of times) channel.log("x", { logTime: logTime as bigint });
    channel.log("after", { logTime: 2n ** 64n - 1n });
    assert.deepStrictEqual(tap.data.map((data) => new TextDecoder().decode(data)), ["before", "after"]);
    assert.strictEqual(log.lines.length, 1);
    assert.include(log.at("error")[0], "received Object");
  });

  it("throttles the warnings of each closed channel by itself", () => {
    const { context, channel, log } = start();
    const other = context.channel({ topic: "/b", encoding: "json" });
    for (const one of [channel, other]) {
      one.close();
      one.log("lost");
      one.log("lost");
    }
    assert.deepStrictEqual(log.lines.map(({ fields }) => fields["topic"]), ["/a", "/b"]);
  });

  it("closes once", () => {
    const { context, channel, log } = start();
    channel.close();
    channel.close();
    assert.deepStrictEqual(context.channels, []);
    assert.deepStrictEqual(log.lines, []);
  });

  it.effect("is ready at once while nobody is subscribed, or every subscriber has room", () =>
    Effect.gen(function* () {
      const { context, channel } = start();
      yield* channel.readyEffect;
      const sink = new Bounded();
      sink.room = 1;
      context.addSink(sink);
      context.addSink(new Tap());
      assert.isTrue(channel.hasRoom);
      yield* channel.readyEffect;
      yield* Effect.promise(() => channel.ready());
    }));

  it.effect("is ready when the last of its subscribers has room", () =>
    Effect.gen(function* () {
      const { context, channel } = start();
      const [first, second] = [new Bounded(), new Bounded()];
      for (const sink of [first, second]) context.addSink(sink);
      let ready = 0;
      yield* Effect.forkScoped(Effect.tap(channel.readyEffect, () => Effect.sync(() => void (ready += 1))));
      const promised = channel.ready().then(() => void (ready += 1));
      for (const [sink, expected] of [[first, 0], [second, 2]] as const) {
        sink.room = 1;
        sink.changed.notify();
        for (let turn = 0; turn < 10; turn += 1) yield* Effect.yieldNow;
        assert.strictEqual(ready, expected);
      }
      yield* Effect.promise(() => promised);
    }));
});
