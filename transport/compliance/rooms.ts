/**
 * Cases: joining, leaving, and when a listener is called.
 */
import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import * as Fiber from "effect/Fiber";
import * as Scope from "effect/Scope";
import type { StreamError } from "../errors.ts";
import {
  acquainted,
  connect,
  eventually,
  expect,
  type Guest,
  heardOf,
  join,
  joinTwo,
  pattern,
  quiet,
  streamsOf,
  transportOf,
  within,
} from "./check.ts";
import type { ComplianceCase, ComplianceFailure, ComplianceHarness } from "./harness.ts";

/** Runs the part of an effect that does not wait, and fails when the guest was told something within it. */
function notWithin<A, E>(
  harness: ComplianceHarness,
  guest: Guest,
  what: string,
  effect: Effect.Effect<A, E>,
): Effect.Effect<A, E | ComplianceFailure> {
  return Effect.gen(function* () {
    const before = guest.heard.length;
    const fiber = yield* Effect.forkChild(effect, { startImmediately: true });
    yield* expect(guest.heard.length === before, `a listener was called while ${what} was being called`);
    return yield* within(harness, what, Fiber.join(fiber));
  });
}

function endings(guest: Guest): ReadonlyArray<string> {
  return guest.heard.flatMap((heard) => heard.what === "ended" ? [heard.reason] : []);
}

