/**
 * Shows that the suite catches adapters that are broken, and passes the same ones whole.
 */
import { describe, expect, it } from "@effect/vitest";
import * as Cause from "effect/Cause";
import * as Effect from "effect/Effect";
import { allComplianceCases } from "../../transport/compliance/mod.ts";
import { makeHarness } from "../adapters/loopback/harness.ts";
import { breakTransport, type Parts } from "./broken.ts";

export interface Broken {
  readonly does: string;
  /** The case that must fail. */
  readonly caughtBy: string;
  readonly parts: Parts;
}

/** Declares a test for each of them. */
export function caughtBySuite(what: string, all: ReadonlyArray<Broken>): void {
  describe(`an adapter that is broken in ${what} is caught by the suite`, () => {
    for (const { does, caughtBy, parts } of all) {
      it.effect(`one that ${does}`, () =>
        Effect.gen(function* () {
          const one = allComplianceCases.find(({ name }) => name === caughtBy);
          if (one === undefined) throw new Error(`no case "${caughtBy}"`);
          const network = { name: does, delays: { joinMs: 5 } };
          const broken = yield* makeHarness(network, (transport) => breakTransport(transport, parts));
          const exit = yield* Effect.exit(Effect.scoped(one.run(broken)));
          expect(exit._tag).toBe("Failure");
          // It must be the suite that says so, not a crash of the case.
          if (exit._tag === "Failure") expect(Cause.hasDies(exit.cause)).toBe(false);
          const whole = yield* makeHarness(network, (transport) => breakTransport(transport, {}));
          yield* Effect.scoped(one.run(whole));
        }));
    }
  });
}
