import { describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import { complianceCases } from "../../../transport/compliance/mod.ts";
import { abilities, makeHarness, type TestNetwork } from "./harness.ts";

const networks: ReadonlyArray<TestNetwork> = [
  { name: "nothing in the way" },
  {
    name: "new instances told first, set-up takes time",
    newFirst: true,
    delays: { joinMs: 5, openMs: 5, publishMs: 5 },
  },
  {
    name: "latency, jitter, loss and reordering",
    conditions: {
      up: { latencyMs: 20, jitterMs: 10, loss: 0.2, reorder: 0.2 },
      down: { latencyMs: 5, jitterMs: 5, loss: 0.2, reorder: 0.2 },
    },
  },
  {
    name: "little bandwidth, small windows",
    conditions: { up: { bitsPerSecond: 20_000_000 }, down: { bitsPerSecond: 50_000_000, latencyMs: 1 } },
    writeBytes: 7000,
    windowBytes: 20_000,
  },
  { name: "the system's clock", kind: "system" },
  {
    name: "a virtual clock and a slow network",
    kind: "virtual",
    conditions: { up: { latencyMs: 20, jitterMs: 10 }, down: { latencyMs: 5 } },
    delays: { joinMs: 5, openMs: 5, publishMs: 5 },
  },
];

for (const network of networks) {
  describe(`the loopback with ${network.name}`, () => {
    for (const one of complianceCases({ abilities })) {
      it.effect(`${one.member}: ${one.name}`, () => Effect.flatMap(makeHarness(network), one.run));
    }
  });
}
