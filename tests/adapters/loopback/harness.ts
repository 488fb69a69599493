/**
 * The compliance suite's harness for the loopback, under a test clock.
 */
import * as Effect from "effect/Effect";
import * as TestClock from "effect/testing/TestClock";
import { type ConnectionConditions, LoopbackHub, type SetUpDelays } from "../../../adapters/loopback/mod.ts";
import { VirtualHub } from "../../../testing.ts";
import type { Transport } from "../../../transport/mod.ts";
import type { ComplianceAbility, ComplianceHarness } from "../../../transport/compliance/mod.ts";

/** What the loopback can do. */
export const abilities: ReadonlyArray<ComplianceAbility> = [
  "peers",
  "dataTracks",
  "datagrams",
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
  /** What kind of hub: on the fiber's test clock (default), on the system's clock, or on a virtual one. */
  readonly kind?: "effect" | "system" | "virtual";
}

interface HubAndPause {
  readonly hub: LoopbackHub;
  readonly pause: Effect.Effect<void>;
}

function makeHub({ name, kind }: TestNetwork): Effect.Effect<HubAndPause> {
  if (kind === "virtual") {
    const hub = new VirtualHub({ seed: name });
    return Effect.succeed({ hub, pause: Effect.promise(() => hub.advance(50)) });
  }
  if (kind === "system") {
    // Without conditions a hub needs no time, only turns.
    const pause = Effect.andThen(Effect.yieldNow, Effect.yieldNow);
    return Effect.succeed({ hub: new LoopbackHub({ seed: name }), pause });
  }
  return Effect.map(LoopbackHub.make({ seed: name }), (hub) => ({ hub, pause: TestClock.adjust("50 millis") }));
}

/** A harness on a fresh hub; `wrap` stands between the suite and the loopback's transports. */
export function makeHarness(
  network: TestNetwork,
  wrap: (transport: Transport, hub: LoopbackHub) => Transport = (transport) => transport,
): Effect.Effect<ComplianceHarness> {
  return Effect.map(makeHub(network), ({ hub, pause }) => {
    hub.setDefaultConditions(network.conditions ?? {});
    hub.setReplacementOrder(network.newFirst === true ? "new-first" : "old-first");
    const { writeBytes, windowBytes } = network;
    const sizes = {
      ...(writeBytes === undefined ? {} : { writeBytes }),
      ...(windowBytes === undefined ? {} : { windowBytes }),
    };
    const transport = (identity: string): Transport => {
      hub.participant(identity).setDelays(network.delays ?? {});
      return wrap(hub.transport({ identity, datagrams: true, ...sizes }), hub);
    };
    return {
      transport,
      pause,
      remove: (identity) => Effect.sync(() => hub.participant(identity).kick("removed")),
      setQuality: (identity, quality) => Effect.sync(() => hub.participant(identity).setQuality(quality)),
      refused: () => {
        hub.participant("refused").failJoins("refused");
        return transport("refused");
      },
    };
  });
}
