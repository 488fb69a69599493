/**
 * Counts what the device logs, by what may become of it.
 */

/** Bytes of the largest message that fits in a frame of 16 MiB, beside the 17 bytes that say what it is. */
export const LARGEST_MESSAGE: number = 16 * 1024 * 1024 - 17;

/** What a message is logged on; a channel of the library is one. */
export interface TallyChannel {
  readonly id: number;
  readonly hasSubscribers: boolean;
  /** Messages that it keeps for those who subscribe later. */
  readonly latch?: { readonly bounds: { readonly messages: number } } | undefined;
}

/** Messages that were logged. */
export class Tally {
  readonly #awaited = new Map<number, number>();
  /** Messages that were kept for the first subscriber, by channel. */
  readonly #kept = new Map<number, number>();
  #sent = 0;
  #early = 0;
  #tooLarge = 0;

  /** A message is about to be logged. */
  add({ id, hasSubscribers, latch }: TallyChannel, bytes: number): void {
    this.#sent += 1;
    const kept = this.#kept.get(id) ?? 0;
    if (!hasSubscribers && kept < (latch?.bounds.messages ?? 0)) this.#kept.set(id, kept + 1);
    else if (!hasSubscribers) this.#early += 1;
    else if (bytes > LARGEST_MESSAGE) this.#tooLarge += 1;
    else this.#awaited.set(id, (this.#awaited.get(id) ?? 0) + 1);
  }

  /** So many messages of each channel were offered by somebody else, who logs them instead. */
  offered(messages: ReadonlyMap<number, number>): void {
    this.#sent = 0;
    for (const [channelId, count] of messages) {
      this.#awaited.set(channelId, count);
      this.#sent += count;
    }
  }

  /** All of them. */
  get sent(): number {
    return this.#sent;
  }

  /** Those that nobody was subscribed to. */
  get early(): number {
    return this.#early;
  }

  /** Those that were dropped at the device because of their size. */
  get tooLarge(): number {
    return this.#tooLarge;
  }

  /** Those of a channel that may arrive. */
  awaited(channelId: number): number {
    return (this.#awaited.get(channelId) ?? 0) + (this.#kept.get(channelId) ?? 0);
  }
}
