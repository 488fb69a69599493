/**
 * Cases: who is in the room, and what the others hear of it.
 */
import * as Effect from "effect/Effect";
import { acquainted, eventually, expect, type Guest, heardOf, join, joinQuietly, joinTwo, quiet } from "./check.ts";
import type { ComplianceCase } from "./harness.ts";

/** The cases. */
export const presenceCases: ReadonlyArray<ComplianceCase> = [
  {
    name: "listen tells of those already active before it returns",
    member: "Room.listen",
    needs: [],
    run: (harness) =>
      Effect.gen(function* () {
        yield* join(harness, "early");
        const late = yield* joinQuietly(harness, "late");
        yield* eventually(harness, "the one already there can be seen", () => late.room.participants().length === 1);
        late.listen();
        const told = late.heard.map((heard) => heard.what === "active" ? heard.participant.identity : heard.what);
        yield* expect(told.join() === "early", `listen told of: ${told.join(", ") || "nobody"}`);
        yield* quiet(harness);
        yield* expect(heardOf(late, "early").length === 1, "the early participant was told twice");
      }),
  },
  {
    name: "listen tells of those that have come since joining before it returns",
    member: "Room.listen",
    needs: [],
    run: (harness) =>
      Effect.gen(function* () {
        const slow = yield* joinQuietly(harness, "slow");
        yield* join(harness, "other-1");
        yield* join(harness, "other-2");
        yield* eventually(harness, "those who came can be seen", () => slow.room.participants().length === 2);
        slow.listen();
        const told = slow.heard.map((heard) => heard.what === "active" ? heard.participant.identity : heard.what);
        yield* expect(told.toSorted().join() === "other-1,other-2", `listen told of: ${told.join(", ") || "nobody"}`);
      }),
  },
  {
    name: "everybody in the room is told of everybody else",
    member: "Room.participants",
    needs: ["peers"],
    run: (harness) =>
      Effect.gen(function* () {
        const names = ["one", "two", "three"];
        const guests = yield* Effect.forEach(names, (name) => join(harness, name));
        const seen = (guest: Guest): string =>
          guest.room.participants().map(({ identity }) => identity).toSorted().join();
        const rest = (guest: Guest): string => names.filter((name) => name !== guest.identity).toSorted().join();
        yield* eventually(harness, "each sees the two others", () =>
          guests.every((guest) =>
            seen(guest) === rest(guest)
          ));
        for (const guest of guests) {
          for (const other of guests) {
            const told = heardOf(guest, other.identity).join();
            const expected = other === guest ? "" : "active";
            yield* expect(told === expected, `"${guest.identity}" heard of "${other.identity}": ${told || "nothing"}`);
          }
        }
      }),
  },
  {
    name: "a participant that joins is told as active, once",
    member: "RoomListener.participantActive",
    needs: [],
    run: (harness) =>
      Effect.gen(function* () {
        const [first] = yield* joinTwo(harness, "first", "second");
        yield* quiet(harness);
        const told = heardOf(first, "second");
        yield* expect(told.join() === "active", `heard of the second: ${told.join(", ")}`);
      }),
  },
  {
    name: "nobody is told of itself",
    member: "Room.participants",
    needs: [],
    run: (harness) =>
      Effect.gen(function* () {
        const [first] = yield* joinTwo(harness, "first", "second");
        yield* expect(heardOf(first, "first").length === 0, "a participant was told of itself");
        yield* expect(first.room.participant("first") === undefined, "a participant finds itself");
        const seen = first.room.participants().map((participant) => participant.identity);
        yield* expect(seen.join() === "second", `participants() of the first: ${seen.join(", ")}`);
      }),
  },
  {
    name: "a participant that leaves is told with its sid, once, and is gone",
    member: "RoomListener.participantDisconnected",
    needs: [],
    run: (harness) =>
      Effect.gen(function* () {
        const [first, second] = yield* joinTwo(harness, "first", "second");
        yield* second.leave;
        yield* eventually(harness, "the end of the second is told", () => heardOf(first, "second").length > 1);
        yield* quiet(harness);
        const told = heardOf(first, "second");
        yield* expect(told.join() === "active,disconnected", `heard of the second: ${told.join(", ")}`);
        const sids = first.heard.flatMap((heard) => heard.what === "disconnected" ? [heard.participant.sid] : []);
        yield* expect(sids.join() === second.room.sid, `the end was told of ${sids.join()}, not ${second.room.sid}`);
        yield* expect(first.room.participant("second") === undefined, "a participant that left can still be found");
        yield* expect(first.room.participants().length === 0, "a participant that left is still listed");
      }),
  },
  {
    name: "the others see the identity and the sid that a room says are its own",
    member: "Room.sid",
    needs: [],
    run: (harness) =>
      Effect.gen(function* () {
        const [first, second] = yield* joinTwo(harness, "first", "second");
        const { identity, sid } = second.room;
        yield* expect(identity === "second", `the room of "second" says it is "${identity}"`);
        yield* expect(sid !== "" && first.room.participant(identity)?.sid === sid, `sid ${sid} is not what others see`);
      }),
  },
  {
    name: "attributes given on joining are there from the start",
    member: "JoinOptions.attributes",
    needs: [],
    hosts: ["first", "second"],
    run: (harness) =>
      Effect.gen(function* () {
        const attributes = new Map([["protocolVersion", "2.3.0"], ["", "an empty key"], ["größe", "µ"]]);
        const [first] = yield* joinTwo(harness, "first", "second", { attributes });
        for (const heard of first.heard) {
          if (heard.what !== "active") continue;
          for (const [key, value] of attributes) {
            const seen = heard.participant.attributes.get(key);
            yield* expect(seen === value, `attribute "${key}" is ${seen}, not ${value}, when the participant is told`);
          }
        }
      }),
  },
  {
    name: "attributes that are set are told to the others, and the rest stay",
    member: "Room.setAttributes",
    needs: [],
    hosts: ["first", "second"],
    run: (harness) =>
      Effect.gen(function* () {
        const attributes = new Map([["a", "1"], ["b", "2"]]);
        const [first, second] = yield* joinTwo(harness, "first", "second", { attributes });
        const before = first.room.participant("second");
        yield* second.room.setAttributes(new Map([["b", "3"], ["c", "4"]]));
        yield* eventually(harness, "the change is told", () => first.heard.some(({ what }) => what === "attributes"));
        const after = first.room.participant("second");
        const seen = [...after?.attributes ?? []].toSorted().join(" ");
        yield* expect(seen === "a,1 b,3 c,4", `the attributes are ${seen}`);
        yield* expect(before?.attributes.get("b") === "2", "an object handed out before has changed");
        const told = first.heard.find((heard) => heard.what === "attributes");
        const value = told?.what === "attributes" ? told.participant.attributes.get("b") : undefined;
        yield* expect(value === "3", `the event came with "b" = ${value}`);
      }),
  },
  {
    name: "a second join under one identity ends the first, and the others see the new instance",
    member: "RemoteParticipant.identity",
    needs: [],
    run: (harness) =>
      Effect.gen(function* () {
        const [observer, old] = yield* joinTwo(harness, "observer", "twin");
        const renewed = yield* join(harness, "twin");
        yield* eventually(harness, "the first instance is told why it ended", () =>
          old.heard.some((heard) =>
            heard.what === "ended" && heard.reason === "replaced"
          ));
        yield* acquainted(harness, [observer, renewed]);
        yield* quiet(harness);
        const listed = observer.room.participants().filter(({ identity }) => identity === "twin");
        yield* expect(listed.length === 1, `the identity is listed ${listed.length} times`);
        const actives = observer.heard.flatMap((heard) => heard.what === "active" ? [heard.participant.sid] : []);
        const expected = [old.room.sid, renewed.room.sid].join();
        yield* expect(actives.join() === expected, `active were told: ${actives.join()}, expected ${expected}`);
      }),
  },
  {
    name: "the end of a replaced instance leaves the new one in place",
    member: "Room.participant",
    needs: [],
    run: (harness) =>
      Effect.gen(function* () {
        const [observer, old] = yield* joinTwo(harness, "observer", "twin");
        const renewed = yield* join(harness, "twin");
        yield* old.leave;
        yield* acquainted(harness, [observer, renewed]);
        yield* quiet(harness);
        const now = observer.room.participant("twin")?.sid;
        yield* expect(now === renewed.room.sid, `the identity is ${now}, not the new instance ${renewed.room.sid}`);
        const ends = observer.heard.flatMap((heard) => heard.what === "disconnected" ? [heard.participant.sid] : []);
        yield* expect(!ends.includes(renewed.room.sid), "the end of the new instance was told");
      }),
  },
  {
    name: "no two instances have the same sid",
    member: "RemoteParticipant.sid",
    needs: [],
    run: (harness) =>
      Effect.gen(function* () {
        const other = yield* join(harness, "other");
        const sids = new Set([other.room.sid]);
        for (let round = 0; round < 5; round++) {
          const guest = yield* join(harness, "again");
          sids.add(guest.room.sid);
          yield* guest.leave;
        }
        yield* expect(sids.size === 6, `6 instances had ${sids.size} sids`);
      }),
  },
  {
    name: "a later instance of an identity never has the smaller joinedAt",
    member: "RemoteParticipant.joinedAt",
    needs: [],
    run: (harness) =>
      Effect.gen(function* () {
        const observer = yield* join(harness, "observer");
        const times: Array<number> = [];
        for (let round = 0; round < 4; round++) {
          const guest = yield* join(harness, "again");
          yield* acquainted(harness, [observer, guest]);
          times.push(observer.room.participant("again")?.joinedAt ?? NaN);
          if (round % 2 === 0) yield* harness.pause;
        }
        const rising = times.every((time, index) => time >= (times[index - 1] ?? 0) && Number.isFinite(time));
        yield* expect(rising, `joinedAt of one instance after the other: ${times.join(", ")}`);
      }),
  },
  {
    name: "a change of connection quality is told to the others and to the participant itself",
    member: "RoomListener.connectionQualityChanged",
    needs: ["quality"],
    run: (harness) =>
      Effect.gen(function* () {
        const [first, second] = yield* joinTwo(harness, "first", "second");
        yield* harness.setQuality?.("second", "poor") ?? Effect.void;
        const told = (guest: typeof first): ReadonlyArray<string> =>
          guest.heard.flatMap((heard) =>
            heard.what === "quality" ? [`${heard.quality} ${heard.participant?.identity ?? "own"}`] : []
          );
        yield* eventually(harness, "both are told", () => told(first).length > 0 && told(second).length > 0);
        yield* expect(told(first).includes("poor second"), `the other heard: ${told(first).join(", ")}`);
        yield* expect(told(second).includes("poor own"), `it heard itself: ${told(second).join(", ")}`);
      }),
  },
];
