/**
 * What waits to be sent to one viewer: writes that are held up while it reads slowly.
 *
 * A write waits for as long as the viewer is connected and further behind than the read-ahead allows: the queue in front
 * of the control stream then fills, and its bound decides, as with every other transport. A viewer that is away holds up
 * nothing: what is written goes on into its ring, and what falls out of that is a gap and a reset. The read-ahead is never
 * more than the ring holds, and half its number of events, so that what is written never pushes out what a connected
 * viewer has yet to read.
 */
import type { SseLimits } from "./limits.ts";

/** Something that is to be sent. Made into events when its turn comes. */
export interface Outgoing {
  /** The events of it. */
  readonly events: () => ReadonlyArray<Uint8Array>;
  /** All of it has been sent. */
  readonly sent: () => void;
}

interface Waiting {
  readonly outgoing: Outgoing;
  events: ReadonlyArray<Uint8Array> | undefined;
  index: number;
}

/** What an outbox needs of the session it is of. */
export interface OutboxOwner {
  /** Whether the viewer reads now. */
  readonly isConnected: () => boolean;
  /** Whether what the viewer has not read yet waits for others to come along, so that more of it had better go in one event. */
  readonly isHeld: () => boolean;
  /** Numbers and keeps an event, and offers it to whoever reads. */
  readonly send: (event: Uint8Array) => void;
}

/** The outbox of one viewer. */
export class Outbox {
  readonly #owner: OutboxOwner;
  readonly #maxBytes: number;
  readonly #maxEvents: number;
  #waiting: Array<Waiting> = [];
  #unreadBytes = 0;
  #unreadEvents = 0;

  constructor(limits: SseLimits, owner: OutboxOwner) {
    this.#owner = owner;
    this.#maxBytes = Math.min(limits.readAheadBytes, limits.ringBytes);
    this.#maxEvents = Math.max(1, Math.floor(limits.ringEvents / 2));
  }

  /** The viewer reads, and is so far behind. */
  connected(unread: ReadonlyArray<{ readonly event: Uint8Array }>): void {
    this.#unreadEvents = unread.length;
    this.#unreadBytes = unread.reduce((sum, { event }) => sum + event.length, 0);
  }

  /** The viewer has read on; it is so many events behind still. */
  advanced(bytes: number, unreadEvents: number): void {
    this.#unreadBytes = unreadEvents === 0 ? 0 : Math.max(0, this.#unreadBytes - bytes);
    this.#unreadEvents = unreadEvents;
    this.pump();
  }

  /** Sends it, behind what waits already. `true`: all of it has been sent, and `sent` is not called. */
  offer(outgoing: Outgoing): boolean {
    let events: ReadonlyArray<Uint8Array> | undefined;
    let index = 0;
    if (this.#waiting.length === 0) {
      events = outgoing.events();
      while (index < events.length && this.#fits(events[index]!)) this.sendNow(events[index++]!);
      if (index === events.length) return true;
    }
    this.#waiting.push({ outgoing, events, index });
    return false;
  }

  /** Sends an event however far behind the viewer is: for what is small and seldom. */
  sendNow(event: Uint8Array): void {
    this.#unreadBytes += event.length;
    this.#unreadEvents += 1;
    this.#owner.send(event);
  }

  /** Takes out what has not been sent of some of what waits. */
  drop(isDropped: (outgoing: Outgoing) => boolean): void {
    this.#waiting = this.#waiting.filter(({ outgoing }) => !isDropped(outgoing));
    this.pump();
  }

  /** Forgets all of it: the viewer is another instance from now on, or has left. */
  clear(): void {
    this.#waiting = [];
    this.#unreadBytes = 0;
    this.#unreadEvents = 0;
  }

  /** Sends what can be sent now. */
  pump(): void {
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      first.events ??= first.outgoing.events();
      while (first.index < first.events.length && this.#fits(first.events[first.index]!)) {
        this.sendNow(first.events[first.index++]!);
      }
      if (first.index < first.events.length) return;
      this.#waiting.shift();
      first.outgoing.sent();
    }
  }

  #fits(event: Uint8Array): boolean {
    if (!this.#owner.isConnected() || this.#unreadEvents === 0) return true;
    if (this.#owner.isHeld()) return false;
    return this.#unreadEvents < this.#maxEvents && this.#unreadBytes + event.length <= this.#maxBytes;
  }
}
