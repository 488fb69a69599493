/**
 * Joins, leaves and resets, those of one identity one after another; identities do not wait for each other.
 */
import * as Effect from "effect/Effect";
import type { OutgoingByteStream, RemoteParticipant, Room } from "../../transport/mod.ts";
import type { WallClock } from "../clock.ts";
import type { Log } from "../log.ts";
import { ResetBackoff } from "../resume/reset_backoff.ts";
import { Signal } from "../signal.ts";
import { errorStatus } from "./capability.ts";
import { type Authorization, EVERYTHING, type Verdict } from "./authorization.ts";
import type { Participant, ParticipantInfo } from "../participant/participant.ts";
import type { ParticipantRegistry } from "../participant/participant_registry.ts";
import type { Vitals } from "../participant/vitals.ts";
import {
  checkProtocolVersion,
  CONTROL_TOPIC,
  encodeServerFrame,
  PROTOCOL_VERSION_ATTRIBUTE,
  UnsupportedProtocolVersion,
} from "../protocol/mod.ts";

const WAKE_INTERVAL_MS = 1_000;

/** What is to be done for an identity. `rejoin`: add it again as the transport sees it now. */
type Step =
  | { readonly type: "active"; readonly participant: RemoteParticipant }
  | { readonly type: "left"; readonly sid: string }
  | { readonly type: "reset"; readonly sid: string }
  | { readonly type: "refuse"; readonly message: string }
  | { readonly type: "wake"; readonly sid: string }
  | { readonly type: "rejoin" };

/** An instance that is decided on, or whose stream is being opened. It may leave meanwhile. */
interface Opening {
  readonly sid: string;
  readonly changed: Signal;
  hasLeft: boolean;
  /** What the application has decided meanwhile, in another way than by answering. */
  verdict: Verdict | undefined;
}

/** An instance that was reset and is to be added again, with what was decided on it. */
interface Returning {
  readonly sid: string;
  readonly verdict: Verdict;
  readonly vitals?: Vitals;
}

/** The steps of one identity that are to be taken, and the instance whose stream is being opened. */
interface Lane {
  readonly identity: string;
  readonly steps: Array<Step>;
  opening: Opening | undefined;
}

/** Nobody is there any more who could be told. */
const LEFT: Verdict = { outcome: "refused", message: "it has left" };

/** What membership needs of the session. */
export interface MembershipOptions {
  readonly room: Room;
  readonly registry: ParticipantRegistry;
  readonly clock: WallClock;
  readonly log: Log;
  readonly openTimeoutMs: number;
  readonly authorization: Authorization;
  /** Runs for as long as the session does. */
  readonly fork: (effect: Effect.Effect<void>) => void;
  /** Registers an instance whose stream is open, in one step with its first frames and the clean-up after its prior. */
  readonly register: (info: ParticipantInfo, stream: OutgoingByteStream) => void;
  /** Removes an instance and cleans up after it, in one step. */
  readonly remove: (sid: string) => Participant | undefined;
  /** A viewer that was to be added again is not any more. */
  readonly settled: () => void;
}

/** Who becomes a participant of the session, and who is one no more. */
export class Membership {
  readonly #options: MembershipOptions;
  readonly #lanes = new Map<string, Lane>();
  readonly #resets = new Map<string, ResetBackoff>();
  readonly #returning = new Map<string, Returning>();
  /** The instances that were asleep and are to be woken. */
  readonly #waking = new Set<string>();
  readonly #triedToWake = new WeakMap<Participant, number>();
  /** The instances that have been refused and are still in the room, by identity. */
  readonly #refused = new Map<string, string>();

  constructor(options: MembershipOptions) {
    this.#options = options;
  }

  /** Whether a viewer is in the room that was reset, or has been asleep, and is to be added again. */
  get isReturning(): boolean {
    return this.#returning.size > 0 || this.#waking.size > 0;
  }

  /** The transport says that an instance is able to receive. */
  active(participant: RemoteParticipant): void {
    this.#enqueue(participant.identity, { type: "active", participant });
  }

