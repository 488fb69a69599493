import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import * as TestClock from "effect/testing/TestClock";
import { presenceLine } from "../../../cli/device/presence_line.ts";
import type { ViewerPresence } from "../../../mod.ts";
import { makePair } from "../../support/pair.ts";
import { advance } from "../../support/settle.ts";

function presence(identity: string, more: Partial<ViewerPresence> = {}): ViewerPresence {
  return {
    client: { id: 1, identity },
    joinedAt: 0,
    since: 0,
    state: "active",
    stateSince: 0,
    protocolVersion: "2.3.0",
    topics: [],
    ownChannels: [],
    ...more,
  };
}

describe("the line that says who is here", () => {
  it("names who is here, with round trip and clock where they are known, and counts the others", () => {
    assert.strictEqual(presenceLine([]), "nobody is here");
    const timed = presence("anna\x1b", {
      state: "idle",
      roundTripTime: { latestMs: 9, meanMs: 2, varianceMs2: 0 },
      clockOffset: { offsetMs: -3.25, boundMs: 12 },
    });
    assert.strictEqual(
      presenceLine([timed, presence("ben", { roundTripTime: { latestMs: 9, varianceMs2: 0 } })]),
      "here: anna\\u001b, idle, round trip 2.00 ms, clock -3.25 ms ± 12 ms; ben, active, round trip 9.00 ms",
    );
    const many = ["a", "b", "c", "d", "e", "f"].map((identity) => presence(identity));
    assert.strictEqual(presenceLine(many), "here: a, active; b, active; c, active; d, active and 2 more");
  });

  it.effect("has a viewer idle in the line when it is not heard any more", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_700_000_000_000);
      const { hub, gateway } = yield* makePair();
      yield* advance(10_000);
      assert.match(presenceLine(gateway.viewers), /^here: viewer-1, active, round trip .*, clock \+0\.00 ms ± /);
      hub.participant("viewer-1").partition();
      yield* advance(40_000);
      assert.match(presenceLine(gateway.viewers), /^here: viewer-1, idle/);
    }));
});
