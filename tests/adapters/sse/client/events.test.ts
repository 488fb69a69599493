import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import { sseClient } from "../../../../adapters/sse/mod.ts";
import { encodeDatagram } from "../../../../adapters/sse/wire.ts";
import type { IncomingByteStream } from "../../../../transport/mod.ts";
import { advance, settle } from "../../../support/settle.ts";
import { device, joined, ScriptedServer } from "./scripted_server.ts";

describe("what a device sends over server-sent events", () => {
  it.effect("comes as byte streams, each under its topic, however they lie between each other", () =>
    Effect.gen(function* () {
      const { server, told } = yield* joined();
      const { source } = server;
      const events: ReadonlyArray<readonly [string, unknown]> = [
        ["stream", { stream: 1, op: "open", topic: "control" }],
        ["stream", { stream: 2, op: "open", topic: "ch-7 ü" }],
        ["text", "{}"],
        ["stream", { stream: 2, op: "data", data: "CQID" }],
        ["binary", "AgEAAAAJ"],
        ["stream", { stream: 2, op: "close" }],
        ["stream", { stream: 3, op: "open", topic: "other" }],
        ["stream", { stream: 3, op: "abort" }],
        ["stream", { stream: 9, op: "data", data: "AQID" }],
        ["unknown", "of a later version"],
      ];
      let number = 0;
      for (const [event, data] of events) source.event(event, data, event === "unknown" ? undefined : `e.${number++}`);
      yield* settle;
      const of = (topic: string): ReadonlyArray<string> => told.filter((line) => line.includes(topic));
      assert.deepStrictEqual(of("control"), ["stream control of rover", "control: {}", "control: 2 1 0 0 0 9"]);
      assert.deepStrictEqual(of("ch-7 ü"), ["stream ch-7 ü of rover", "ch-7 ü: 9 2 3", "end of ch-7 ü"]);
      assert.deepStrictEqual(of("other"), ["stream other of rover", "other fails: read"]);
    }));

  it.effect("comes as one control stream from a server that does not say when one begins", () =>
    Effect.gen(function* () {
      const { server, told } = yield* joined();
      server.source.event("text", "{}", "e.0");
      yield* settle;
      assert.deepStrictEqual(told.slice(1), ["stream control of rover", "control: {}"]);
    }));

  it.effect("comes as datagrams, which have no number and may be unreadable", () =>
    Effect.gen(function* () {
      const { server, told } = yield* joined();
      server.source.event("lossy", encodeDatagram({ channelId: 7, logTime: 9n, frame: Uint8Array.of(1, 2) }));
      server.source.event("lossy", "???");
      server.source.event("lossy", encodeDatagram({ channelId: 8, logTime: 1n, frame: Uint8Array.of(3) }));
      yield* settle;
      assert.deepStrictEqual(told.slice(1), ["datagram rover 7 1 2 at 9", "datagram rover 8 3 at 1"]);
    }));

  it.effect("comes as changes of its attributes", () =>
    Effect.gen(function* () {
      const { server, room, told } = yield* joined();
      server.source.event("device", device({ attributes: { a: "1" } }), "e.0");
      yield* settle;
      assert.strictEqual(told.at(-1), 'attributes [["a","1"]]');
      assert.strictEqual(room.participant("rover")?.attributes.get("a"), "1");
    }));

  it.effect("is read first when it has left, for as long as that may take, and the room is over then", () =>
    Effect.gen(function* () {
      const { server, told } = yield* joined();
      server.source.event("text", "last", "e.0");
      server.source.event("close", { reason: "shutdown" });
      yield* settle;
      yield* advance(2_000);
      assert.deepStrictEqual(told.slice(1).toSorted(), [
        "control: last",
        "end of control",
        "gone rover DEV_1",
        "over: server-shutdown",
        "stream control of rover",
      ]);
      assert.strictEqual(told.at(-1), "over: server-shutdown");
      assert.strictEqual(server.sources.length, 1);
    }));

  for (
    const [reason, end] of [["replaced", "replaced"], ["leaving", "removed"], ["expired", "connection-lost"]] as const
  ) {
    it.effect(`ends the room as ${end} where it says ${reason}`, () =>
      Effect.gen(function* () {
        const { server, told, room } = yield* joined();
        server.source.event("text", "a", "e.0");
        yield* settle;
        server.source.event("close", { reason });
        yield* settle;
        assert.deepStrictEqual(told.slice(3).toSorted(), ["control fails: read", `over: ${end}`]);
        assert.deepStrictEqual(room.participants(), []);
        const opening = room.openByteStream({ topic: "x", destinations: ["rover"] });
        assert.strictEqual((yield* Effect.flip(opening)).reason, "open");
      }));
  }

  it.effect("is not taken from the server while too much waits to be read", () =>
    Effect.gen(function* () {
      const server = new ScriptedServer();
      const transport = sseClient({ url: "http://d.test", fetch: server.fetch, limits: { incomingBytes: 100 } });
      const room = yield* transport.join();
      const streams: Array<IncomingByteStream> = [];
      const quality: Array<string> = [];
      room.listen({
        byteStreamOpened: (stream) => streams.push(stream),
        connectionQualityChanged: (now) => quality.push(now),
      });
      server.source.event("stream", { stream: 1, op: "open", topic: "t" }, "e.0");
      for (let number = 1; number <= 20; number += 1) {
        server.source.event("stream", { stream: 1, op: "data", data: "AAAA".repeat(10) }, `e.${number}`);
      }
      yield* settle;
      assert.isAbove(server.source.untaken, 10);
      // That is no reason to take the connection for dead.
      yield* advance(60_000, 10_000);
      assert.deepStrictEqual([server.sources.length, quality], [1, []]);
      let bytes = 0;
      for (
        ;
        bytes < 600;
        bytes += (yield* streams[0]!.read)?.length ?? assert.fail("the stream has ended")
      ) yield* settle;
      yield* settle;
      assert.strictEqual(server.source.untaken, 0);
    }));

  it.effect("is not taken beyond so many streams at once", () =>
    Effect.gen(function* () {
      const { server, told } = yield* joined({ limits: { incomingStreams: 2 } });
      for (let id = 0; id < 4; id += 1) {
        server.source.event("stream", { stream: id, op: "open", topic: `t${id}` }, `e.${id}`);
      }
      yield* settle;
      assert.deepStrictEqual(told.slice(1), ["stream t0 of rover", "stream t1 of rover"]);
      server.source.event("stream", { stream: 0, op: "close" }, "e.4");
      server.source.event("stream", { stream: 5, op: "open", topic: "t5" }, "e.5");
      yield* settle;
      assert.include(told, "stream t5 of rover");
    }));
});
