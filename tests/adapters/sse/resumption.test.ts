import { assert, describe, it } from "@effect/vitest";
import * as Clock from "effect/Clock";
import * as Effect from "effect/Effect";
import { sse, sseClient } from "../../../adapters/sse/mod.ts";
import { Context, Gateway, Viewer } from "../../../mod.ts";
import type { Weather } from "../../support/faulty_proxy.ts";
import { counting, isGapless, PATIENCE, rings, TEST_MS, until } from "./support/counting.ts";
import { listen, served } from "./support/listen.ts";

/** Some connections carry a few messages, some not even their headers. */
const storm: Weather = {
  up: [50, 2_000],
  down: [100, 12_000],
  calm: 0,
  stall: 0.05,
  stallMs: 40,
  delay: 0.1,
  delayMs: 4,
};

/** Elsewhere it takes several times as long, and is the same code. */
const cuts = served === "Node's http" ? 2_000 : 300;

describe("a reliable channel that counts over a line", () => {
  it.live(
    "that is cut, stands still and is slow over and over arrives whole, each number once and in order",
    () =>
      Effect.gen(function* () {
        const { channel, proxy, numbers, resets } = yield* counting("thousands of cuts");
        proxy.weather = storm;
        proxy.cut();
        let next = 0;
        yield* Effect.promise(async () => {
          const end = performance.now() + 5 * PATIENCE;
          while (proxy.damage.cuts < cuts) {
            if (performance.now() > end) throw new Error(`there were ${JSON.stringify(proxy.damage)} only`);
            // No faster than it gets through, or the device could not keep it all.
            for (let number = 0; number < 5 && next - numbers.length < 250; number++) {
              channel.log(`${next++} `.padEnd(150, "x"));
            }
            await new Promise((resolve) => setTimeout(resolve, 2));
          }
        });
        proxy.weather = undefined;
        yield* until("the last number arrives", () => numbers.at(-1) === next - 1);
        assert.deepEqual(resets, []);
        assert.equal(numbers[0], 0);
        assert.isTrue(isGapless(numbers));
        assert.isAtLeast(proxy.damage.stalls, 1);
        assert.isAtLeast(proxy.damage.delays, 1);
      }),
    TEST_MS,
  );

  it.live(
    "that is away for longer than the device's memory reaches is told of exactly what is lost",
    () =>
      Effect.gen(function* () {
        const logs = yield* rings;
        const kept = 16;
        const { channel, proxy, numbers, resets, viewer, answers } = yield* counting("too long", {
          limits: { ringEvents: kept },
        });
        // Nobody gets through; the memory turns over, an event for each number.
        const shut: Weather = { ...storm, up: [1, 1], down: [1, 1], stall: 0, delay: 0 };
        let next = 0;
        for (let outage = 1; outage <= 3; outage++) {
          yield* until(
            "it is subscribed anew",
            () => viewer.stats().channels.length > 0 && resets.length === outage - 1,
          );
          channel.log(`${next}`);
          const before = next++;
          yield* until("a number arrives before the outage", () => numbers.at(-1) === before);
          proxy.weather = shut;
          proxy.cut();
          // Until the device has heard of the cut it holds up what it writes, as for a reader that is slow.
          for (let number = 0; number < 100; number++) {
            channel.log(`${next++}`);
            yield* Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 2)));
          }
          proxy.weather = undefined;
          yield* until("the loss is told", () => resets.length === outage);
          // From behind what it has read last, to right before the oldest of those that the device had kept.
          const [epoch, last] = answers.at(-1)!.lastEventId!.split(".");
          const given = logs.find((log) => log.epoch === epoch)!.next;
          assert.deepEqual(resets[outage - 1], { from: Number(last) + 1, to: given - kept - 1 });
          assert.isAtLeast(given - Number(last), 50);
          yield* until("numbers come again", () => {
            channel.log(`${next++}`);
            return numbers.at(-1)! > before;
          });
        }
        assert.isTrue(numbers.every((number, index) => index === 0 || number > numbers[index - 1]!));
      }),
    TEST_MS,
  );

  it.live(
    "goes on where it was though the time of both machines is set anew while it is away",
    () =>
      Effect.gen(function* () {
        const own = yield* Clock.clockWith(Effect.succeed);
        let hours = 0;
        const wallMs = () => own.currentTimeMillisUnsafe() + hours * 3_600_000;
        const jumping: Clock.Clock = {
          sleep: (duration) => own.sleep(duration),
          currentTimeMillisUnsafe: wallMs,
          currentTimeMillis: Effect.sync(wallMs),
          currentTimeNanosUnsafe: () => BigInt(Math.round(wallMs())) * 1_000_000n,
          currentTimeNanos: Effect.sync(() => BigInt(Math.round(wallMs())) * 1_000_000n),
          monotonicTimeNanosUnsafe: () => own.monotonicTimeNanosUnsafe(),
          monotonicTimeNanos: own.monotonicTimeNanos,
        };
        yield* Effect.gen(function* () {
          const { channel, proxy, numbers, resets, viewer } = yield* counting("the clocks jump");
          const since = viewer.devicePresence?.since;
          const shut: Weather = { ...storm, up: [1, 1], down: [1, 1], stall: 0, delay: 0 };
          for (const [jump, jumped] of [2, -1, 24, -48, 1].entries()) {
            proxy.weather = shut;
            proxy.cut();
            const { connections } = proxy.damage;
            yield* until("it is tried in vain", () => proxy.damage.connections > connections + 1);
            hours = jumped;
            yield* until("it is tried in vain again", () => proxy.damage.connections > connections + 3);
            channel.log(`${jump}`);
            proxy.weather = undefined;
            yield* until("what was logged meanwhile arrives", () => numbers.at(-1) === jump);
          }
          assert.deepEqual([numbers, resets], [[0, 1, 2, 3, 4], []]);
          assert.equal(viewer.devicePresence?.since, since);
        }).pipe(Effect.provideService(Clock.Clock, jumping));
      }),
    TEST_MS,
  );

  it.live(
    "to a device that was started anew is told so: another session, and nothing made up between",
    () =>
      Effect.gen(function* () {
        const first = sse({ identity: "rover" });
        const second = sse({ identity: "rover" });
        let current = first;
        const port = Number(new URL(yield* listen((request) => current.fetch(request))).port);
        const context = yield* Context.make;
        const channel = context.channel({ topic: "/count", encoding: "text", qos: "reliable" });
        const gateway = yield* Effect.promise(() => Gateway.start({ name: "rover", context, transport: first }));
        const departures: Array<string> = [];
        const url = `http://127.0.0.1:${port}/`;
        const viewer = yield* Viewer.make(sseClient({ url, limits: { retryMs: 2 } }), {
          log: () => undefined,
          onConnection: (status) => departures.push(status),
        });
        const numbers: Array<number> = [];
        viewer.subscribe("/count").onMessage((message) => void numbers.push(Number(message.text())));
        yield* until("it is subscribed", () => gateway.viewers[0]?.topics.length === 1);
        for (let number = 0; number < 10; number++) channel.log(`${number}`);
        yield* until("the first ten arrive", () => numbers.length === 10);
        current = second;
        yield* Effect.promise(() => gateway.close());
        const again = yield* Gateway.make({ name: "rover", context, transport: second });
        yield* until("it is subscribed again", () => again.viewers[0]?.topics.length === 1);
        for (let number = 10; number < 20; number++) channel.log(`${number}`);
        yield* until("the other ten arrive", () => numbers.length >= 20);
        assert.isTrue(isGapless(numbers));
        assert.isAbove(departures.length, 1);
      }),
    TEST_MS,
  );
});
