/**
 * The bounded buffer of one subscription.
 */
import { Gap } from "./gap.ts";
import type { ChannelInfo, Message } from "./message.ts";

/** What a message counts for beside its bytes, so that empty messages do not wait without bound. */
export const MESSAGE_OVERHEAD_BYTES = 128;
/** Of how many channels it is remembered that messages are missing before all that waits; the oldest is forgotten. */
export const MAX_MISSING_CHANNELS = 1_024;

/** The bounds of a buffer. */
export interface MessageBufferLimits {
  readonly lossyMessages: number;
  readonly lossyBytes: number;
  readonly reliableBytes: number;
}

/** Where a buffer tells of messages that it drops. */
export interface BufferLosses {
  /** A message had to go. */
  readonly dropped: (message: Message) => void;
  /** Whether gaps are put where messages are missing. */
  readonly keepsGaps: boolean;
}

/** What is missing of a channel before everything of it that waits. */
interface Missing {
  readonly channel: ChannelInfo;
  network: number;
  buffer: number;
}

/**
 * Messages in the order in which they arrived. Of the lossy ones the oldest is dropped when there are too many; the
 * reliable ones are all kept, and whoever delivers them asks whether there is room.
 */
export class MessageBuffer {
  readonly #limits: MessageBufferLimits;
  readonly #losses: BufferLosses;
  #messages: Array<Message | Gap | undefined> = [];
  /** By channel. The oldest are dropped first, so this comes before all that waits: one entry each is enough. */
  readonly #missing = new Map<number, Missing>();
  #head = 0;
  #lossy = 0;
  #lossyBytes = 0;
  #reliableBytes = 0;

  constructor(limits: MessageBufferLimits, losses: BufferLosses = { dropped: () => {}, keepsGaps: false }) {
    this.#limits = limits;
    this.#losses = losses;
  }

  /** The number of items that wait. */
  get length(): number {
    return this.#messages.length - this.#head + this.#missing.size;
  }

  /** Whether the reliable messages that wait have reached their bound. */
  get isFull(): boolean {
    return this.#reliableBytes >= this.#limits.reliableBytes;
  }

  /** Whether the reliable messages that wait are at most half of what may. */
  get hasRoom(): boolean {
    return this.#reliableBytes * 2 <= this.#limits.reliableBytes;
  }

  /** Adds a message or a gap; the number of older messages that had to go. */
  push(message: Message | Gap): number {
    const bytes = bytesOf(message);
    if (message.channel.reliable) {
      this.#messages.push(message);
      this.#reliableBytes += bytes;
      return 0;
    }
    let dropped = 0;
    const { lossyMessages, lossyBytes } = this.#limits;
    while (this.#lossy > 0 && (this.#lossy >= lossyMessages || this.#lossyBytes + bytes > lossyBytes)) {
      if (this.#dropOldestLossy()) dropped += 1;
    }
    this.#messages.push(message);
    this.#lossy += 1;
    this.#lossyBytes += bytes;
    return dropped;
  }

  /** Takes what is oldest. */
  shift(): Message | Gap | undefined {
    return this.#missing.size > 0 ? this.#shiftMissing() : this.#shiftMessage();
  }

  #shiftMissing(): Gap | undefined {
    for (const [id, missing] of this.#missing) {
      const { channel, network, buffer } = missing;
      if (network === 0 || buffer === 0) this.#missing.delete(id);
      missing.network = 0;
      return network > 0 ? new Gap(channel, network, "network") : new Gap(channel, buffer, "buffer");
    }
    return undefined;
  }

  #shiftMessage(): Message | Gap | undefined {
    const message = this.#messages[this.#head];
    if (message === undefined) return undefined;
    this.#messages[this.#head] = undefined;
    this.#head += 1;
    this.#forget(message);
    this.#compact();
    return message;
  }

  /** Takes all that waits. */
  takeAll(): Array<Message | Gap> {
    const taken: Array<Message | Gap> = [];
    for (let message = this.shift(); message !== undefined; message = this.shift()) taken.push(message);
    return taken;
  }

  /** `true`: a message had to go; `false`: a gap, which is remembered. */
  #dropOldestLossy(): boolean {
    let index = this.#head;
    while (this.#messages[index]?.channel.reliable === true) index += 1;
    const message = this.#messages[index];
    if (message === undefined) return false;
    if (index === this.#head) {
      this.#shiftMessage();
    } else {
      this.#messages.splice(index, 1);
      this.#forget(message);
    }
    if (message instanceof Gap) this.#miss(message.channel, message.cause, message.missed);
    else {
      if (this.#losses.keepsGaps) this.#miss(message.channel, "buffer", 1);
      this.#losses.dropped(message);
    }
    return !(message instanceof Gap);
  }

  #miss(channel: ChannelInfo, cause: "network" | "buffer", messages: number): void {
    const known = this.#missing.get(channel.id);
    if (known !== undefined) {
      known[cause] += messages;
      return;
    }
    // A device may go on to new channels for ever, and nobody need read.
    const [oldest] = this.#missing.keys();
    if (this.#missing.size >= MAX_MISSING_CHANNELS && oldest !== undefined) this.#missing.delete(oldest);
    this.#missing.set(channel.id, { channel, network: 0, buffer: 0, [cause]: messages });
  }

  #forget(message: Message | Gap): void {
    const bytes = bytesOf(message);
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

function bytesOf(item: Message | Gap): number {
  return MESSAGE_OVERHEAD_BYTES + (item instanceof Gap ? 0 : item.data.byteLength);
}