  /** The transport says that an instance has left. */
  disconnected({ identity, sid }: RemoteParticipant): void {
    if (this.#refused.get(identity) === sid) this.#refused.delete(identity);
    if (this.#returning.get(identity)?.sid === sid) this.#settle(identity);
    const lane = this.#lanes.get(identity);
    const cameAndWent = lane !== undefined && dropActive(lane.steps, sid);
    if (lane?.opening?.sid === sid) {
      lane.opening.hasLeft = true;
      lane.opening.changed.notify();
    } else if (cameAndWent && !this.#options.registry.has(sid)) {
      // It was never more than waiting for its turn: no step is worth it, and the lane stays short whatever a peer does.
      return;
    }
    this.#enqueue(identity, { type: "left", sid });
  }

  /**
   * A viewer that is asleep has been heard: it is added again, at once. Until then it stays as it is. Where that fails it
   * is tried once a second at most, however much the viewer says.
   */
  wake(participant: Participant): void {
    const { identity, sid } = participant;
    const now = this.#options.clock.currentTimeMillisUnsafe();
    const triedAt = this.#triedToWake.get(participant) ?? -Infinity;
    if (this.#waking.has(sid) || now >= triedAt && now - triedAt < WAKE_INTERVAL_MS) return;
    this.#triedToWake.set(participant, now);
    this.#waking.add(sid);
    this.#options.settled();
    this.#enqueue(identity, { type: "wake", sid });
  }

  /** Handles resets as they are asked for, for as long as the session runs. */
  get run(): Effect.Effect<never> {
    const { registry, log } = this.#options;
    return Effect.forever(Effect.andThen(
      registry.awaitReset,
      Effect.sync(() => {
        for (const sid of registry.drainPendingResets()) {
          const participant = registry.bySid(sid);
          if (participant === undefined) log("info", "a reset is stale: the instance is gone already", { sid });
          else this.#enqueue(participant.identity, { type: "reset", sid });
        }
      }),
    ));
  }

  /**
   * What is decided on a viewer that is not registered: it is being decided on, or waits to be added again, or has been
   * refused. One that is let in after all is added. `false`: there is no such viewer.
   */
  decide(identity: string, verdict: Verdict): boolean {
    const opening = this.#lanes.get(identity)?.opening;
    if (opening !== undefined) {
      opening.verdict = verdict;
      opening.changed.notify();
    }
    const returning = this.#returning.get(identity);
    if (returning !== undefined) this.#returning.set(identity, { ...returning, verdict });
    const sid = this.#refused.get(identity);
    const isLetIn = sid !== undefined && opening === undefined && verdict.outcome === "admitted";
    if (isLetIn) {
      this.#refused.delete(identity);
      this.#returning.set(identity, { sid, verdict });
      this.#enqueue(identity, { type: "rejoin" });
    }
    return opening !== undefined || returning !== undefined || isLetIn;
  }

  /** Lets a registered viewer go that is refused from now on, and tells it so. */
  revoke({ identity, sid }: Participant, message: string): void {
    this.#options.log("warning", message, { identity });
    this.#options.remove(sid);
    this.#refused.set(identity, sid);
    this.#enqueue(identity, { type: "refuse", message });
  }

  /** Forgets the resets of identities that have been quiet for a minute. */
  forgetQuiet(): void {
    const now = this.#options.clock.currentTimeMillisUnsafe();
    for (const [identity, resets] of this.#resets) {
      if (resets.isQuiet(now)) this.#resets.delete(identity);
    }
  }

  #enqueue(identity: string, step: Step): void {
    const lane = this.#lanes.get(identity);
    if (lane !== undefined) {
      lane.steps.push(step);
      return;
    }
    const started: Lane = { identity, steps: [step], opening: undefined };
    this.#lanes.set(identity, started);
    this.#options.fork(this.#walk(started));
  }

  readonly #walk = Effect.fnUntraced(function* (this: Membership, lane: Lane) {
    while (true) {
      const step = lane.steps.shift();
      if (step === undefined) {
        this.#lanes.delete(lane.identity);
        return;
      }
      yield* this.#take(lane, step);
    }
  });

