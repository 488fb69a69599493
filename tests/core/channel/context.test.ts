import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import * as TestClock from "effect/testing/TestClock";
import { type Channel, ChannelError, type ChannelOptions, Context, type Sink } from "../../../mod.ts";
import { ManualClock } from "../../support/clock.ts";
import { CollectedLog } from "../../support/log.ts";

function start() {
  const clock = new ManualClock();
  const log = new CollectedLog();
  return { clock, log, context: new Context({ clock, log: log.log }) };
}

/** A sink that notes what it is told. */
class Recorder implements Sink {
  readonly name: string;
  readonly subscribesToAll: boolean;
  readonly told: Array<string> = [];

  constructor(name = "recorder", subscribesToAll = false) {
    this.name = name;
    this.subscribesToAll = subscribesToAll;
  }

  addChannels(channels: ReadonlyArray<Channel>): void {
    this.told.push(`add ${channels.map(({ topic }) => topic).join(" ")}`);
  }

  removeChannel(channel: Channel): void {
    this.told.push(`remove ${channel.topic}`);
  }

  log(channel: Channel, data: Uint8Array, logTime: bigint): void {
    this.told.push(`${channel.topic} ${new TextDecoder().decode(data)} ${logTime}`);
  }
}

class Failing extends Recorder {
  override addChannels(): void {
    throw new Error("addChannels");
  }

  override removeChannel(): void {
    throw new Error("removeChannel");
  }

  override log(): void {
    throw new Error("log");
  }
}

const json = (topic: string, more: Partial<ChannelOptions> = {}): ChannelOptions => ({
  topic,
  encoding: "json",
  ...more,
});

describe("Context", () => {
  it("gives each channel a positive id of its own, greater than all before it in the process", () => {
    const a = start().context.channel(json("/a"));
    const b = start().context.channel(json("/a"));
    assert.isAbove(a.id, 0);
    assert.isAbove(b.id, a.id);
  });

  it("gives back the channel that is there already with the same topic, encoding, schema and metadata", () => {
    const { context, log } = start();
    const options = json("/a", {
      schema: { name: "S", encoding: "jsonschema", data: "{}" },
      metadata: { x: "1", y: "2" },
    });
    const channel = context.channel(options);
    assert.strictEqual(context.channel(options), channel);
    const again = {
      ...options,
      schema: { name: "S", encoding: "jsonschema", data: new TextEncoder().encode("{}") },
      metadata: new Map([["y", "2"], ["x", "1"]]),
    };
    assert.strictEqual(context.channel(again), channel);
    assert.strictEqual(context.channels.length, 1);
    assert.deepStrictEqual(log.lines, []);
  });

  it("makes another one on a taken topic where anything differs, with a warning each", () => {
    const { context, log } = start();
    const schema = { name: "S", encoding: "jsonschema", data: "{}" };
    const different: ReadonlyArray<ChannelOptions> = [
      json("/a", { schema }),
      json("/a"),
      { topic: "/a", encoding: "cdr", schema },
      json("/a", { schema: { ...schema, name: "T" } }),
      json("/a", { schema: { ...schema, encoding: "other" } }),
      json("/a", { schema: { ...schema, data: "{ }" } }),
      json("/a", { schema, metadata: { x: "1" } }),
      json("/a", { schema, metadata: { x: "2" } }),
    ];
    const channels = different.map((options) => context.channel(options));
    assert.strictEqual(new Set(channels).size, different.length);
    assert.strictEqual(log.at("warning").length, different.length - 1);
    assert.deepStrictEqual(different.map((options) => context.channel(options)), channels);
  });

  it("keeps the quality of service of a channel that is asked for again, with a warning where it differs", () => {
    const { context, log } = start();
    const channel = context.channel(json("/a", { qos: "reliable" }));
    assert.strictEqual(context.channel(json("/a", { qos: "lossy" })), channel);
    assert.strictEqual(channel.qos, "reliable");
    assert.strictEqual(log.at("warning").length, 1);
    context.channel(json("/a"));
    assert.strictEqual(log.at("warning").length, 1);
  });

  it("makes a separate channel where one is asked for, without a warning", () => {
    const { context, log } = start();
    const channel = context.channel(json("/a"));
    assert.notStrictEqual(context.channel(json("/a", { separate: true })), channel);
    assert.deepStrictEqual(log.lines, []);
  });

  it("finds the oldest channel of a topic, and the next one when that is closed", () => {
    const { context } = start();
    const first = context.channel(json("/a"));
    const second = context.channel(json("/a", { metadata: { x: "1" } }));
    assert.strictEqual(context.channelByTopic("/a"), first);
    first.close();
    assert.strictEqual(context.channelByTopic("/a"), second);
    second.close();
    assert.isUndefined(context.channelByTopic("/a"));
    assert.deepStrictEqual(context.channels, []);
  });

  it("makes a new channel in the place of a closed one", () => {
    const { context, log } = start();
    const closed = context.channel(json("/a"));
    closed.close();
    assert.notStrictEqual(context.channel(json("/a")), closed);
    assert.deepStrictEqual(log.lines, []);
  });

  it("refuses a channel without a message encoding, with an error that names the topic", () => {
    const { context } = start();
    try {
      context.channel({ topic: "/a", encoding: "" });
      assert.fail("expected an error");
    } catch (error) {
      if (!(error instanceof ChannelError)) throw error;
      assert.strictEqual(error._tag, "ChannelError");
      assert.include(error.message, "/a");
    }
    assert.deepStrictEqual(context.channels, []);
  });

  it("keeps a copy of schemas and metadata: changing them afterwards changes nothing", () => {
    const { context } = start();
    const data = Uint8Array.of(1, 2);
    const metadata = { x: "1" };
    const channel = context.channel(json("/a", { schema: { name: "S", data }, metadata }));
    data.fill(9);
    metadata.x = "2";
    assert.deepStrictEqual(channel.schema, { name: "S", encoding: "", data: Uint8Array.of(1, 2) });
    assert.deepStrictEqual([...channel.metadata], [["x", "1"]]);
  });

  it("takes keys of metadata as they come, those of Object.prototype included", () => {
    const { context } = start();
    const channel = context.channel(json("/a", { metadata: JSON.parse('{"__proto__":"p","constructor":"c"}') }));
    assert.deepStrictEqual([...channel.metadata], [["__proto__", "p"], ["constructor", "c"]]);
  });

  it.effect("made in a fiber follows its clock", () =>
    Effect.gen(function* () {
      const context = yield* Context.make;
      const sink = new Recorder("all", true);
      context.addSink(sink);
      yield* TestClock.adjust(5);
      context.channel(json("/a")).log("x");
      assert.deepStrictEqual(sink.told, ["add /a", "/a x 5000000"]);
    }));
});

