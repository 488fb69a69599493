/**
 * One viewer of a run: one instance in the room, of whatever kind.
 */
import type { LoopbackHub } from "../../../adapters/loopback/mod.ts";
import type { Abilities } from "./abilities.ts";
import type { Asks } from "./asks.ts";
import type { Calls } from "./calls.ts";
import type { DeviceSide } from "./device_side.ts";
import type { Ledger } from "./ledger.ts";
import type { OfferingSide } from "./offering.ts";
import type { Junk, Setup, Taking } from "./program.ts";
import type { RunTrace } from "./trace.ts";
import type { Violations } from "./violation.ts";

/** What a run gives to its viewers. */
export interface PeerOptions {
  readonly hub: LoopbackHub;
  readonly setup: Setup;
  readonly device: DeviceSide;
  readonly ledger: Ledger;
  readonly violations: Violations;
  readonly trace: RunTrace;
  readonly calls: Calls;
  readonly asks: Asks;
  readonly offering: OfferingSide;
  readonly identity: string;
  /** How it is called in a trace, different for each instance of a run. */
  readonly name: string;
}

export interface Peer {
  /** What it does beside subscribing. */
  readonly abilities: Abilities;
  readonly identity: string;
  readonly name: string;
  /** Whether it has got into the room. */
  readonly isIn: boolean;
  /** Whether it has a device: its newest control stream has begun and goes on. */
  readonly hasMet: boolean;
  /** Enters the room, and stays until it is told to leave. */
  join(): void;
  /** Leaves the room. */
  leave(): void;
  subscribe(slots: ReadonlyArray<number>, taking: Taking): void;
  unsubscribe(slots: ReadonlyArray<number>): void;
  /** Takes no more messages for now. */
  pause(): void;
  resume(): void;
  /** Sends what no viewer should. */
  junk(junk: Junk): void;
  /** Looks at what has come since the last time, where it was not looked at as it came. */
  collect(): void;
  /** Pings: who has done so and then says nothing falls asleep. */
  ping(): void;
  /** Says something, so that a device that has taken it for asleep knows better. */
  stir(): void;
  /** Wants every channel that there is. */
  wantAll(): void;
  /** After a calm time: it knows what there is, and no more. */
  checkChannels(): void;
  /** It has got messages that were published in a calm time, and no reset since. */
  checkGot(seqs: ReadonlyArray<number>): void;
}
