import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import { counting, isGapless, TEST_MS, until } from "./support/counting.ts";

describe("a viewer whose request is held up on the way, and who asks again meanwhile", () => {
  it.live(
    "keeps the connection that it has when the first request arrives after all, and misses nothing",
    () =>
      Effect.gen(function* () {
        const { proxy, numbers, resets, answers, statuses, log } = yield* counting("held up", {}, {
          limits: { stallMs: 1_000 },
        });
        let next = 0;
        const count = (): void => log(next++);
        count();
        yield* until("the first number arrives", () => numbers.length === 1);
        proxy.isHolding = true;
        proxy.cut();
        yield* until("a request is held up", () => proxy.held.includes("/events HTTP/1.1"));
        proxy.isHolding = false;
        count();
        yield* until("it has been given up, and another has got through", () => numbers.length === 2);
        const [, late] = /fieldlink-attempt: (\d+)/i.exec(proxy.held) ?? [];
        proxy.deliver();
        yield* until("the first one is answered", () => answers.some(({ attempt }) => attempt === late));
        const refused = answers.filter(({ attempt }) => attempt === late).map(({ status }) => status);
        assert.deepEqual(refused, [409]);
        for (let more = 0; more < 20; more++) {
          count();
          yield* until("the next number arrives", () => numbers.length === next);
        }
        assert.isTrue(isGapless(numbers));
        assert.deepEqual([resets, statuses], [[], ["connected"]]);
      }),
    TEST_MS,
  );
});

describe("a viewer whose connections stand still for up to two seconds, and are not closed", () => {
  it.live(
    "takes over from each with another one, and gets every number once and in order",
    () =>
      Effect.gen(function* () {
        const { proxy, numbers, resets, statuses, answers, log } = yield* counting("still", {}, {
          limits: { stallMs: 300, postTimeoutMs: 300 },
        });
        proxy.weather = {
          up: [50_000, 90_000],
          down: [500, 4_000],
          calm: 0,
          stall: 1,
          stallMs: 2_000,
          delay: 0,
          delayMs: 0,
        };
        proxy.cut();
        let next = 0;
        while (proxy.damage.stalls < 15) {
          for (let more = 0; more < 5 && next - numbers.length < 250; more++) log(next++, 150);
          yield* Effect.sleep(5);
        }
        proxy.weather = undefined;
        proxy.cut();
        log(next++);
        yield* until("the last number arrives", () => numbers.at(-1) === next - 1);
        assert.equal(numbers[0], 0);
        assert.isTrue(isGapless(numbers));
        assert.deepEqual([resets, statuses], [[], ["connected"]]);
        // Most have been asked for while the one before still stood.
        assert.isAtLeast(answers.length, 15);
      }),
    TEST_MS,
  );
});

describe("a viewer whose events somebody else reads as well, with its session", () => {
  it.live(
    "is told that it was replaced by the second stream, which goes on where it stood",
    () =>
      Effect.gen(function* () {
        let path = "";
        const { proxy, numbers, statuses, answers, log } = yield* counting("two readers", {}, {
          fetch: (request) => {
            if (request.method === "GET") path = new URL(request.url).pathname;
            return fetch(request);
          },
        });
        log(0);
        yield* until("the first number arrives", () => numbers.length === 1);
        const abort = new AbortController();
        yield* Effect.addFinalizer(() => Effect.sync(() => abort.abort()));
        const second = yield* Effect.promise(() =>
          fetch(new URL(path, proxy.url), { headers: { accept: "text/event-stream" }, signal: abort.signal })
        );
        yield* until("the viewer knows", () => statuses.at(-1) !== "connected");
        const asked = answers.length;
        const reader = second.body!.getReader();
        let text = "";
        while (!text.includes("event: binary")) {
          text += new TextDecoder().decode((yield* Effect.promise(() => reader.read())).value);
        }
        assert.match(text, /event: open\ndata: \{[^\n]*"resumed":true/);
        // It does not fight for it.
        assert.equal(answers.length, asked);
        assert.equal(numbers.length, 1);
      }),
    TEST_MS,
  );
});
