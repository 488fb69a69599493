/**
 * A viewer's open subscriptions, found by what they are for.
 */
import type { ChannelInfo } from "./message.ts";
import type { Subscription } from "./subscription.ts";

/** Open subscriptions by topic and by channel id. */
export class SubscriptionIndex {
  readonly #byTopic = new Map<string, Set<Subscription>>();
  readonly #byChannel = new Map<number, Set<Subscription>>();

  /** Adds one. */
  add(subscription: Subscription): void {
    const { target } = subscription;
    if ("topic" in target) addTo(this.#byTopic, target.topic, subscription);
    else addTo(this.#byChannel, target.channelId, subscription);
  }

  /** Takes one out. */
  delete(subscription: Subscription): void {
    const { target } = subscription;
    if ("topic" in target) deleteFrom(this.#byTopic, target.topic, subscription);
    else deleteFrom(this.#byChannel, target.channelId, subscription);
  }

  /** Those that a channel is for. */
  matching({ id, topic }: ChannelInfo): ReadonlyArray<Subscription> {
    return [...(this.#byTopic.get(topic) ?? []), ...(this.#byChannel.get(id) ?? [])];
  }

  /** All of them. */
  all(): ReadonlyArray<Subscription> {
    return [...this.#byTopic.values(), ...this.#byChannel.values()].flatMap((subscriptions) => [...subscriptions]);
  }
}

function addTo<Key>(map: Map<Key, Set<Subscription>>, key: Key, subscription: Subscription): void {
  const there = map.get(key);
  if (there === undefined) map.set(key, new Set([subscription]));
  else there.add(subscription);
}

function deleteFrom<Key>(map: Map<Key, Set<Subscription>>, key: Key, subscription: Subscription): void {
  const there = map.get(key);
  there?.delete(subscription);
  if (there?.size === 0) map.delete(key);
}
