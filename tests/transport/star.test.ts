import { describe, expect, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import { complianceCases, type ComplianceHarness, type ComplianceRole } from "../../transport/compliance/mod.ts";
import type { RemoteParticipant, Transport } from "../../transport/mod.ts";
import { abilities, makeHarness } from "../adapters/loopback/harness.ts";
import { breakTransport } from "./broken.ts";

type IsSeen = (participant: RemoteParticipant) => boolean;

/** A transport that shows of the room only those who are to be seen. */
function showing(transport: Transport, isSeen: IsSeen): Transport {
  return breakTransport(transport, {
    room: (room) => ({
      ...room,
      participants: () => room.participants().filter(isSeen),
      participant: (identity) => [room.participant(identity)].find((one) => one !== undefined && isSeen(one)),
      openByteStream: (options) => {
        const there = room.participants().filter(isSeen).map(({ identity }) => identity);
        const destinations = options.destinations.filter((identity) => there.includes(identity));
        const opened = room.openByteStream({ ...options, destinations });
        return Effect.map(opened, (stream) => ({ ...stream, destinations: options.destinations }));
      },
    }),
    listener: (listener) => ({
      ...listener,
      participantActive: (one) => isSeen(one) ? listener.participantActive?.(one) : undefined,
      participantDisconnected: (one) => isSeen(one) ? listener.participantDisconnected?.(one) : undefined,
      attributesChanged: (one) => isSeen(one) ? listener.attributesChanged?.(one) : undefined,
    }),
  });
}

/** The loopback as a star: guests see nobody but the host, and cannot come before it. */
const makeStar = Effect.gen(function* () {
  const roles = new Map<string, ComplianceRole>();
  const made = yield* makeHarness({ name: "a star" });
  const isHost: IsSeen = ({ identity }) => roles.get(identity) === "host";
  const harness: ComplianceHarness = {
    ...made,
    transport: (identity, role) => {
      if (role === "guest" && ![...roles.values()].includes("host")) throw new Error(`"${identity}" comes too early`);
      roles.set(identity, role);
      const transport = made.transport(identity, role);
      return role === "host" ? transport : showing(transport, isHost);
    },
  };
  return { harness, roles };
});

describe("a transport that is a star", () => {
  const ofStars = abilities.filter((ability) => ability !== "peers" && ability !== "dataTracks");
  for (const one of complianceCases({ abilities: ofStars })) {
    it.effect(`${one.member}: ${one.name}`, () =>
      Effect.gen(function* () {
        const { harness, roles } = yield* makeStar;
        yield* one.run(harness);
        const hosts = [...roles].flatMap(([identity, role]) => role === "host" ? [identity] : []);
        expect(hosts.length).toBe(roles.size === 0 ? 0 : 1);
        const named = /the host is the (.*)\)$/.exec(one.name)?.[1];
        if (named !== undefined) expect(hosts).toEqual([named]);
      }));
  }
});
