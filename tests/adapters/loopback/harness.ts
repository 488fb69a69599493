/**
 * The compliance suite's harness for the loopback, under a test clock.
 */
import * as Effect from "effect/Effect";
import * as TestClock from "effect/testing/TestClock";
import { type ConnectionConditions, LoopbackHub, type SetUpDelays } from "../../../adapters/loopback/mod.ts";
import type { Transport } from "../../../transport/mod.ts";
import type { ComplianceAbility, ComplianceHarness } from "../../../transport/compliance/mod.ts";

/** What the loopback can do. */
export const abilities: ReadonlyArray<ComplianceAbility> = [
  "dataTracks",
  "backpressure",
  "remove",
  "quality",
  "refuse",
];

/** The network that a harness's room is on. */
export interface TestNetwork {
  readonly name: string;
  readonly conditions?: ConnectionConditions;
  readonly delays?: SetUpDelays;
  readonly writeBytes?: number;
  readonly windowBytes?: number;
  readonly newFirst?: boolean;
}

/** A harness on a fresh hub; `wrap` stands between the suite and the loopback's transports. */
export function makeHarness(
  network: TestNetwork,
  wrap: (transport: Transport, hub: LoopbackHub) => Transport = (transport) => transport,
): Effect.Effect<ComplianceHarness> {
  return Effect.map(LoopbackHub.make({ seed: network.name }), (hub) => {
    hub.setDefaultConditions(network.conditions ?? {});
    hub.setReplacementOrder(network.newFirst === true ? "new-first" : "old-first");
    const { writeBytes, windowBytes } = network;
    const transport = (identity: string): Transport => {
      hub.participant(identity).setDelays(network.delays ?? {});
      const sizes = {
        ...(writeBytes === undefined ? {} : { writeBytes }),
        ...(windowBytes === undefined ? {} : { windowBytes }),
      };
      return wrap(hub.transport({ identity, ...sizes }), hub);
    };
    return {
      transport,
      pause: TestClock.adjust("50 millis"),
      remove: (identity) => Effect.sync(() => hub.participant(identity).kick("removed")),
      setQuality: (identity, quality) => Effect.sync(() => hub.participant(identity).setQuality(quality)),
      refused: () => {
        hub.participant("refused").failJoins("refused");
        return transport("refused");
      },
    };
  });
}
