/**
 * Lossy messages that wait until a viewer reads on. Where there are too many the oldest goes, of the same channel if one
 * waits: a slow line sees fewer messages, and fresh ones, and a channel with many does not push out one with few.
 */

/** A lossy message, made into an event. It is one object for all viewers. */
export interface LossyMessage {
  readonly channelId: number;
  readonly frame: Uint8Array;
  /** The event, whole. */
  readonly event: Uint8Array;
}

/** What waits for one viewer. */
export class LossyQueue {
  readonly #limit: number;
  readonly #dropped: (message: LossyMessage) => void;
  #messages: Array<LossyMessage> = [];
  #bytes = 0;
  /** The bytes of the one that is larger than the bound, if there is one: it waits beside the others. */
  #largeBytes = 0;

  /** `limit`: bytes of events, beside one that is larger; `dropped` hears of each that goes for another. */
  constructor(limit: number, dropped: (message: LossyMessage) => void) {
    this.#limit = limit;
    this.#dropped = dropped;
  }

  /** How many wait. */
  get length(): number {
    return this.#messages.length;
  }

  /** The bytes of their events. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Adds one; others go where there is no room for it. */
  add(message: LossyMessage): void {
    const { length } = message.event;
    if (length > this.#limit) {
      if (this.#largeBytes > 0) this.#drop(this.#messages.findIndex(({ event }) => event.length > this.#limit));
      this.#largeBytes = length;
    } else {
      while (this.#bytes - this.#largeBytes + length > this.#limit) this.#drop(this.#oldest(message.channelId));
    }
    this.#messages.push(message);
    this.#bytes += length;
  }

  /** Takes all of them, in order. */
  take(): ReadonlyArray<LossyMessage> {
    const messages = this.#messages;
    if (messages.length > 0) this.#messages = [];
    this.#bytes = 0;
    this.#largeBytes = 0;
    return messages;
  }

  /** Drops all of them. */
  clear(): void {
    for (const message of this.take()) this.#dropped(message);
  }

  /** Where the one is that goes first. */
  #oldest(channelId: number): number {
    const own = this.#messages.findIndex((one) => one.channelId === channelId && one.event.length <= this.#limit);
    return own >= 0 ? own : this.#messages.findIndex(({ event }) => event.length <= this.#limit);
  }

  #drop(index: number): void {
    for (const message of this.#messages.splice(index, 1)) {
      this.#bytes -= message.event.length;
      this.#dropped(message);
    }
  }
}