  #take(lane: Lane, step: Step): Effect.Effect<void> {
    switch (step.type) {
      case "active":
        return this.#add(lane, step.participant);
      case "left":
        return Effect.sync(() => void this.#options.remove(step.sid));
      case "reset":
        return Effect.sync(() => this.#reset(lane.identity, step.sid));
      case "refuse":
        return this.#refused.has(lane.identity) ? this.#refuse(lane.identity, step.message) : Effect.void;
      case "wake":
        return Effect.ensuring(this.#wake(lane, step.sid), Effect.sync(() => this.#woken(step.sid)));
      case "rejoin":
        return Effect.ensuring(this.#rejoin(lane), Effect.sync(() => this.#settle(lane.identity)));
    }
  }

  #reset(identity: string, sid: string): void {
    const { log, remove } = this.#options;
    const removed = remove(sid);
    if (removed === undefined) {
      log("info", "a reset is stale: the instance is gone already", { identity, sid });
      return;
    }
    const { vitals, access } = removed;
    this.#returning.set(identity, { sid, verdict: { outcome: "admitted", policy: access.policy }, vitals });
    const delay = this.#resetDelay(identity);
    const isPresent = this.#options.room.participant(identity) !== undefined;
    log(isPresent ? "warning" : "debug", "a viewer is reset", { identity, sid, delayMs: delay });
    const rejoin = Effect.sync(() => this.#enqueue(identity, { type: "rejoin" }));
    this.#options.fork(delay === 0 ? rejoin : Effect.andThen(Effect.sleep(delay), rejoin));
  }

  #settle(identity: string): void {
    if (this.#returning.delete(identity)) this.#options.settled();
  }

  #resetDelay(identity: string): number {
    const resets = this.#resets.get(identity) ?? new ResetBackoff();
    this.#resets.set(identity, resets);
    return resets.next(this.#options.clock.currentTimeMillisUnsafe());
  }

  #wake(lane: Lane, sid: string): Effect.Effect<void> {
    const { room, registry, remove } = this.#options;
    const participant = room.participant(lane.identity);
    // One that has left or was replaced has steps of its own on their way.
    if (registry.bySid(sid)?.isAsleep !== true || participant?.sid !== sid) return Effect.void;
    const version = checkProtocolVersion(participant.attributes.get(PROTOCOL_VERSION_ATTRIBUTE));
    if (version instanceof UnsupportedProtocolVersion) remove(sid);
    return this.#add(lane, participant);
  }

  #woken(sid: string): void {
    this.#waking.delete(sid);
    this.#options.settled();
  }

  #rejoin(lane: Lane): Effect.Effect<void> {
    const participant = this.#options.room.participant(lane.identity);
    if (participant !== undefined) return this.#add(lane, participant);
    this.#options.log("debug", "a viewer has left before it could be added again", { identity: lane.identity });
    return Effect.void;
  }

