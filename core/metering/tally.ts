/**
 * What becomes of messages. For every tally, and at every moment, what was published is what was delivered, dropped for
 * one of the reasons, or is queued: `published = delivered + the drops + queued`, in messages and in bytes.
 */
import { Counter, sumOf, type Traffic } from "./traffic.ts";

/**
 * Why a message did not reach the transport:
 *
 * - `oversize`: larger than a data track or a datagram takes;
 * - `frameLimit`: its frame would pass 16 MiB;
 * - `trackNotReady`: the channel's data track was not published yet;
 * - `trackFull`: the transport took no more on the data track, or dropped it as it had waited too long;
 * - `notTaken`: the transport took no more datagrams for the viewer, which is slow or about to be gone, or dropped it for a
 *   newer one before it was sent;
 * - `queueFull`: the oldest of a full queue of lossy messages, or all that waited for a viewer whose queue overflowed,
 *   with the message that did not fit;
 * - `reset`: it waited when a write to the viewer failed, or came while the viewer was being reset;
 * - `viewerLeft`: it waited, or was being written, when the viewer left or was replaced, when its subscription or the
 *   channel ended before its turn on a channel stream, or when the session ended;
 * - `streamFailed`: the channel stream could not be opened or written to.
 */
export type DropReason =
  | "oversize"
  | "frameLimit"
  | "trackNotReady"
  | "trackFull"
  | "notTaken"
  | "queueFull"
  | "reset"
  | "viewerLeft"
  | "streamFailed";

/** All reasons. */
export const DROP_REASONS: ReadonlyArray<DropReason> = [
  "oversize",
  "frameLimit",
  "trackNotReady",
  "trackFull",
  "notTaken",
  "queueFull",
  "reset",
  "viewerLeft",
  "streamFailed",
];

/** What has become of messages that were published, at one moment. */
export interface Flow {
  /** Offered to those subscribed. */
  readonly published: Traffic;
  /** Handed to the transport: written, or pushed to a track. They may still be lost on the way, where the transport loses. */
  readonly delivered: Traffic;
  /** Waiting, or being written. */
  readonly queued: Traffic;
  /** Dropped, for whatever reason. */
  readonly dropped: Traffic;
  /** Dropped, by reason; reasons for which nothing was dropped are left out. */
  readonly drops: Readonly<Partial<Record<DropReason, Traffic>>>;
}

/**
 * Counts what becomes of messages. What is queued is not counted here, but by whoever looks through the queues: so the
 * two can be held against each other, and the hot path has less to do.
 */
export class Tally {
  /** Bytes that a queued frame has beside the message's own. */
  readonly frameOverhead: number;
  #published = 0;
  #publishedBytes = 0;
  #delivered = 0;
  #deliveredBytes = 0;
  /** Made with the first drop: most tallies never have one. */
  #drops: Map<DropReason, Counter> | undefined;
  #heir: Tally | undefined;

  /** Queues hold frames; what is counted is the messages in them. */
  constructor(frameOverhead = 0) {
    this.frameOverhead = frameOverhead;
  }

  /** A message has been offered. */
  publish(bytes: number): void {
    // Also what is offered to a viewer that is already gone, which is dropped then.
    const tally = this.#heir === undefined ? this : this.current;
    tally.#published += 1;
    tally.#publishedBytes += bytes;
  }

  /** Messages have been handed to the transport. */
  deliver(messages: number, bytes: number): void {
    const tally = this.current;
    tally.#delivered += messages;
    tally.#deliveredBytes += bytes;
  }

  /** The transport has dropped a message that was handed to it. One that was handed over under another tally is not counted. */
  recall(reason: DropReason, bytes: number): void {
    const tally = this.current;
    if (tally.#delivered === 0 || tally.#deliveredBytes < bytes) return;
    tally.#delivered -= 1;
    tally.#deliveredBytes -= bytes;
    tally.drop(reason, bytes);
  }

  /** A message has been dropped. */
  drop(reason: DropReason, bytes: number): void {
    const tally = this.current;
    tally.#drops ??= new Map();
    const counter = tally.#drops.get(reason);
    if (counter !== undefined) return counter.add(bytes);
    const first = new Counter();
    first.add(bytes);
    tally.#drops.set(reason, first);
  }

  /** The tally that counts now what this one did: itself, until another has taken it over. */
  get current(): Tally {
    return this.#heir === undefined ? this : this.#heir.current;
  }

  /** Takes over what another has counted, and will be told from now on, for messages that are still queued under it. */
  takeOver(other: Tally): void {
    this.#published += other.#published;
    this.#publishedBytes += other.#publishedBytes;
    this.#delivered += other.#delivered;
    this.#deliveredBytes += other.#deliveredBytes;
    for (const [reason, counter] of other.#drops ?? []) {
      this.#drops ??= new Map();
      const own = this.#drops.get(reason) ?? new Counter();
      own.addAll(counter);
      this.#drops.set(reason, own);
    }
    other.#heir = this;
  }

  /** What has been handed to the transport. */
  get delivered(): Traffic {
    return { messages: this.#delivered, bytes: this.#deliveredBytes };
  }

  /** What has become of all messages so far; `queued` is what the queues hold of this tally. */
  flow(queued: Traffic): Flow {
    const dropped = new Counter();
    const drops: Partial<Record<DropReason, Traffic>> = {};
    for (const reason of DROP_REASONS) {
      const counter = this.#drops?.get(reason);
      if (counter === undefined) continue;
      dropped.addAll(counter);
      drops[reason] = counter.snapshot;
    }
    return {
      published: { messages: this.#published, bytes: this.#publishedBytes },
      delivered: this.delivered,
      queued,
      dropped: dropped.snapshot,
      drops,
    };
  }
}

/** The sum of several flows. */
export function sumOfFlows(flows: ReadonlyArray<Flow>): Flow {
  const drops: Partial<Record<DropReason, Traffic>> = {};
  for (const reason of DROP_REASONS) {
    const parts = flows.flatMap((flow) => flow.drops[reason] ?? []);
    if (parts.length > 0) drops[reason] = sumOf(parts);
  }
  return {
    published: sumOf(flows.map((flow) => flow.published)),
    delivered: sumOf(flows.map((flow) => flow.delivered)),
    queued: sumOf(flows.map((flow) => flow.queued)),
    dropped: sumOf(flows.map((flow) => flow.dropped)),
    drops,
  };
}
