import { describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import { complianceCases, type ComplianceHarness } from "../../transport/compliance/mod.ts";
import { freshRoom, suiteAdmin, suiteServer, transport } from "../support/livekit/suite.ts";

/** Names of cases that the transport cannot pass, each with the reason. */
const deviations: Readonly<Record<string, string>> = {};

function makeHarness(): ComplianceHarness {
  const room = freshRoom();
  return {
    transport: (identity) => transport(room, identity),
    pause: Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 50))),
    // Ten seconds, twice over where the machine is busy.
    patience: 400,
    remove: (identity) => Effect.promise(() => suiteAdmin().removeParticipant(room, identity)),
    refused: () =>
      transport(room, "refused", { server: { ...suiteServer(), apiSecret: "not the secret, but as long" } }),
  };
}

// Each has a room of its own, and most of the time waits.
describe.concurrent("a LiveKit server", () => {
  for (
    const one of complianceCases({ abilities: ["peers", "dataTracks", "backpressure", "remove", "refuse"], deviations })
  ) {
    it.live(`${one.member}: ${one.name}`, () => one.run(makeHarness()));
  }
});
