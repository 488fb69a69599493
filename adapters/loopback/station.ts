/**
 * What a hub knows about one identity, whether it is connected or not: its connection and the faults set for it.
 */
import type { JoinErrorReason } from "../../transport/errors.ts";
import type { ConnectionQuality, DisconnectReason } from "../../transport/participant.ts";
import type { ConnectionConditions } from "./conditions.ts";
import type { Leg } from "./leg.ts";
import type { Trace } from "./trace.ts";

/** The events that can be made to come late, not at all, or twice. */
export type LoopbackEvent =
  | "participantActive"
  | "participantDisconnected"
  | "attributesChanged"
  | "connectionQualityChanged"
  | "byteStreamOpened"
  | "dataTrackPublished"
  | "dataTrackUnpublished";

/** How a participant is told of an event. */
export interface EventRule {
  /** How much later than it would be, in ms. Later events of other kinds then come first. Default 0. */
  readonly delayMs?: number;
  /** How many times. Default 1; anything else is against the rules of a transport, and worth surviving. */
  readonly times?: 0 | 1 | 2;
}

/** What {@linkcode Station} needs of a connected instance. */
export interface StationMember {
  /** Goes on with writes that were held up. */
  pump(): void;
  /** Ends the room for it. */
  end(reason: DisconnectReason): void;
  /** Tells the others and itself. */
  qualityChanged(quality: ConnectionQuality): void;
}

/** A join that will fail. */
export interface FailingJoin {
  readonly reason: JoinErrorReason;
  readonly detail: string;
}

/** How many of the next attempts will fail. */
export interface FailureCounts {
  writes: number;
  opens: number;
  publishes: number;
}

/** One identity. */
export class Station {
  readonly identity: string;
  /** From the participant to the server. */
  readonly up: Leg;
  /** From the server to the participant. */
  readonly down: Leg;
  /** The instances that are connected, one per room. */
  readonly members: Set<StationMember> = new Set();
  /** How many of the next attempts will fail. */
  readonly failures: FailureCounts = { writes: 0, opens: 0, publishes: 0 };
  /** How long joining, opening a stream and publishing a track take, in ms. */
  readonly delays: { join: number; open: number; publish: number } = { join: 0, open: 0, publish: 0 };
  /** The next joins that will fail, first one first. */
  readonly failingJoins: Array<FailingJoin> = [];
  /** How events are told, by kind. */
  readonly rules: Map<LoopbackEvent, EventRule> = new Map();
  readonly #trace: Trace | undefined;
  #stalled = false;
  #own = false;

  constructor(identity: string, up: Leg, down: Leg, trace: Trace | undefined) {
    this.identity = identity;
    this.up = up;
    this.down = down;
    this.#trace = trace;
    up.onOverflow = () => this.lose("connection-lost");
    down.onOverflow = () => this.lose("connection-lost");
  }

  /** Sets the conditions of its connection: its own, or those of all that have none of their own. */
  setConditions(conditions: ConnectionConditions, own: boolean): void {
    if (this.#own && !own) return;
    this.#own = own;
    this.up.set(conditions.up ?? {});
    this.down.set(conditions.down ?? {});
  }

  /** Whether writes are held up. */
  get stalled(): boolean {
    return this.#stalled;
  }

  /** Holds up writes, or lets them go on. */
  stall(stalled: boolean): void {
    this.#stalled = stalled;
    this.note(stalled ? "stall" : "resume");
    if (!stalled) { for (const member of [...this.members]) member.pump(); }
  }

  /** Puts what was done to it into the trace. */
  note(what: string): void {
    this.#trace?.add(`${what} ${this.identity}`);
  }

  /** Ends the rooms it is in. */
  lose(reason: DisconnectReason): void {
    for (const member of [...this.members]) member.end(reason);
  }

  /** Takes one of the failures that were set. */
  takeFailure(kind: keyof FailureCounts): boolean {
    if (this.failures[kind] === 0) return false;
    this.failures[kind]--;
    return true;
  }
}
