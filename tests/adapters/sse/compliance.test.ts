import { describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import type * as Scope from "effect/Scope";
import { sse, sseClient } from "../../../adapters/sse/mod.ts";
import { complianceCases, type ComplianceHarness } from "../../../transport/compliance/mod.ts";
import { listen, served } from "./support/listen.ts";

/** Names of cases that the transport cannot pass, each with the reason. */
const deviations: Readonly<Record<string, string>> = {
  "a reader that does not read holds up nothing but its own stream":
    "all streams of the device share one connection; a viewer's core has one",
};

/** A room: its host is the device, which is made and listens with the first transport. */
const makeHarness: Effect.Effect<ComplianceHarness, never, Scope.Scope> = Effect.gen(function* () {
  let device: ReturnType<typeof sse> | undefined;
  const authorize = (request: Request) =>
    request.headers.get("authorization") === "Bearer wrong" ? undefined : { subject: "anybody" };
  const url = yield* listen((request) =>
    device?.fetch(request) ?? Promise.resolve(new Response("nobody is here", { status: 503 }))
  );
  return {
    transport: (identity, role) => {
      // What a socket holds beside that is some MiB, and the suite writes 16.
      if (role === "guest") return sseClient({ url, identity, limits: { incomingBytes: 1024 * 1024 } });
      device ??= sse({ identity, authorize, limits: { topics: 64 } });
      return device;
    },
    pause: Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 20))),
    // Ten seconds.
    patience: 500,
    quietPauses: 4,
    refused: () => sseClient({ url, token: "wrong" }),
  };
});

describe.concurrent(`server-sent events over ${served}`, () => {
  for (const one of complianceCases({ abilities: ["datagrams", "backpressure", "refuse"], deviations })) {
    it.live(`${one.member}: ${one.name}`, () => Effect.scoped(Effect.flatMap(makeHarness, one.run)));
  }
});
