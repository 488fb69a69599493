import * as Effect from "effect/Effect";
import { describe, expect, it } from "vitest";
import type { IncomingByteStream } from "../../../transport/mod.ts";
import { LiveKitServer } from "../../support/livekit/server.ts";
import { freshRoom, transport } from "../../support/livekit/suite.ts";

const KIB = 1024;
const STREAMS = 8;
const STREAM_BYTES = 1024 * KIB;
/** Long enough to fill all buffers, and far from what a server is given up for. */
const PAUSE_MS = 2_000;

/** How many bytes come until the stream ends. */
async function bytesOf({ read }: IncomingByteStream): Promise<number> {
  for (let bytes = 0;;) {
    const chunk = await Effect.runPromise(read);
    if (chunk === undefined) return bytes;
    bytes += chunk.length;
  }
}

describe("a line that takes nothing for a while", () => {
  it("is written to again when it does, however much waits", async () => {
    await using server = await LiveKitServer.start();
    const name = freshRoom();
    const received: Array<Promise<number>> = [];
    const writing = Effect.gen(function* () {
      const receiver = yield* transport(name, "receiver", { server: server.address }).join();
      receiver.listen({ byteStreamOpened: (stream) => void received.push(bytesOf(stream)) });
      const sender = yield* transport(name, "sender", { server: server.address }).join();
      const open = sender.openByteStream({ topic: "control", destinations: ["receiver"] });
      const streams = yield* Effect.all(Array.from({ length: STREAMS }, () => open));
      for (const stream of streams) yield* stream.write(new Uint8Array(1));
      yield* Effect.promise(() => expect.poll(() => received.length, { timeout: 20_000 }).toBe(STREAMS));
      server.pause();
      yield* Effect.forkChild(Effect.andThen(Effect.sleep(PAUSE_MS), Effect.sync(() => server.resume())));
      // All of it together is several times what WebRTC lets wait.
      yield* Effect.all(
        streams.map((stream) =>
          Effect.gen(function* () {
            for (let at = 1; at < STREAM_BYTES; at += 64 * KIB) {
              yield* stream.write(new Uint8Array(Math.min(64 * KIB, STREAM_BYTES - at)));
            }
            yield* stream.close;
          })
        ),
        { concurrency: "unbounded" },
      );
      return yield* Effect.promise(() => Promise.all(received));
    });
    const bytes = await Effect.runPromise(Effect.scoped(Effect.timeout(writing, 60_000)));
    expect(bytes).toEqual(Array(STREAMS).fill(STREAM_BYTES));
  });
});
