/**
 * What one connection instance may do, and what it has been told of because of that.
 */
import type { ChannelEntry } from "../channel/channel_registry.ts";
import type { Operation, Policy } from "../session/policy.ts";
import type { RegisteredService } from "../session/service_table.ts";

/** What another policy has changed for a viewer. */
export interface SightChange<Item> {
  /** The ids of what it has been told of and may not see any more. */
  readonly hidden: ReadonlyArray<number>;
  /** What it may see now and has not been told of. */
  readonly shown: ReadonlyArray<Item>;
}

/** What a thing is to a policy, and the operation that must be allowed for it to be seen. */
interface Visibility<Item> {
  readonly operation: Operation;
  readonly id: (item: Item) => number;
  readonly name: (item: Item) => string;
}

const CHANNELS: Visibility<ChannelEntry> = {
  operation: "see",
  id: ({ channel }) => channel.id,
  name: ({ channel }) => channel.topic,
};

/** A service is of no use to those who may not call it. */
const SERVICES: Visibility<RegisteredService> = {
  operation: "call",
  id: ({ declared }) => declared.id,
  name: ({ declared }) => declared.name,
};

/**
 * The things of one kind that an instance sees. Which those are is settled when they are advertised, so that whatever is
 * said of one later goes to just those who have been told of it.
 */
export class Sight<Item> {
  readonly #visibility: Visibility<Item>;
  readonly #policy: () => Policy | undefined;
  /** What it has been told of; kept only for an instance that may not do everything. */
  readonly #seen = new Set<number>();

  constructor(visibility: Visibility<Item>, policy: () => Policy | undefined) {
    this.#visibility = visibility;
    this.#policy = policy;
  }

  /** Whether the instance has been told of it. */
  has(id: number): boolean {
    return this.#policy() === undefined || this.#seen.has(id);
  }

  /** Those that the instance may see, which it is told of now. The same array, where these are all. */
  show(items: ReadonlyArray<Item>): ReadonlyArray<Item> {
    const policy = this.#policy();
    if (policy === undefined) return items;
    const { operation, id, name } = this.#visibility;
    const shown = items.filter((item) => policy.allows(operation, name(item)));
    for (const item of shown) this.#seen.add(id(item));
    return shown.length === items.length ? items : shown;
  }

  /** It is gone. `true`: the instance has been told of it, and is to be told of its end. */
  hide(id: number): boolean {
    return this.#policy() === undefined || this.#seen.delete(id);
  }

  /** What it has been told of among these, before another policy holds. */
  seen(items: ReadonlyArray<Item>): ReadonlySet<Item> {
    return new Set(items.filter((item) => this.has(this.#visibility.id(item))));
  }

  /** Looks again at everything, by the policy that holds now. `before`: what the instance had been told of. */
  renew(items: ReadonlyArray<Item>, before: ReadonlySet<Item>): SightChange<Item> {
    this.#seen.clear();
    const after = new Set(this.show(items));
    return {
      hidden: [...before].filter((item) => !after.has(item)).map(this.#visibility.id),
      shown: [...after].filter((item) => !before.has(item)),
    };
  }
}

/** The policy of an instance, and what it sees by it. */
export class Access {
  readonly channels: Sight<ChannelEntry> = new Sight(CHANNELS, () => this.#policy);
  readonly services: Sight<RegisteredService> = new Sight(SERVICES, () => this.#policy);
  #policy: Policy | undefined;

  /** A policy that never throws; `undefined`: everything is allowed. */
  constructor(policy?: Policy) {
    this.#policy = policy;
  }

  /** The policy; `undefined`: everything is allowed. */
  get policy(): Policy | undefined {
    return this.#policy;
  }

  /** Whether the instance may do that with what has this name. */
  allows(operation: Operation, name: string): boolean {
    return this.#policy === undefined || this.#policy.allows(operation, name);
  }

  /**
   * Another policy holds from now on. `channels` and `services`: all that there are and that viewers have been told of. A
   * channel in sight that may be subscribed to only now is both hidden and shown: told anew, it is asked for anew by a
   * viewer that has been refused it.
   */
  replace(
    policy: Policy | undefined,
    channels: ReadonlyArray<ChannelEntry>,
    services: ReadonlyArray<RegisteredService>,
  ): { readonly channels: SightChange<ChannelEntry>; readonly services: SightChange<RegisteredService> } {
    const before = { channels: this.channels.seen(channels), services: this.services.seen(services) };
    const maySubscribe = ({ channel }: ChannelEntry) => this.allows("subscribe", channel.topic);
    const refused = [...before.channels].filter((entry) => !maySubscribe(entry));
    this.#policy = policy;
    const change = this.channels.renew(channels, before.channels);
    const granted = refused.filter((entry) => this.channels.has(entry.channel.id) && maySubscribe(entry));
    return {
      channels: {
        hidden: [...change.hidden, ...granted.map(({ channel }) => channel.id)],
        shown: [...change.shown, ...granted],
      },
      services: this.services.renew(services, before.services),
    };
  }
}
