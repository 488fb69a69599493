/**
 * Cases: datagrams. They may be lost, so a case that needs one sends until it comes.
 */
import * as Effect from "effect/Effect";
import * as Scope from "effect/Scope";
import type { Datagrams } from "../datagrams.ts";
import {
  acquainted,
  eventually,
  expect,
  type Guest,
  type Heard,
  join,
  joinTwo,
  pattern,
  quiet,
  sameBytes,
  within,
} from "./check.ts";
import { type ComplianceCase, ComplianceFailure, type ComplianceHarness } from "./harness.ts";

/** Far more datagrams than any transport may keep for one receiver. */
const FLOOD = 100_000;
/** More than any transport may keep for one receiver. */
const MOST = 50_000;

type Received = Extract<Heard, { readonly what: "datagram" }>;

function datagramsOf({ identity, room: { datagrams } }: Guest): Effect.Effect<Datagrams, ComplianceFailure> {
  if (datagrams !== undefined) return Effect.succeed(datagrams);
  return Effect.fail(new ComplianceFailure({ detail: `the room of "${identity}" has no datagrams` }));
}

/** The datagrams of a channel that a guest has had, in the order in which they came. */
function received(guest: Guest, channelId: number): ReadonlyArray<Received> {
  return guest.heard.filter((heard): heard is Received => heard.what === "datagram" && heard.channelId === channelId);
}

/** Sends the same datagram until one more has come. */
function sendUntil(
  harness: ComplianceHarness,
  from: Guest,
  to: Guest,
  { channelId, frame, logTime }: Pick<Received, "channelId" | "frame" | "logTime">,
): Effect.Effect<void, ComplianceFailure> {
  return Effect.gen(function* () {
    const datagrams = yield* datagramsOf(from);
    const before = received(to, channelId).length;
    yield* eventually(harness, `a datagram of ${frame.length} bytes arrives at "${to.identity}"`, () => {
      if (received(to, channelId).length > before) return true;
      datagrams.send(to.identity, channelId, frame, logTime);
      return false;
    });
  });
}

