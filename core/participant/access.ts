/**
 * What one connection instance may do, and which channels it has been told of because of that.
 */
import type { ChannelEntry } from "../channel/channel_registry.ts";
import type { Operation, Policy } from "../session/policy.ts";

/** What another policy has changed for a viewer. */
export interface AccessChange {
  /** The ids of channels that it has been told of and may not see any more. */
  readonly hidden: ReadonlyArray<number>;
  /** Channels that it may see now and has not been told of. */
  readonly shown: ReadonlyArray<ChannelEntry>;
}

/**
 * The policy of an instance and the channels that it sees by it. Which channels those are is settled when they are
 * advertised, so that whatever is said of one later goes to just those who have been told of it.
 */
export class Access {
  #policy: Policy | undefined;
  /** What it has been told of; kept only for one that may not do everything. */
  readonly #seen = new Set<number>();

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

  /** Whether the instance has been told of the channel. */
  sees(channelId: number): boolean {
    return this.#policy === undefined || this.#seen.has(channelId);
  }

  /** Those of the channels that it may see, which it is told of now. The same array, where these are all. */
  show(entries: ReadonlyArray<ChannelEntry>): ReadonlyArray<ChannelEntry> {
    const policy = this.#policy;
    if (policy === undefined) return entries;
    const shown = entries.filter(({ channel }) => policy.allows("see", channel.topic));
    for (const { channel } of shown) this.#seen.add(channel.id);
    return shown.length === entries.length ? entries : shown;
  }

  /** A channel is gone. `true`: the instance has been told of it, and is to be told of its end. */
  hide(channelId: number): boolean {
    return this.#policy === undefined || this.#seen.delete(channelId);
  }

  /** Another policy holds from now on. `told`: the channels that all those have been told of who may see everything. */
  replace(policy: Policy | undefined, told: ReadonlyArray<ChannelEntry>): AccessChange {
    const before = new Set(told.filter(({ channel }) => this.sees(channel.id)));
    this.#policy = policy;
    this.#seen.clear();
    const after = new Set(this.show(told));
    return {
      hidden: [...before].filter((entry) => !after.has(entry)).map(({ channel }) => channel.id),
      shown: [...after].filter((entry) => !before.has(entry)),
    };
  }
}
