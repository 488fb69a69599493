/**
 * Who is registered in a session. Each member that changes something is one synchronous step.
 */
import type * as Context from "effect/Context";
import * as Effect from "effect/Effect";
import type { OutgoingByteStream } from "../../transport/mod.ts";
import type { Log } from "../log.ts";
import type { GatewayLedger, QueueVisitor } from "../metering/gateway_ledger.ts";
import { Signal } from "../signal.ts";
import type { FrameQueueLimits } from "./frame_queue.ts";
import { Participant, type ParticipantInfo } from "./participant.ts";

/** What the registry gives to each participant that it makes. */
export interface ParticipantRegistryOptions {
  readonly services: Context.Context<never>;
  readonly log: Log;
  readonly queue: FrameQueueLimits;
  readonly writeBytes: number;
  /** See `Room.sharesWrites`. Default false. */
  readonly sharesWrites?: boolean | undefined;
  readonly isPresent: (info: ParticipantInfo) => boolean;
  /** Where the accounts of those registered are kept. Default: nowhere. */
  readonly ledger?: GatewayLedger;
}

/** What a registration has come to. */
export interface Registration {
  /** `inserted`: it is there now. `duplicate`: the instance was there already. `stale`: a newer instance is there. */
  readonly outcome: "inserted" | "duplicate" | "stale";
  /** The participant that was made; cancelled unless `inserted`. */
  readonly participant: Participant;
  /** The earlier instance of the identity that this one has replaced, cancelled, for the caller to clean up after. */
  readonly prior?: Participant;
}

/** The participants of a session by connection instance, at most one for each identity, and the resets that they ask for. */
export class ParticipantRegistry {
  readonly #options: ParticipantRegistryOptions;
  readonly #bySid = new Map<string, Participant>();
  readonly #byIdentity = new Map<string, Participant>();
  readonly #pendingResets = new Set<string>();
  readonly #resetAsked: Signal = new Signal();
  #all: ReadonlyArray<Participant> | undefined;

  constructor(options: ParticipantRegistryOptions) {
    this.#options = options;
  }

  /**
   * Registers an instance. Its first frames are queued before anybody can see it, so that nothing broadcast comes ahead
   * of them. The same instance again, or one that joined before the registered one of its identity, is cancelled and
   * dropped; otherwise it takes the place of the registered one.
   */
  register(
    info: ParticipantInfo,
    stream: OutgoingByteStream,
    firstFrames: (participant: Participant) => ReadonlyArray<Uint8Array>,
  ): Registration {
    const participant = new Participant(info, stream, {
      ...this.#options,
      requestReset: (sid) => this.requestReset(sid),
    });
    const existing = this.#byIdentity.get(info.identity);
    if (existing !== undefined && existing.sid === info.sid) {
      participant.cancel();
      return { outcome: "duplicate", participant };
    }
    if (existing !== undefined && info.joinedAt < existing.joinedAt) {
      this.#options.log("info", "a viewer's instance is older than the registered one and is left out", {
        identity: info.identity,
        sid: info.sid,
        joinedAt: info.joinedAt,
        registeredSid: existing.sid,
        registeredJoinedAt: existing.joinedAt,
      });
      participant.cancel();
      return { outcome: "stale", participant };
    }
    participant.sendBurst(firstFrames(participant));
    if (existing !== undefined) this.remove(existing.sid);
    this.#bySid.set(participant.sid, participant);
    this.#byIdentity.set(participant.identity, participant);
    this.#all = undefined;
    this.#options.ledger?.joined(participant.account);
    return existing === undefined
      ? { outcome: "inserted", participant }
      : { outcome: "inserted", participant, prior: existing };
  }

  /** Removes that instance and cancels its fiber, without waiting for it. A sid that is not there changes nothing. */
  remove(sid: string): Participant | undefined {
    const participant = this.#bySid.get(sid);
    if (participant === undefined) return undefined;
    this.#bySid.delete(sid);
    this.#byIdentity.delete(participant.identity);
    this.#all = undefined;
    participant.cancel();
    this.#options.ledger?.left(participant.account);
    return participant;
  }

  /** Shows what is queued for those registered. */
  countQueued(visit: QueueVisitor): void {
    for (const participant of this.all()) participant.countQueued(visit);
  }

  /** The registered instance of the identity. */
  get(identity: string): Participant | undefined {
    return this.#byIdentity.get(identity);
  }

  /** The registered instance with that sid. */
  bySid(sid: string): Participant | undefined {
    return this.#bySid.get(sid);
  }

  /** Whether that instance is registered. */
  has(sid: string): boolean {
    return this.#bySid.has(sid);
  }

  /** The registered instances among these; the others are skipped. */
  resolve(sids: Iterable<string>): ReadonlyArray<Participant> {
    const found: Array<Participant> = [];
    for (const sid of sids) {
      const participant = this.#bySid.get(sid);
      if (participant !== undefined) found.push(participant);
    }
    return found;
  }

  /** All registered instances. The array does not change; a later call gives another one. */
  all(): ReadonlyArray<Participant> {
    this.#all ??= [...this.#bySid.values()];
    return this.#all;
  }

  /** The number of registered instances. */
  get count(): number {
    return this.#bySid.size;
  }

  /** Notes that an instance is to be reset, and wakes whoever waits for that. */
  requestReset(sid: string): void {
    this.#pendingResets.add(sid);
    this.#resetAsked.notify();
  }

  /** Empties the set of instances that are to be reset, and returns it. */
  drainPendingResets(): ReadonlySet<string> {
    const pending = new Set(this.#pendingResets);
    this.#pendingResets.clear();
    return pending;
  }

  /** Waits until an instance is to be reset; at once, when one is. */
  readonly awaitReset: Effect.Effect<void> = this.#resetAsked.until(() => this.#pendingResets.size > 0);

  /** Cancels every flush fiber and waits for all of them. The registry is empty then. */
  readonly shutdown: Effect.Effect<void> = Effect.suspend(() => {
    const participants = this.all();
    for (const participant of participants) this.remove(participant.sid);
    this.#pendingResets.clear();
    return Effect.forEach(participants, (participant) => participant.awaitEnd, {
      concurrency: "unbounded",
      discard: true,
    });
  });
}
