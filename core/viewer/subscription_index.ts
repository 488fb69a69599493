/**
 * A viewer's open subscriptions, found by what they are for.
 */
import type { ChannelInfo, Message } from "./message.ts";
import type { Gap } from "./gap.ts";
import type { SubscriptionTarget } from "./subscription.ts";

/** A subscription, whatever it yields. */
export interface OpenSubscription {
  readonly target: SubscriptionTarget;
  readonly wantsGaps: boolean;
  readonly deliver: (item: Message | Gap) => void;
  readonly close: () => void;
}

/** Open subscriptions by topic and by channel id. */
export class SubscriptionIndex {
  readonly #byTopic = new Map<string, Set<OpenSubscription>>();
  readonly #byChannel = new Map<number, Set<OpenSubscription>>();

  /** Adds one. */
  add(subscription: OpenSubscription): void {
    const { target } = subscription;
    if ("topic" in target) addTo(this.#byTopic, target.topic, subscription);
    else addTo(this.#byChannel, target.channelId, subscription);
  }

  /** Takes one out. */
  delete(subscription: OpenSubscription): void {
    const { target } = subscription;
    if ("topic" in target) deleteFrom(this.#byTopic, target.topic, subscription);
    else deleteFrom(this.#byChannel, target.channelId, subscription);
  }

  /** Those that a channel is for. */
  matching({ id, topic }: ChannelInfo): ReadonlyArray<OpenSubscription> {
    return [...(this.#byTopic.get(topic) ?? []), ...(this.#byChannel.get(id) ?? [])];
  }

  /** All of them. */
  all(): ReadonlyArray<OpenSubscription> {
    return [...this.#byTopic.values(), ...this.#byChannel.values()].flatMap((subscriptions) => [...subscriptions]);
  }
}

function addTo<Key>(map: Map<Key, Set<OpenSubscription>>, key: Key, subscription: OpenSubscription): void {
  const there = map.get(key);
  if (there === undefined) map.set(key, new Set([subscription]));
  else there.add(subscription);
}

function deleteFrom<Key>(map: Map<Key, Set<OpenSubscription>>, key: Key, subscription: OpenSubscription): void {
  const there = map.get(key);
  there?.delete(subscription);
  if (there?.size === 0) map.delete(key);
}
