/**
 * The bounded buffer of one subscription.
 */
import type { Message } from "./message.ts";

/** What a message counts for beside its bytes, so that empty messages do not wait without bound. */
export const MESSAGE_OVERHEAD_BYTES = 128;

/** The bounds of a buffer. */
export interface MessageBufferLimits {
  readonly lossyMessages: number;
  readonly lossyBytes: number;
  readonly reliableBytes: number;
}

/**
 * Messages in the order in which they arrived. Of the lossy ones the oldest is dropped when there are too many; the
 * reliable ones are all kept, and whoever delivers them asks whether there is room.
 */
export class MessageBuffer {
  readonly #limits: MessageBufferLimits;
  #messages: Array<Message | undefined> = [];
  #head = 0;
  #lossy = 0;
  #lossyBytes = 0;
  #reliableBytes = 0;

  constructor(limits: MessageBufferLimits) {
    this.#limits = limits;
  }

  /** The number of messages that wait. */
  get length(): number {
    return this.#messages.length - this.#head;
  }

  /** Whether the reliable messages that wait have reached their bound. */
  get isFull(): boolean {
    return this.#reliableBytes >= this.#limits.reliableBytes;
  }

  /** Whether the reliable messages that wait are at most half of what may. */
  get hasRoom(): boolean {
    return this.#reliableBytes * 2 <= this.#limits.reliableBytes;
  }

  /** Adds a message; the number of older ones that had to go. */
  push(message: Message): number {
    const bytes = message.data.byteLength + MESSAGE_OVERHEAD_BYTES;
    if (message.channel.reliable) {
      this.#messages.push(message);
      this.#reliableBytes += bytes;
      return 0;
    }
    let dropped = 0;
    const { lossyMessages, lossyBytes } = this.#limits;
    while (this.#lossy > 0 && (this.#lossy >= lossyMessages || this.#lossyBytes + bytes > lossyBytes)) {
      this.#dropOldestLossy();
      dropped += 1;
    }
    this.#messages.push(message);
    this.#lossy += 1;
    this.#lossyBytes += bytes;
    return dropped;
  }

  /** Takes the oldest message. */
  shift(): Message | undefined {
    const message = this.#messages[this.#head];
    if (message === undefined) return undefined;
    this.#messages[this.#head] = undefined;
    this.#head += 1;
    this.#forget(message);
    this.#compact();
    return message;
  }

  /** Takes all messages. */
  takeAll(): Array<Message> {
    const taken: Array<Message> = [];
    for (let message = this.shift(); message !== undefined; message = this.shift()) taken.push(message);
    return taken;
  }

  #dropOldestLossy(): void {
    let index = this.#head;
    while (this.#messages[index]?.channel.reliable === true) index += 1;
    const message = this.#messages[index];
    if (message === undefined) return;
    if (index === this.#head) {
      this.shift();
      return;
    }
    this.#messages.splice(index, 1);
    this.#forget(message);
  }

  #forget(message: Message): void {
    const bytes = message.data.byteLength + MESSAGE_OVERHEAD_BYTES;
    if (message.channel.reliable) {
      this.#reliableBytes -= bytes;
    } else {
      this.#lossy -= 1;
      this.#lossyBytes -= bytes;
    }
  }

  #compact(): void {
    if (this.#head === this.#messages.length) {
      this.#messages.length = 0;
      this.#head = 0;
    } else if (this.#head >= 1024) {
      this.#messages = this.#messages.slice(this.#head);
      this.#head = 0;
    }
  }
}
