/**
 * A viewer's subscription: messages as an async iterable, as an Effect stream, or by callback.
 */
import type * as Stream from "effect/Stream";
import { type Log, notify } from "../log.ts";
import { Readers } from "../readers.ts";
import type { Gap } from "./gap.ts";
import type { Message } from "./message.ts";
import { MessageBuffer, type MessageBufferLimits } from "./message_buffer.ts";

/** What a subscription is for: all channels of a topic, those that come later included, or one channel by its id. */
export type SubscriptionTarget = { readonly topic: string } | { readonly channelId: number };

/** What a subscription needs of the viewer that it belongs to. */
export interface SubscriptionOwner {
  /** Where diagnostics go. */
  readonly log: Log;
  /** The reliable messages that wait have reached their bound (`true`), or are half of it again (`false`). */
  readonly blocked: (isBlocked: boolean) => void;
  /** The subscription is closing. */
  readonly closed: () => void;
  /** A message was dropped from the buffer. Default: it is counted in the subscription alone. */
  readonly dropped?: (message: Message) => void;
}

/**
 * Messages of the channels that were subscribed to. It outlives resets, reconnects and devices that come and go: what
 * matches is subscribed again without the application doing anything, until the subscription or its viewer is closed.
 *
 * There is one buffer: each message goes to one reader, whichever way it reads. Lossy messages that nobody takes are
 * dropped, the oldest first, and counted in {@linkcode Subscription.dropped}. Reliable ones are kept: when they reach
 * their bound the viewer does not read on, which holds up everything else on the control stream, so take them, or close.
 *
 * @example
 * ```ts
 * import type { Viewer } from "@fieldlink/fieldlink";
 *
 * async function print(viewer: Viewer) {
 *   for await (const message of viewer.subscribe("/pose")) console.log(message.logTime, message.json());
 * }
 * console.log(print);
 * ```
 */
export class Subscription<Item extends Message | Gap = Message> implements AsyncIterable<Item>, Disposable {
  /** What was asked for. */
  readonly target: SubscriptionTarget;
  readonly #owner: SubscriptionOwner;
  /** Whether it is told where messages are missing. */
  readonly wantsGaps: boolean;
  readonly #buffer: MessageBuffer;
  readonly #readers: Readers<Item> = new Readers({
    count: () => this.#buffer.length,
    take: () => this.#take(),
    takeAll: () => this.#takeAll(),
    close: () => this.close(),
  });
  #listener: ((item: Item) => void) | undefined;
  #dropped = 0;
  #blocked = false;

  /** Made by {@linkcode Viewer.subscribe}. */
  constructor(target: SubscriptionTarget, limits: MessageBufferLimits, owner: SubscriptionOwner, wantsGaps = false) {
    this.target = target;
    this.wantsGaps = wantsGaps;
    this.#owner = owner;
    this.#buffer = new MessageBuffer(limits, {
      dropped: (message) => owner.dropped?.(message),
      keepsGaps: wantsGaps,
    });
  }

  /** The number of lossy messages that were dropped because nobody took them in time. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Whether it has been closed, by itself or with its viewer. */
  get isClosed(): boolean {
    return this.#readers.hasEnded;
  }

  /**
   * Calls back for each message, those that wait first. It takes the place of an earlier callback. What it throws is
   * logged, and the message counts as taken.
   */
  onMessage(listener: (message: Item) => void): this {
    this.#listener = listener;
    for (let message = this.#take(); message !== undefined; message = this.#take()) {
      notify(this.#owner.log, "onMessage", listener, message);
    }
    return this;
  }

  /** The messages as an Effect stream; it ends when the subscription is closed, after what waits. */
  get stream(): Stream.Stream<Item> {
    return this.#readers.stream;
  }

  /** The messages one by one; leaving the loop closes the subscription. */
  [Symbol.asyncIterator](): AsyncIterator<Item, undefined> {
    return this.#readers.iterator();
  }

  /** Unsubscribes. Messages that wait can still be read; then the iteration or stream ends. */
  close(): void {
    if (this.isClosed) return;
    this.#readers.end();
    this.#owner.closed();
    this.#unblock();
  }

  /** As {@linkcode Subscription.close}, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** For the viewer: a message has arrived, or some are missing. */
  deliver(arrived: Message | Gap): void {
    if (this.isClosed) return;
    // Gaps are only given to one that wants them, whose items they are.
    const message = arrived as Item;
    if (this.#listener !== undefined) {
      notify(this.#owner.log, "onMessage", this.#listener, message);
      return;
    }
    if (this.#readers.give(message)) return;
    this.#dropped += this.#buffer.push(message);
    this.#readers.arrived();
    if (!this.#blocked && this.#buffer.isFull) {
      this.#blocked = true;
      this.#owner.blocked(true);
    }
  }

  #take(): Item | undefined {
    const message = this.#buffer.shift() as Item | undefined;
    if (this.#blocked && this.#buffer.hasRoom) this.#unblock();
    return message;
  }

  #takeAll(): Array<Item> {
    const messages = this.#buffer.takeAll() as Array<Item>;
    this.#unblock();
    return messages;
  }

  #unblock(): void {
    if (!this.#blocked) return;
    this.#blocked = false;
    this.#owner.blocked(false);
  }
}