/** The cases. */
export const roomCases: ReadonlyArray<ComplianceCase> = [
  {
    name: "a transport says what kind it is",
    member: "Transport.name",
    needs: [],
    run: (harness) => {
      const names = ["one", "other"].map((identity) => transportOf(harness, identity).name);
      return expect(
        names.every((name) => name.trim() !== ""),
        `the names of its transports are "${names.join('", "')}"`,
      );
    },
  },
  {
    name: "a room says at which size writes do well",
    member: "Room.writeBytes",
    needs: [],
    run: (harness) =>
      Effect.gen(function* () {
        for (const { room: { writeBytes } } of yield* joinTwo(harness, "one", "other")) {
          yield* expect(Number.isInteger(writeBytes) && writeBytes > 0, `writeBytes is ${writeBytes}`);
        }
      }),
  },
  {
    name: "a listener without any handler is enough",
    member: "RoomListener",
    needs: [],
    run: (harness) =>
      Effect.gen(function* () {
        const first = yield* join(harness, "first");
        const scope = yield* Scope.make();
        yield* Effect.addFinalizer(() => Scope.close(scope, Exit.void));
        const joining = transportOf(harness, "deaf").join().pipe(Effect.provideService(Scope.Scope, scope));
        const deaf = yield* within(harness, "joining", joining);
        deaf.listen({});
        yield* eventually(harness, "it is told", () => first.room.participant("deaf") !== undefined);
        const opening = first.room.openByteStream({ topic: "unheard", destinations: ["deaf"] });
        const stream = yield* within(harness, "the stream opens", opening);
        yield* within(harness, "the write is done", stream.write(pattern(100)));
        yield* quiet(harness);
        yield* expect(deaf.participant("first") !== undefined, "it does not see the other one");
      }),
  },
  {
    name: "a listener is not called within a call of the core's",
    member: "RoomListener",
    needs: [],
    run: (harness) =>
      Effect.gen(function* () {
        const [first, second] = yield* joinTwo(harness, "first", "second");
        for (const guest of [first, second]) {
          yield* notWithin(harness, guest, "setAttributes", first.room.setAttributes(new Map([["a", guest.identity]])));
          const topic = `to check ${guest.identity}`;
          const opening = first.room.openByteStream({ topic, destinations: ["second"] });
          const stream = yield* notWithin(harness, guest, "openByteStream", opening);
          yield* notWithin(harness, guest, "write", stream.write(pattern(10)));
          yield* notWithin(harness, guest, "close", stream.close);
          const tracks = first.room.dataTracks;
          if (tracks !== undefined) {
            const track = yield* notWithin(harness, guest, "publish", tracks.publish(`for ${guest.identity}`));
            yield* notWithin(harness, guest, "unpublish", track.unpublish);
          }
        }
        yield* eventually(harness, "the streams are told", () => streamsOf(second, "to check second").length === 1);
        yield* notWithin(harness, first, "leaving", second.leave);
      }),
  },
  {
    name: "a listener is called one event at a time",
    member: "RoomListener",
    needs: [],
    run: (harness) =>
      Effect.gen(function* () {
        const [first, second] = yield* joinTwo(harness, "first", "second");
        let depth = 0;
        let nested = false;
        first.watch = () => {
          depth++;
          nested ||= depth > 1;
          // Calls made from within a listener must not lead back into it.
          const topic = `because of ${first.heard.length}`;
          Effect.runFork(Effect.ignore(second.room.openByteStream({ topic, destinations: ["first"] })));
          Effect.runFork(Effect.ignore(second.room.setAttributes(new Map([["depth", topic]]))));
          first.room.participants();
          depth--;
          if (first.heard.length > 20) first.watch = undefined;
        };
        const opening = second.room.openByteStream({ topic: "the first", destinations: ["first"] });
        yield* within(harness, "the stream opens", opening);
        yield* eventually(harness, "several streams are told", () => first.heard.length > 20);
        yield* expect(!nested, "a listener was called while it was being called");
      }),
  },
  {
    name: "a listener is not called any more once its room's scope begins to close",
    member: "RoomListener",
    needs: [],
    run: (harness) =>
      Effect.gen(function* () {
        const [first, second] = yield* joinTwo(harness, "first", "second");
        let late: number | undefined;
        // Finalizers run in reverse: this one runs before the room is left, and takes its time.
        yield* Scope.addFinalizer(
          second.scope,
          Effect.gen(function* () {
            const before = second.heard.length;
            yield* first.room.setAttributes(new Map([["too", "late"]]));
            yield* Effect.ignore(first.room.openByteStream({ topic: "too late", destinations: ["second"] }));
            yield* quiet(harness);
            late = second.heard.length - before;
          }),
        );
        yield* within(harness, "leaving", second.leave);
        yield* quiet(harness);
        yield* expect(late === 0, `a listener was called ${late} times while its room was being closed`);
        yield* expect(endings(second).length === 0, "its own leaving was told as the end of the room");
      }),
  },
  {
    name: "the end of a room is told once, with its reason, and is the last event",
    member: "RoomListener.disconnected",
    needs: [],
    run: (harness) =>
      Effect.gen(function* () {
        const [first, old] = yield* joinTwo(harness, "first", "twin");
        yield* connect(harness, first, old, "to the old one");
        const renewed = yield* join(harness, "twin");
        yield* eventually(harness, "the end is told", () => endings(old).length > 0);
        yield* first.room.setAttributes(new Map([["after", "the end"]]));
        yield* acquainted(harness, [first, renewed]);
        yield* quiet(harness);
        yield* expect(endings(old).join() === "replaced", `the end was told as: ${endings(old).join(", ")}`);
        yield* expect(old.heard.at(-1)?.what === "ended", `after the end came: ${old.heard.at(-1)?.what}`);
        yield* expect(old.room.participants().length === 0, "participants are listed in a room that has ended");
      }),
  },
  {
    name: "every stream and track has ended when the end of the room is told",
    member: "RoomListener.disconnected",
    needs: [],
    run: (harness) =>
      Effect.gen(function* () {
        const [first, old] = yield* joinTwo(harness, "first", "twin");
        const [outgoing] = yield* connect(harness, old, first, "from the old one");
        const [, incoming] = yield* connect(harness, first, old, "to the old one");
        const tracks = old.room.dataTracks;
        const track = tracks === undefined
          ? undefined
          : yield* within(harness, "publishing", tracks.publish("its own"));
        const results: Array<Fiber.Fiber<string, StreamError>> = [];
        let taken = false;
        old.watch = (heard) => {
          if (heard.what !== "ended") return;
          taken = track?.push(Uint8Array.of(1), 1n) ?? false;
          const wrote = outgoing.write(Uint8Array.of(1));
          const read = incoming.read;
          for (const attempt of [wrote, read]) {
            results.push(Effect.runFork(Effect.map(Effect.result(attempt), (result) => result._tag)));
          }
        };
        yield* join(harness, "twin");
        yield* eventually(harness, "the end is told", () => endings(old).length > 0);
        const was = yield* within(harness, "a write and a read end", Fiber.joinAll(results));
        yield* expect(was.join() === "Failure,Failure", `a write and a read at the end: ${was.join(", ")}`);
        yield* expect(!taken, "a track took a frame at the end of its room");
      }),
  },
  {
    name: "a participant that is removed is told so, and the others hear of its end",
    member: "RoomListener.disconnected",
    needs: ["remove"],
    run: (harness) =>
      Effect.gen(function* () {
        const [first, second] = yield* joinTwo(harness, "first", "second");
        yield* harness.remove?.("second") ?? Effect.void;
        yield* eventually(harness, "it is told", () => endings(second).length > 0);
        yield* expect(endings(second).join() === "removed", `it was told: ${endings(second).join(", ")}`);
        yield* eventually(harness, "the other is told", () => heardOf(first, "second").includes("disconnected"));
      }),
  },
  {
    name: "credentials that are refused fail the join, with reason refused",
    member: "Transport.join",
    needs: ["refuse"],
    run: (harness) =>
      Effect.gen(function* () {
        yield* join(harness, "other");
        const joining = harness.refused?.().join() ?? Effect.die("the harness has no refused()");
        const result = yield* within(harness, "the join ends", Effect.result(joining));
        const was = result._tag === "Success" ? "success" : result.failure.reason;
        yield* expect(was === "refused", `a join with bad credentials ended with ${was}`);
      }),
  },
  {
    name: "a join that is interrupted leaves nobody behind",
    member: "Transport.join",
    needs: [],
    run: (harness) =>
      Effect.gen(function* () {
        const observer = yield* join(harness, "observer");
        const scope = yield* Scope.make();
        const joining = transportOf(harness, "fleeting").join().pipe(Effect.provideService(Scope.Scope, scope));
        const fiber = yield* Effect.forkChild(joining, { startImmediately: true });
        yield* within(harness, "the interruption", Fiber.interrupt(fiber));
        yield* Scope.close(scope, Exit.void);
        yield* quiet(harness);
        yield* eventually(harness, "nobody is left", () => observer.room.participants().length === 0);
        const told = heardOf(observer, "fleeting");
        yield* expect(told.length % 2 === 0, `heard of it: ${told.join(", ")}`);
      }),
  },
  {
    name: "each join is an instance of its own",
    member: "Transport.join",
    needs: [],
    run: (harness) =>
      Effect.gen(function* () {
        const observer = yield* join(harness, "observer");
        const transport = transportOf(harness, "again");
        const sids: Array<string> = [];
        for (let round = 0; round < 2; round++) {
          const room = yield* within(
            harness,
            "joining",
            Effect.scoped(
              Effect.tap(transport.join(), () =>
                eventually(harness, "it is seen", () => observer.room.participant("again") !== undefined)),
            ),
          );
          sids.push(room.sid);
          yield* eventually(harness, "it is gone", () =>
            observer.room.participant("again") === undefined);
        }
        yield* expect(sids[0] !== sids[1], `two joins had the same sid ${sids[0]}`);
        const told = heardOf(observer, "again").join();
        yield* expect(told === "active,disconnected,active,disconnected", `heard of them: ${told}`);
      }),
  },
];
