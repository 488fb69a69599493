import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import { LoopbackHub } from "../../../adapters/loopback/mod.ts";
import { type DeviceOptions, startDevice } from "../../support/device.ts";
import { frames, RawViewer, subscribe } from "../../support/raw_viewer.ts";
import { advance, settle } from "../../support/settle.ts";
import { bytes } from "../../support/streams.ts";

const start = Effect.fnUntraced(function* (options: DeviceOptions = {}) {
  const hub = yield* LoopbackHub.make();
  const device = yield* startDevice(hub, options);
  const channels = ["/a", "/b", "/c"].map((topic) => device.context.channel({ topic, encoding: "json" }));
  const [a, b, c] = channels.map(({ id }) => id);
  const viewer = yield* RawViewer.join(hub);
  yield* viewer.drain;
  return { hub, device, viewer, a: a ?? 0, b: b ?? 0, c: c ?? 0 };
});

/** A frame of whatever is in it. */
function frame(opcode: number, payload: Uint8Array, length: number = payload.length): Uint8Array {
  return Uint8Array.from([
    opcode,
    length & 255,
    (length >>> 8) & 255,
    (length >>> 16) & 255,
    length >>> 24,
    ...payload,
  ]);
}

describe("what viewers send", () => {
  it.effect("is read however it is cut into chunks", () =>
    Effect.gen(function* () {
      const { device, viewer, a, b, c } = yield* start();
      const stream = yield* viewer.open();
      for (const byte of frames(subscribe(a), subscribe(b))) {
        yield* stream.write(Uint8Array.of(byte));
        yield* settle;
      }
      const both = frames({ op: "unsubscribe", channelIds: [a, b] }, subscribe(c));
      yield* stream.write(both.subarray(0, 40));
      yield* stream.write(both.subarray(40));
      yield* settle;
      assert.deepStrictEqual(device.events.map((event) => event.replace("viewer-1 ", "")), [
        "+ /a",
        "+ /b",
        "- /a",
        "- /b",
        "+ /c",
      ]);
    }));

  it.effect("on several streams at once is read side by side, each stream by itself", () =>
    Effect.gen(function* () {
      const { device, viewer, a, b, c } = yield* start();
      const [first, second] = [yield* viewer.open(), yield* viewer.open()];
      const message = frames(subscribe(a));
      yield* first.write(message.subarray(0, 7));
      yield* second.write(frames(subscribe(b)));
      yield* settle;
      assert.deepStrictEqual(device.events, ["+ viewer-1 /b"]);
      yield* first.write(message.subarray(7));
      yield* settle;
      yield* second.close;
      yield* first.write(frames(subscribe(c)));
      yield* settle;
      assert.deepStrictEqual(device.events, ["+ viewer-1 /b", "+ viewer-1 /a", "+ viewer-1 /c"]);
    }));

  it.effect("frames that cannot be read are skipped and answered by nothing, with a line in the log at most every 10 s that counts them", () =>
    Effect.gen(function* () {
      const { device, viewer, a } = yield* start();
      const junk = [
        frame(1, Uint8Array.of(0xff, 0xfe)),
        frame(1, bytes("{")),
        frame(1, bytes("[]")),
        frame(1, bytes("")),
        frame(1, bytes('{"op":"dance"}')),
        frame(1, bytes('{"op":"subscribe"}')),
        frame(1, bytes('{"op":"subscribe","channels":[{"id":-1}]}')),
        frame(1, bytes('{"op":"subscribe","channels":[{"id":18446744073709551615}]}')),
        frame(2, bytes("")),
        frame(2, Uint8Array.of(0xff, 1, 2)),
        frame(2, Uint8Array.of(4, 1, 2, 3)),
        frame(2, Uint8Array.of(2, 1, 0, 0, 0, 1, 0, 0, 0, 255, 255, 255, 255)),
      ];
      const [first, ...others] = junk;
      yield* viewer.write(first!);
      for (const one of others) yield* viewer.write(one);
      assert.strictEqual(device.log.at("error").length, 1);
      yield* advance(10_000);
      yield* viewer.write(first!);
      const lines = device.log.lines.filter(({ level }) => level === "error");
      assert.deepStrictEqual(lines.map(({ fields }) => fields["times"]), [1, junk.length]);
      yield* viewer.silence;
      yield* viewer.subscribe(a);
      assert.deepStrictEqual(device.events, ["+ viewer-1 /a"]);
    }));

  it.effect("a flood of frames does not keep others from their turn", () =>
    Effect.gen(function* () {
      const { device, viewer } = yield* start();
      const empty = Uint8Array.of(1, 0, 0, 0, 0);
      const flood = new Uint8Array(empty.byteLength * 10_000);
      for (let n = 0; n < 10_000; n += 1) flood.set(empty, n * empty.byteLength);
      const writing = yield* Effect.forkChild(viewer.write(flood), { startImmediately: true });
      let turns = 0;
      while (writing.pollUnsafe() === undefined || device.log.at("error").length === 0) {
        yield* Effect.yieldNow;
        turns += 1;
      }
      yield* settle;
      assert.strictEqual(device.log.at("error").length, 1);
      assert.isAbove(turns, 1);
    }));

  it.effect("refusals that overflow the viewer's queue reset it, and are not made any further", () =>
    Effect.gen(function* () {
      const { device, viewer } = yield* start();
      const channels = Array.from({ length: 100_000 }, () => ({ id: 1, requestVideoTrack: true }));
      yield* viewer.send({ op: "subscribe", channels });
      yield* advance(100);
      assert.strictEqual(device.log.at("warning").filter((line) => line.includes("queue is full")).length, 1);
    }));

  it.effect("a frame that is too large, or of an unknown kind, ends the reading of its own stream only", () =>
    Effect.gen(function* () {
      const { device, viewer, a, b } = yield* start();
      yield* viewer.subscribe(a);
      for (const broken of [frame(1, bytes("x"), 16 * 1024 * 1024 + 1), frame(3, bytes("{}"))]) {
        const stream = yield* viewer.open();
        yield* stream.write(broken);
        yield* settle;
        yield* Effect.ignore(stream.write(frames(subscribe(b))));
        yield* advance(10_000);
      }
      assert.deepStrictEqual(device.events, ["+ viewer-1 /a"]);
      assert.strictEqual(device.log.at("error").length, 2);
      yield* viewer.unsubscribe(a);
      assert.deepStrictEqual(device.events, ["+ viewer-1 /a", "- viewer-1 /a"]);
    }));

  it.effect("what stands before a broken frame in the same chunk counts", () =>
    Effect.gen(function* () {
      const { device, viewer, a } = yield* start();
      yield* viewer.write(Uint8Array.from([...frames(subscribe(a)), 9, 0, 0, 0, 0]));
      assert.deepStrictEqual(device.events, ["+ viewer-1 /a"]);
    }));

  it.effect("a frame of exactly 16 MiB is taken", () =>
    Effect.gen(function* () {
      const { device, viewer, a } = yield* start();
      const text = `{"op":"subscribe","channels":[{"id":${a}}]}`;
      const large = new Uint8Array(5 + 16 * 1024 * 1024).fill(0x20);
      large.set(frame(1, bytes(text), 16 * 1024 * 1024));
      yield* viewer.write(large);
      yield* settle;
      assert.deepStrictEqual(device.events, ["+ viewer-1 /a"]);
    }));

  it.effect("a stream that ends within a frame, or is given up, disturbs nothing", () =>
    Effect.gen(function* () {
      const { device, viewer, a, b } = yield* start();
      const partial = yield* viewer.open();
      yield* partial.write(frames(subscribe(a)).subarray(0, 9));
      yield* partial.close;
      yield* settle;
      assert.deepStrictEqual(device.log.at("error"), []);
      const abandoned = yield* viewer.open();
      yield* abandoned.abort;
      yield* settle;
      assert.deepStrictEqual(device.log.at("error"), ["reading a viewer's stream has failed"]);
      yield* viewer.subscribe(b);
      assert.deepStrictEqual(device.events, ["+ viewer-1 /b"]);
    }));

  it.effect("a stream on another topic is ignored with a warning", () =>
    Effect.gen(function* () {
      const { device, viewer, a } = yield* start();
      const stream = yield* viewer.open("telemetry");
      yield* Effect.ignore(stream.write(frames(subscribe(a))));
      yield* settle;
      assert.deepStrictEqual(device.events, []);
      assert.deepStrictEqual(device.log.at("warning"), ["a byte stream of another topic than control is ignored"]);
    }));

  it.effect("beyond the bound in streams the newest is not read, until earlier ones end", () =>
    Effect.gen(function* () {
      const { hub, device, viewer, a, b } = yield* start({ limits: { streamsPerViewer: 2 } });
      const refused = () => device.log.at("warning").filter((line) => line.includes("too many control streams")).length;
      const both = [yield* viewer.open(), yield* viewer.open()];
      yield* settle;
      const third = yield* viewer.open();
      yield* settle;
      yield* Effect.ignore(third.write(frames(subscribe(a))));
      yield* settle;
      assert.deepStrictEqual(device.events, []);
      assert.strictEqual(refused(), 1);
      const other = yield* RawViewer.join(hub, "viewer-2");
      yield* other.subscribe(b);
      for (const stream of both) yield* stream.close;
      yield* settle;
      for (const stream of [yield* viewer.open(), yield* viewer.open()]) yield* stream.write(frames(subscribe(a, b)));
      yield* settle;
      assert.deepStrictEqual(device.events, ["+ viewer-2 /b", "+ viewer-1 /a", "+ viewer-1 /b"]);
      assert.strictEqual(refused(), 1);
    }));

  it.effect("counts for the instance that is registered now, whichever stream brought it", () =>
    Effect.gen(function* () {
      const { hub, device, a, b } = yield* start();
      hub.setReplacementOrder("new-first");
      const again = yield* RawViewer.join(hub);
      yield* again.subscribe(a);
      const more = yield* again.open();
      yield* more.write(frames(subscribe(b)));
      yield* settle;
      assert.deepStrictEqual(device.events, ["+ viewer-1 /a", "+ viewer-1 /b"]);
      assert.strictEqual(device.clients[0], device.clients[1]);
    }));

  it.effect("from somebody who is refused is an error in the log and is read no further", () =>
    Effect.gen(function* () {
      const { hub, device, a } = yield* start();
      const refused = yield* RawViewer.join(hub, "viewer-2", { version: "1.0.0" });
      yield* refused.subscribe(a);
      yield* Effect.ignore(refused.subscribe(a));
      assert.deepStrictEqual(
        device.log.at("error").filter((line) => line.includes("not registered; its stream is not read on")).length,
        1,
      );
      assert.deepStrictEqual(device.events, []);
    }));

  for (
    const [what, level, line, flood] of [
      ["of another topic", "warning", "a byte stream of another topic than control is ignored", "topic"],
      ["beyond the bound", "warning", "a viewer has too many control streams open; the newest is not read", "bound"],
      ["that are broken", "error", "a viewer's stream is not read on", "broken"],
      ["that are given up", "error", "reading a viewer's stream has failed", "abort"],
      ["with a frame that cannot be read", "error", "a viewer's message cannot be read and is skipped", "junk"],
      [
        "of somebody who is refused",
        "error",
        "a message of a viewer that is not registered; its stream is not read on",
        "refused",
      ],
    ] as const
  ) {
    it.effect(`streams ${what} are a line in the log at most every 10 s, which counts them`, () =>
      Effect.gen(function* () {
        const { hub, device, viewer, a } = yield* start({ limits: { streamsPerViewer: 1 } });
        const sender = flood === "refused" ? yield* RawViewer.join(hub, "viewer-2", { version: "1.0.0" }) : viewer;
        if (flood === "bound") {
          yield* viewer.open();
          yield* settle;
        }
        const one = Effect.gen(function* () {
          const stream = yield* sender.open(flood === "topic" ? "telemetry" : "control");
          if (flood === "abort") yield* stream.abort;
          if (flood === "broken") yield* Effect.ignore(stream.write(frame(3, bytes("{}"))));
          if (flood === "junk") yield* stream.write(frame(1, bytes("{")));
          if (flood === "refused") yield* Effect.ignore(stream.write(frames(subscribe(a))));
          if (flood !== "abort") yield* stream.close;
          yield* settle;
        });
        for (let turn = 0; turn < 20; turn += 1) yield* one;
        yield* advance(10_000);
        yield* one;
        const said = device.log.lines.filter(({ message }) => message === line);
        assert.deepStrictEqual(said.map((entry) => entry.level), [level, level]);
        assert.deepStrictEqual(said.map(({ fields }) => fields["times"]), [1, 20]);
      }));
  }
});