/** The cases. */
export const datagramCases: ReadonlyArray<ComplianceCase> = [
  {
    name: "a datagram arrives whole and unchanged, with its sender, its channel and its log time",
    member: "RoomListener.datagramReceived",
    needs: ["datagrams"],
    run: (harness) =>
      Effect.gen(function* () {
        const [sender, receiver] = yield* joinTwo(harness, "sender", "receiver");
        const { maxFrameBytes } = yield* datagramsOf(sender);
        const sizes = [1, 100, 1200, 16_000, maxFrameBytes].filter((size) => size <= maxFrameBytes);
        const times = [0n, 1n, 1_700_000_000_123_456_789n, 2n ** 63n, 2n ** 64n - 1n];
        const channels = [0, 1, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER];
        for (const [index, size] of sizes.entries()) {
          const logTime = times[index] ?? 0n;
          const channelId = channels[index] ?? 0;
          const frame = pattern(size, index + 1);
          yield* sendUntil(harness, sender, receiver, { channelId, frame, logTime });
          yield* quiet(harness);
          for (const got of received(receiver, channelId)) {
            yield* sameBytes(`a datagram of ${size} bytes`, got.frame, frame);
            yield* expect(got.logTime === logTime, `log time ${got.logTime}, not ${logTime}`);
            const { identity, sid } = got.sender;
            yield* expect(identity === "sender" && sid === sender.room.sid, `its sender is "${identity}" ${sid}`);
          }
        }
        const others = receiver.heard.filter((heard) =>
          heard.what === "datagram" && !channels.includes(heard.channelId)
        );
        yield* expect(others.length === 0, "a datagram came with a channel that none was sent with");
      }),
  },
  {
    name: "a datagram goes to its receiver and to nobody else, and one frame can go to several",
    member: "Datagrams.send",
    needs: ["datagrams"],
    run: (harness) =>
      Effect.gen(function* () {
        const [sender, one] = yield* joinTwo(harness, "sender", "one");
        const two = yield* join(harness, "two");
        const stranger = yield* join(harness, "stranger");
        yield* acquainted(harness, [sender, two]);
        yield* acquainted(harness, [sender, stranger]);
        const datagrams = yield* datagramsOf(sender);
        // The same object for both, one after the other, as the core does it.
        const frame = pattern(500);
        yield* eventually(harness, "both have got it", () => {
          datagrams.send("one", 1, frame, 3n);
          datagrams.send("two", 1, frame, 3n);
          return received(one, 1).length > 0 && received(two, 1).length > 0;
        });
        yield* sendUntil(harness, sender, one, { channelId: 2, frame: pattern(400), logTime: 4n });
        yield* quiet(harness);
        for (const got of [...received(one, 1), ...received(two, 1)]) {
          yield* sameBytes("what both got", got.frame, pattern(500));
        }
        yield* expect(received(two, 2).length === 0, "somebody else got a datagram");
        const heard = [stranger, sender].flatMap((guest) => guest.heard.filter(({ what }) => what === "datagram"));
        yield* expect(heard.length === 0, "a datagram came to one that none was sent to");
      }),
  },
  {
    name: "no datagram arrives twice, and none that was not taken or was told as dropped",
    member: "Datagrams.send",
    needs: ["datagrams"],
    run: (harness) =>
      Effect.gen(function* () {
        const [sender, receiver] = yield* joinTwo(harness, "sender", "receiver");
        const datagrams = yield* datagramsOf(sender);
        const taken = new Set<bigint>();
        const dropped: Array<bigint> = [];
        let foreign = 0;
        // A frame of its own for each, by which it is known when it is told as dropped.
        const times = new WeakMap<Uint8Array, bigint>();
        datagrams.onDropped?.((identity, channelId, frame) => {
          const time = times.get(frame);
          if (identity !== "receiver" || channelId !== 1 || time === undefined) foreign++;
          else dropped.push(time);
        });
        // Far more than any transport keeps, without a pause: it must answer all the same.
        for (let count = 0n; count < 20_000n; count++) {
          const frame = pattern(1000);
          times.set(frame, count);
          if (datagrams.send("receiver", 1, frame, count)) taken.add(count);
        }
        yield* quiet(harness);
        const seen = new Set<bigint>();
        for (const { logTime } of received(receiver, 1)) {
          yield* expect(!seen.has(logTime), `datagram ${logTime} arrived twice`);
          yield* expect(taken.has(logTime), `datagram ${logTime} arrived though it was not taken`);
          seen.add(logTime);
        }
        yield* expect(foreign === 0, "something was told as dropped that was not sent");
        yield* expect(new Set(dropped).size === dropped.length, "a datagram was told as dropped twice");
        for (const time of dropped) {
          yield* expect(taken.has(time), `datagram ${time} was told as dropped though it was not taken`);
          yield* expect(!seen.has(time), `datagram ${time} arrived though it was told as dropped`);
        }
      }),
  },
  {
    name: "a datagram is not delivered within the call",
    member: "Datagrams.send",
    needs: ["datagrams"],
    run: (harness) =>
      Effect.gen(function* () {
        const [sender, receiver] = yield* joinTwo(harness, "sender", "receiver");
        const datagrams = yield* datagramsOf(sender);
        for (let count = 0n; count < 10n; count++) {
          const before = receiver.heard.length;
          datagrams.send("receiver", 1, Uint8Array.of(1), count);
          yield* expect(receiver.heard.length === before, "a datagram was delivered while it was being sent");
        }
      }),
  },
  {
    name: "a datagram that is too large is not taken and does not arrive",
    member: "Datagrams.maxFrameBytes",
    needs: ["datagrams"],
    run: (harness) =>
      Effect.gen(function* () {
        const [sender, receiver] = yield* joinTwo(harness, "sender", "receiver");
        const { maxFrameBytes, send } = yield* datagramsOf(sender);
        const taken = send("receiver", 1, new Uint8Array(maxFrameBytes + 1), 1n);
        yield* expect(!taken, `a datagram of ${maxFrameBytes + 1} bytes was taken, with a limit of ${maxFrameBytes}`);
        yield* quiet(harness);
        yield* expect(received(receiver, 1).length === 0, "a datagram that was not taken arrived");
        yield* sendUntil(harness, sender, receiver, { channelId: 1, frame: Uint8Array.of(1), logTime: 2n });
      }),
  },
  {
    name: "a datagram to somebody who is not there is not taken",
    member: "Datagrams.send",
    needs: ["datagrams"],
    run: (harness) =>
      Effect.gen(function* () {
        const [sender, receiver] = yield* joinTwo(harness, "sender", "receiver");
        const datagrams = yield* datagramsOf(sender);
        for (const identity of ["absent", "sender", "", "constructor", "__proto__"]) {
          yield* expect(!datagrams.send(identity, 1, Uint8Array.of(1), 1n), `one to "${identity}" was taken`);
        }
        yield* receiver.leave;
        yield* eventually(harness, "the sender hears of it", () => sender.room.participant("receiver") === undefined);
        yield* expect(!datagrams.send("receiver", 1, Uint8Array.of(1), 1n), "one to somebody who has left was taken");
        yield* sender.leave;
        yield* expect(!datagrams.send("receiver", 1, Uint8Array.of(1), 1n), "one was taken after leaving");
      }),
  },
  {
    name: "no datagram is told once its receiver has begun to leave, or its sender has left",
    member: "RoomListener.datagramReceived",
    needs: ["datagrams"],
    run: (harness) =>
      Effect.gen(function* () {
        const [sender, receiver] = yield* joinTwo(harness, "sender", "receiver");
        const datagrams = yield* datagramsOf(sender);
        const frame = Uint8Array.of(1);
        yield* sendUntil(harness, sender, receiver, { channelId: 1, frame, logTime: 1n });
        yield* Scope.addFinalizer(
          receiver.scope,
          Effect.gen(function* () {
            const before = receiver.heard.length;
            for (let count = 0n; count < 10n; count++) datagrams.send("receiver", 1, frame, count);
            yield* quiet(harness);
            late = receiver.heard.length - before;
          }),
        );
        let late: number | undefined;
        yield* within(harness, "leaving", receiver.leave);
        yield* expect(late === 0, `${late} datagrams were told while the room was being closed`);
        const other = yield* join(harness, "other");
        yield* acquainted(harness, [sender, other]);
        for (let count = 0n; count < 10n; count++) datagrams.send("other", 1, frame, count);
        yield* sender.leave;
        yield* eventually(harness, "the end is told", () => other.heard.some(({ what }) => what === "disconnected"));
        const end = other.heard.findIndex(({ what }) => what === "disconnected");
        yield* quiet(harness);
        const after = other.heard.slice(end).filter(({ what }) => what === "datagram").length;
        yield* expect(after === 0, `${after} datagrams came after the end of their sender`);
      }),
  },
  {
    name: "what is kept for a receiver is bounded, and one that is full holds up no other",
    member: "Datagrams.send",
    needs: ["datagrams"],
    run: (harness) =>
      Effect.gen(function* () {
        const [sender, full] = yield* joinTwo(harness, "sender", "full");
        const other = yield* join(harness, "other");
        yield* acquainted(harness, [sender, full]);
        yield* acquainted(harness, [sender, other]);
        const datagrams = yield* datagramsOf(sender);
        const frame = pattern(1000);
        let dropped = 0;
        datagrams.onDropped?.(() => dropped++);
        // Without a pause nobody can have read anything: what is taken, and not dropped for others, is kept.
        let taken = 0;
        while (taken < FLOOD && datagrams.send("full", 1, frame, BigInt(taken))) taken++;
        const kept = taken - dropped;
        yield* expect(kept < MOST, `${kept} datagrams for one receiver are kept`);
        yield* expect(datagrams.send("other", 1, frame, 1n), "a datagram for another was not taken then");
        yield* sendUntil(harness, sender, other, { channelId: 2, frame, logTime: 2n });
        yield* sendUntil(harness, sender, full, { channelId: 2, frame, logTime: 3n });
      }),
  },
];
