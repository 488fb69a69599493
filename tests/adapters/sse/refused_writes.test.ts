import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import { sse, sseClient } from "../../../adapters/sse/mod.ts";
import { Context, Gateway, Viewer } from "../../../mod.ts";
import type { IncomingByteStream } from "../../../transport/mod.ts";
import { listen, served } from "./support/listen.ts";
import { until } from "./support/until.ts";

const decoder = new TextDecoder();

/** What a reader has seen of a stream, in order. */
function read(stream: IncomingByteStream): ReadonlyArray<string> {
  const seen: Array<string> = [];
  const next: Effect.Effect<void> = Effect.matchEffect(stream.read, {
    onSuccess: (chunk) => {
      seen.push(chunk === undefined ? "end" : decoder.decode(chunk.subarray(0, 5)));
      return chunk === undefined ? Effect.void : next;
    },
    onFailure: ({ reason }) => Effect.sync(() => void seen.push(`failed: ${reason}`)),
  });
  Effect.runFork(next);
  return seen;
}

describe(`a write of a viewer's that is larger than the device takes, over ${served}`, () => {
  it.live("fails its stream at both ends, and the next stream arrives whole", () =>
    Effect.gen(function* () {
      const http = sse({ limits: { bodyBytes: 10_000 } });
      const url = yield* listen(http.fetch);
      const device = yield* http.join();
      const streams: Array<ReadonlyArray<string>> = [];
      device.listen({ byteStreamOpened: (stream) => void streams.push(read(stream)) });
      const viewer = yield* sseClient({ url }).join();
      viewer.listen({});
      const open = viewer.openByteStream({ topic: "control", destinations: ["device"] });
      const broken = yield* open;
      yield* broken.write(new TextEncoder().encode("first"));
      yield* until("the beginning arrives", () => streams[0]?.length === 1);
      yield* broken.write(new Uint8Array(50_000));
      yield* until("the reader hears of it", () => streams[0]?.length === 2);
      assert.deepEqual(streams[0], ["first", "failed: read"]);
      const error = yield* Effect.flip(broken.write(new Uint8Array(1)));
      assert.equal(error.reason, "write");
      assert.include(error.detail, "10000 bytes");
      const next = yield* open;
      yield* next.write(new TextEncoder().encode("after"));
      yield* next.close;
      yield* until("the next one arrives", () => streams[1]?.length === 2);
      assert.deepEqual(streams, [["first", "failed: read"], ["after", "end"]]);
    }));

  it.live("does not keep the next message from arriving, though it breaks off in the middle of one", () =>
    Effect.gen(function* () {
      const context = yield* Context.make;
      const http = sse();
      // What stands in front of a device may have bounds of its own.
      let large = 0;
      const url = yield* listen((request, info) => {
        if (Number(request.headers.get("content-length")) < 8_000 || ++large !== 3) return http.fetch(request, info);
        return Promise.resolve(new Response("too large", { status: 413 }));
      });
      const heard: Array<string> = [];
      yield* Gateway.make({
        name: "rover",
        context,
        transport: http,
        supportedEncodings: ["text"],
        capabilities: ["clientPublish"],
        onMessageData: (_, __, data) => void heard.push(decoder.decode(data)),
        log: () => undefined,
      });
      const viewer = yield* Viewer.make(sseClient({ url, limits: { postBytes: 8_000 } }), { log: () => undefined });
      const channel = viewer.channel({ topic: "/said", encoding: "text" });
      yield* channel.readyEffect;
      channel.publish("before");
      yield* until("the first arrives", () => heard.includes("before"));
      channel.publish(new Uint8Array(50_000));
      yield* until("a later one arrives", () => {
        channel.publish("after");
        return heard.includes("after");
      });
      assert.isTrue(heard.every((one) => one === "before" || one === "after"));
      assert.equal(large, 3);
    }));
});
