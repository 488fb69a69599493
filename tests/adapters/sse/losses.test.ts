import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import { sse, sseClient, type SseGap } from "../../../adapters/sse/mod.ts";
import type { IncomingByteStream } from "../../../transport/mod.ts";
import { FaultyProxy, type Weather } from "../../support/faulty_proxy.ts";
import { counting, isGapless, rings, TEST_MS, until } from "./support/counting.ts";
import { listen } from "./support/listen.ts";

/** Nobody gets through. */
const shut: Weather = { up: [1, 1], down: [1, 1], calm: 0, stall: 0, stallMs: 0, delay: 0, delayMs: 0 };

describe("a viewer at the other end of a bad line", () => {
  it.live(
    "that is away for longer than the device waits has left, and comes back with another session",
    () =>
      Effect.gen(function* () {
        const { proxy, gateway, numbers, resets, statuses, log } = yield* counting("expired", { resumeTtlMs: 500 });
        log(0);
        yield* until("the first number arrives", () => numbers.length === 1);
        const { client } = gateway.viewers[0]!;
        proxy.weather = shut;
        proxy.cut();
        yield* until("the device takes it for gone", () => gateway.viewers.length === 0);
        // To nobody.
        log(1);
        proxy.weather = undefined;
        yield* until("it has subscribed anew", () => gateway.viewers[0]?.topics.length === 1);
        for (let number = 2; number < 10; number++) log(number);
        yield* until("the numbers come again", () => numbers.at(-1) === 9);
        assert.deepEqual(numbers, [0, 2, 3, 4, 5, 6, 7, 8, 9]);
        assert.isTrue(isGapless(numbers.slice(1)));
        assert.notEqual(gateway.viewers[0]!.client.id, client.id);
        // A session that is over is no gap in one.
        assert.deepEqual(resets, []);
        assert.isAbove(statuses.length, 1);
        assert.equal(statuses.at(-1), "connected");
      }),
    TEST_MS,
  );

  it.live(
    "that reads more slowly than the device's memory turns is told of exactly what is lost when it reads on",
    () =>
      Effect.gen(function* () {
        const logs = yield* rings;
        const kept = 4;
        const http = sse({ identity: "rover", limits: { ringEvents: kept, ringBytes: 64 * 1024 * 1024 } });
        let asked: string | null = null;
        const url = yield* listen((request, info) => {
          if (request.method === "GET") asked = request.headers.get("last-event-id");
          return http.fetch(request, info);
        });
        const device = yield* http.join();
        device.listen({});
        const proxy = yield* Effect.acquireRelease(
          Effect.promise(() => FaultyProxy.start(Number(new URL(url).port), "slow")),
          (proxy) => Effect.promise(() => proxy[Symbol.asyncDispose]()),
        );
        const resets: Array<SseGap | undefined> = [];
        const viewer = yield* sseClient({
          url: proxy.url,
          identity: "viewer",
          onReset: (gap) => resets.push(gap),
          limits: { incomingBytes: 1, retryMs: 2 },
        }).join();
        const streams: Array<IncomingByteStream> = [];
        let attributes: ReadonlyMap<string, string> | undefined;
        viewer.listen({
          byteStreamOpened: (stream) => void streams.push(stream),
          attributesChanged: (participant) => attributes = participant.attributes,
          participantActive: (participant) => attributes = participant.attributes,
        });
        yield* until("it is there", () => device.participant("viewer") !== undefined);
        const stream = yield* device.openByteStream({ topic: "control", destinations: ["viewer"] });
        yield* stream.write(Uint8Array.of(1, 0, 0, 0, 0));
        yield* until("it has something to read, and reads no further", () => streams.length === 1);
        // Attributes wait for nobody, and are more than sockets and the proxy hold.
        for (let change = 1; change <= 40; change++) {
          yield* device.setAttributes(new Map([["n", `${change} `.padEnd(1_000_000, "x")]]));
          yield* Effect.sleep(5);
        }
        const turned = logs.at(-1)!;
        assert.equal(turned.oldest, turned.next - kept);
        yield* streams[0]!.read;
        yield* until("it is told", () => resets.length === 1);
        const [epoch, last] = asked!.split(".");
        assert.equal(epoch, turned.epoch);
        assert.deepEqual(resets, [{ from: Number(last) + 1, to: turned.next - kept - 1 }]);
        assert.isBelow(Number(last), turned.next - kept - 1);
        // It begins anew with what is so now.
        yield* until("it knows the latest", () => attributes?.get("n")?.startsWith("40 ") === true);
      }),
    TEST_MS,
  );
});