describe("a context's sinks", () => {
  it("are offered all channels that there are, and each one that is new", () => {
    const { context } = start();
    const sink = new Recorder();
    for (const topic of ["/a", "/b"]) context.channel(json(topic));
    context.addSink(sink);
    context.channel(json("/c"));
    context.channel(json("/c"));
    assert.deepStrictEqual(sink.told, ["add /a /b", "add /c"]);
  });

  it("are added once", () => {
    const { context } = start();
    const sink = new Recorder("twice", true);
    context.channel(json("/a"));
    context.addSink(sink);
    context.addSink(sink);
    context.channel(json("/b")).log("x", { logTime: 1n });
    assert.deepStrictEqual(sink.told, ["add /a", "add /b", "/b x 1"]);
    context.removeSink(sink);
    context.channel(json("/c"));
    assert.strictEqual(sink.told.length, 3);
  });

  it("get the messages of what they have subscribed to, from then on and until they unsubscribe", () => {
    const { context } = start();
    const sink = new Recorder();
    context.addSink(sink);
    const [a, b] = ["/a", "/b"].map((topic) => context.channel(json(topic)));
    const log = (text: string) => [a, b].forEach((channel) => channel?.log(text, { logTime: 1n }));
    log("before");
    context.subscribeChannels(sink, [a?.id ?? 0]);
    log("during");
    context.unsubscribeChannels(sink, [a?.id ?? 0]);
    log("after");
    assert.deepStrictEqual(sink.told.slice(2), ["/a during 1"]);
  });

  it("that want everything get everything without subscribing", () => {
    const { context } = start();
    const early = context.channel(json("/a"));
    const sink = new Recorder("all", true);
    context.addSink(sink);
    early.log("x", { logTime: 1n });
    context.channel(json("/b")).log("y", { logTime: 2n });
    assert.deepStrictEqual(sink.told, ["add /a", "/a x 1", "add /b", "/b y 2"]);
  });

  it("that fail are logged, and the others get everything all the same", () => {
    const { context, log } = start();
    const sink = new Recorder("good", true);
    context.addSink(new Failing("bad", true));
    context.addSink(sink);
    const channel = context.channel(json("/a"));
    channel.log("x", { logTime: 1n });
    channel.close();
    assert.deepStrictEqual(sink.told, ["add /a", "/a x 1", "remove /a"]);
    assert.deepStrictEqual(log.at("error"), [
      "a sink has failed to take channels",
      "a sink has failed to take a message",
      "a sink has failed to let a channel go",
    ]);
    for (const { fields } of log.lines) assert.strictEqual(fields["sink"], "bad");
  });

  it("are told of a closed channel once, all of them", () => {
    const { context } = start();
    const sinks = [new Recorder("a"), new Recorder("b", true)];
    for (const sink of sinks) context.addSink(sink);
    const channel = context.channel(json("/a"));
    channel.close();
    channel.close();
    for (const sink of sinks) assert.deepStrictEqual(sink.told, ["add /a", "remove /a"]);
  });

  it("that were let go hear nothing more, and what they had subscribed to has one subscriber less", () => {
    const { context } = start();
    const [first, second] = [new Recorder("first"), new Recorder("second")];
    const channel = context.channel(json("/a"));
    for (const sink of [first, second]) {
      context.addSink(sink);
      context.subscribeChannels(sink, [channel.id]);
    }
    context.removeSink(first);
    assert.isTrue(channel.hasSubscribers);
    channel.log("x", { logTime: 1n });
    context.removeSink(second);
    context.removeSink(second);
    assert.isFalse(channel.hasSubscribers);
    channel.close();
    assert.deepStrictEqual(first.told, ["add /a"]);
    assert.deepStrictEqual(second.told, ["add /a", "/a x 1"]);
  });

  it("cannot subscribe to anything before they are added or after they were let go", () => {
    const { context } = start();
    const sink = new Recorder();
    const channel = context.channel(json("/a"));
    context.subscribeChannels(sink, [channel.id]);
    context.addSink(sink);
    context.removeSink(sink);
    context.subscribeChannels(sink, [channel.id, 999_999]);
    context.unsubscribeChannels(sink, [channel.id]);
    assert.isFalse(channel.hasSubscribers);
  });
});
