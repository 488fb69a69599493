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
        assert.deepEqual(answers.filter(({ attempt }) => attempt === late), [{ attempt: late!, status: 409 }]);
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