  readonly #add = Effect.fnUntraced(function* (this: Membership, lane: Lane, participant: RemoteParticipant) {
    const { log, register } = this.#options;
    const { identity, sid, joinedAt } = participant;
    const version = checkProtocolVersion(participant.attributes.get(PROTOCOL_VERSION_ATTRIBUTE));
    if (version instanceof UnsupportedProtocolVersion) {
      log("error", version.message, { identity });
      return yield* this.#refuse(identity, version.message);
    }
    if (this.#isOutdated(participant) || this.#refused.get(identity) === sid) return;
    const opening: Opening = { sid, changed: new Signal(), hasLeft: false, verdict: undefined };
    lane.opening = opening;
    const decided = yield* this.#verdict(participant, opening);
    const stream = decided.outcome === "refused" ? undefined : yield* this.#open(identity, opening);
    lane.opening = undefined;
    const verdict = opening.verdict ?? decided;
    if (verdict.outcome === "refused") {
      if (stream !== undefined) yield* stream.abort;
      if (opening.hasLeft) return;
      log("warning", verdict.message, { identity });
      this.#refused.set(identity, sid);
      return yield* this.#refuse(identity, verdict.message);
    }
    if (stream === undefined) return;
    log("info", "a viewer is active", { identity, sid, joinedAt, version: version.version });
    this.#refused.delete(identity);
    const { version: protocolVersion, advertiseForm } = version;
    const { vitals } = this.#earlier(identity, sid) ?? {};
    register({ identity, sid, joinedAt, protocolVersion, advertiseForm, policy: verdict.policy, vitals }, stream);
    this.#settle(identity);
  });

  /** What is known of an instance that was reset or is asleep. */
  #earlier(identity: string, sid: string): Omit<Returning, "sid"> | undefined {
    const returning = this.#returning.get(identity);
    if (returning?.sid === sid) return returning;
    const asleep = this.#options.registry.bySid(sid);
    if (asleep?.isAsleep !== true) return undefined;
    return { verdict: { outcome: "admitted", policy: asleep.access.policy }, vitals: asleep.vitals };
  }

  /** What holds for an instance: as the application decides, or as it did before the instance was reset or fell asleep. */
  #verdict(participant: RemoteParticipant, opening: Opening): Effect.Effect<Verdict> {
    const { authorization } = this.#options;
    const earlier = this.#earlier(participant.identity, participant.sid);
    if (earlier !== undefined) return Effect.succeed(earlier.verdict);
    if (!authorization.asks) return Effect.succeed(EVERYTHING);
    const overtaken = opening.changed.until(() => opening.hasLeft || opening.verdict !== undefined);
    return Effect.raceFirst(
      authorization.decide(participant),
      Effect.map(overtaken, () => opening.verdict ?? LEFT),
    );
  }

  #isOutdated({ identity, sid, joinedAt }: RemoteParticipant): boolean {
    const registered = this.#options.registry.get(identity);
    if (registered === undefined) return false;
    if (registered.sid === sid) return !(registered.isAsleep && this.#waking.has(sid));
    if (registered.joinedAt <= joinedAt) return false;
    this.#options.log("info", "a viewer's instance is older than the registered one and is left out", {
      identity,
      sid,
      joinedAt,
      registeredSid: registered.sid,
      registeredJoinedAt: registered.joinedAt,
    });
    return true;
  }

  /** Opens the control stream of a viewer. `undefined`: it cannot be opened, or the viewer has left meanwhile. */
  #open(identity: string, opening: Opening): Effect.Effect<OutgoingByteStream | undefined> {
    const { room, log, openTimeoutMs } = this.#options;
    return room.openByteStream({ topic: CONTROL_TOPIC, destinations: [identity] }).pipe(
      Effect.timeout(openTimeoutMs),
      Effect.catch((error) =>
        Effect.sync(() => {
          log("error", "a viewer's control stream cannot be opened; the viewer is not registered", { identity, error });
          return undefined;
        })
      ),
      Effect.raceFirst(Effect.as(opening.changed.until(() => opening.hasLeft), undefined)),
    );
  }

  /** Tells a viewer why it gets nothing, on a stream of its own. */
  #refuse(identity: string, message: string): Effect.Effect<void> {
    const { room, log, openTimeoutMs } = this.#options;
    const status = encodeServerFrame(errorStatus(message));
    if (!(status instanceof Uint8Array)) return Effect.void;
    const opened = Effect.acquireRelease(
      room.openByteStream({ topic: CONTROL_TOPIC, destinations: [identity] }),
      (stream) => stream.close,
      { interruptible: true },
    );
    return Effect.scoped(Effect.flatMap(opened, (stream) => stream.write(status))).pipe(
      Effect.timeout(openTimeoutMs),
      Effect.catch((cause) =>
        // That it has left is no fault; what the transport says of that has the first word.
        Effect.andThen(
          Effect.yieldNow,
          Effect.sync(() => {
            const level = room.participant(identity) === undefined ? "debug" : "error";
            log(level, "a refused viewer could not be told why", { identity, error: cause });
          }),
        )
      ),
    );
  }
}

/** Takes out the steps that would add the instance. `true`: there were some. */
function dropActive(steps: Array<Step>, sid: string): boolean {
  const kept = steps.filter((step) => step.type !== "active" || step.participant.sid !== sid);
  const dropped = kept.length < steps.length;
  if (dropped) steps.splice(0, steps.length, ...kept);
  return dropped;
}
