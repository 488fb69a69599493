/**
 * The messages of a channel for any number of panels, over one subscription.
 */
import type { ChannelInfo, Message, Subscription, Viewer } from "../mod.ts";

/** The messages of one channel. */
export interface Feed {
  /** The channel, as it was when the feed was asked for. */
  readonly channel: ChannelInfo;
  /**
   * Calls back with each message, as it comes, until the function that it gives is called. All listeners of a channel share
   * one subscription, which is made for the first and let go with the last. Nothing is kept for later, so a listener that
   * is slow has to leave messages out by itself.
   */
  readonly listen: (onMessage: (message: Message) => void) => () => void;
}

interface Shared {
  readonly subscription: Subscription;
  readonly listeners: Set<{ readonly onMessage: (message: Message) => void }>;
}

/** The feeds of a viewer's channels. What it keeps is bounded by the channels that are listened to. */
export class Feeds {
  readonly #viewer: Pick<Viewer, "subscribe">;
  readonly #shared = new Map<number, Shared>();

  /** Feeds of the viewer's device. */
  constructor(viewer: Pick<Viewer, "subscribe">) {
    this.#viewer = viewer;
  }

  /** The ids of the channels that somebody listens to. */
  get listenedTo(): Iterable<number> {
    return this.#shared.keys();
  }

  /** The feed of a channel. Two feeds of a channel share their subscription. */
  of(channel: ChannelInfo): Feed {
    return { channel, listen: (onMessage) => this.#listen(channel.id, onMessage) };
  }

  #listen(channelId: number, onMessage: (message: Message) => void): () => void {
    const listener = { onMessage };
    const shared = this.#shared.get(channelId) ?? this.#subscribe(channelId);
    shared.listeners.add(listener);
    return () => {
      if (!shared.listeners.delete(listener) || shared.listeners.size > 0) return;
      this.#shared.delete(channelId);
      shared.subscription.close();
    };
  }

  #subscribe(channelId: number): Shared {
    const listeners: Shared["listeners"] = new Set();
    const subscription = this.#viewer.subscribe({ channelId }).onMessage((message) => {
      for (const listener of listeners) {
        try {
          listener.onMessage(message);
        } catch (error) {
          // One panel that fails takes nothing from the others.
          reportError(error);
        }
      }
    });
    const shared = { subscription, listeners };
    this.#shared.set(channelId, shared);
    return shared;
  }
}
