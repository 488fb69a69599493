/**
 * The model: what was published, who was subscribed just then, and therefore what each reader must have seen.
 *
 * A reader is one control stream: from one `serverInfo` to the end of the stream. Which client, that is which connection
 * instance, a reader belongs to is not told, so it is found by what it reads: every client of its identity counts whose
 * messages begin with those that the reader has seen. When there is none left, something is wrong.
 */
import type { Violations } from "./violation.ts";

/** A channel in its life from being opened to being closed. */
export interface ModelChannel {
  /** The device's number for it. */
  readonly id: number;
  /** How it is called in a trace: slot and generation, for example `1.2`. */
  readonly name: string;
  readonly topic: string;
  readonly reliable: boolean;
  /** How many messages it keeps for those who subscribe later. */
  readonly latch: number;
}

/** A message that was published. */
export interface Published {
  readonly channel: ModelChannel;
  /** The clients that were subscribed just then. */
  readonly clients: ReadonlyArray<ModelClient>;
}

/** A connection instance that has subscribed to something. */
export class ModelClient {
  /** Its number in this run: counted from 1 by the order in which it subscribed first. */
  readonly rank: number;
  readonly identity: string;
  /** Numbers of the reliable messages that it is to get, in order. */
  readonly expected: Array<number> = [];
  /** The same by channel. */
  readonly #byChannel: Map<number, Array<number>> = new Map();
  /** Channels that it is subscribed to, and when that began. */
  readonly open: Map<number, number> = new Map();
  /** When it was first subscribed to a channel. */
  readonly firstOpen: Map<number, number> = new Map();
  /** The reader that turned out to be its own. */
  reader: string | undefined;

  constructor(rank: number, identity: string) {
    this.rank = rank;
    this.identity = identity;
  }

  /** It is to get these messages of a channel. */
  expect(channelId: number, seqs: ReadonlyArray<number>): void {
    this.expected.push(...seqs);
    const own = this.#byChannel.get(channelId);
    if (own === undefined) this.#byChannel.set(channelId, [...seqs]);
    else own.push(...seqs);
  }

  /** What it is to get of a channel. */
  of(channelId: number): ReadonlyArray<number> {
    return this.#byChannel.get(channelId) ?? [];
  }
}

/** What happened on the device's side. */
export class Ledger {
  readonly #violations: Violations;
  readonly #clients = new Map<number, ModelClient>();
  /** The newest client of each identity. */
  readonly #newest = new Map<string, ModelClient>();
  readonly #published: Array<Published> = [];
  readonly #channels = new Map<number, ModelChannel>();
  /** How often an identity has asked for a channel, and how often it has been given it. */
  readonly #asked = new Map<string, number>();
  readonly #given = new Map<string, number>();
  /** What channels keep for those who subscribe next. */
  readonly #latched = new Map<number, ReadonlyArray<number>>();
  readonly #ranks = new Map<number, number>();
  readonly #offered = new Map<number, number>();
  readonly #uncounted = new Set<string>();
  #time = 0;

  constructor(violations: Violations) {
    this.#violations = violations;
  }

  /** A number that grows with everything that happens. */
  get now(): number {
    return this.#time;
  }

  /** All channels there have been. */
  channel(id: number): ModelChannel | undefined {
    return this.#channels.get(id);
  }

  /** All clients there have been. */
  get clients(): Iterable<ModelClient> {
    return this.#clients.values();
  }

  /** How a client is called in a trace: by the order in which clients were heard of. */
  nameOf(id: number, identity: string): string {
    const rank = this.#ranks.get(id) ?? this.#ranks.size + 1;
    this.#ranks.set(id, rank);
    return `client ${rank} ${identity}`;
  }

  /** A channel has been opened. */
  opened(channel: ModelChannel): void {
    this.#channels.set(channel.id, channel);
  }

  /** A message is about to be published; its number goes into it. */
  publish(channel: ModelChannel): number {
    this.#time += 1;
    const seq = this.#published.length;
    const clients = [...this.#newest.values()].filter(({ open }) => open.has(channel.id));
    this.#published.push({ channel, clients });
    // On a track one message is for all; elsewhere each subscriber has its own.
    this.#count(channel.id, channel.reliable ? clients.length : Math.min(clients.length, 1));
    if (!channel.reliable) return seq;
    for (const client of clients) client.expect(channel.id, [seq]);
    if (channel.latch > 0) {
      const kept = this.#latched.get(channel.id) ?? [];
      this.#latched.set(channel.id, [...kept, seq].slice(-channel.latch));
    }
    return seq;
  }

  /** A viewer has sent word that it wants a channel. */
  asked(identity: string, channelId: number): void {
    this.#time += 1;
    const key = `${identity} ${channelId}`;
    this.#asked.set(key, (this.#asked.get(key) ?? 0) + 1);
  }

  /** The device's application is told of a subscription. */
  subscribed(id: number, identity: string, channelId: number): ModelClient {
    this.#time += 1;
    const client = this.#client(id, identity);
    this.#violations.check(
      !client.open.has(channelId),
      () => `${this.#who(client)} is subscribed to ${this.#name(channelId)} a second time`,
    );
    client.open.set(channelId, this.#time);
    if (!client.firstOpen.has(channelId)) client.firstOpen.set(channelId, this.#time);
    const kept = this.#latched.get(channelId) ?? [];
    this.#count(channelId, kept.length);
    client.expect(channelId, kept);
    const key = `${identity} ${channelId}`;
    const given = (this.#given.get(key) ?? 0) + 1;
    this.#given.set(key, given);
    const asked = this.#asked.get(key) ?? 0;
    this.#violations.check(
      given <= asked || this.#uncounted.has(identity),
      () => `${identity} has asked ${asked} times for ${this.#name(channelId)} and is subscribed ${given} times`,
    );
    return client;
  }

  /** The device's application is told of the end of a subscription. */
  unsubscribed(id: number, identity: string, channelId: number): ModelClient {
    this.#time += 1;
    const client = this.#client(id, identity);
    this.#violations.check(
      client.open.delete(channelId),
      () => `${this.#who(client)} is unsubscribed from ${this.#name(channelId)} without having been subscribed`,
    );
    return client;
  }

  /** A message that has come; `undefined`, with a violation, when nothing like it was published. */
  message(reader: string, channelId: number, seq: number): Published | undefined {
    const published = this.#published[seq];
    const isRight = published !== undefined && published.channel.id === channelId;
    this.#violations.check(isRight, () => `${reader} got message ${seq} on channel ${channelId}: it never was there`);
    if (!isRight) return undefined;
    // One that is kept may have been published before anybody came.
    this.#violations.check(
      published.clients.length > 0 || published.channel.latch > 0,
      () => `${reader} got message ${seq} of ${published.channel.name}, published while nobody was subscribed`,
    );
    return published;
  }

  /** The clients of an identity, the oldest first. */
  clientsOf(identity: string): ReadonlyArray<ModelClient> {
    return [...this.#clients.values()].filter((client) => client.identity === identity);
  }

  /** This library's viewers ask by themselves: what they ask for is not counted. */
  doesNotCount(identity: string): void {
    this.#uncounted.add(identity);
  }

  /** How many messages were offered on each channel so far, to each of its subscribers or on a track. */
  get offered(): ReadonlyMap<number, number> {
    return new Map(this.#offered);
  }

  /** The channel that a message was published on. */
  channelOf(seq: number): ModelChannel | undefined {
    return this.#published[seq]?.channel;
  }

  /** Whether an identity has ever been subscribed to a channel. */
  hasGiven(identity: string, channelId: number): boolean {
    return this.#given.has(`${identity} ${channelId}`);
  }

  /** How a client is called in a message. */
  #who({ rank, identity }: ModelClient): string {
    return `client ${rank} (${identity})`;
  }

  #count(channelId: number, messages: number): void {
    this.#offered.set(channelId, (this.#offered.get(channelId) ?? 0) + messages);
  }

  #name(channelId: number): string {
    return this.#channels.get(channelId)?.name ?? `unknown channel ${channelId}`;
  }

  #client(id: number, identity: string): ModelClient {
    const known = this.#clients.get(id);
    const newest = this.#newest.get(identity);
    if (known !== undefined) {
      this.#violations.check(
        known === newest,
        () => `${this.#who(known)} is heard of after ${newest === undefined ? "nobody" : this.#who(newest)}`,
      );
      return known;
    }
    this.#violations.check(
      newest === undefined || newest.open.size === 0,
      () => `a new client of ${identity} is heard of while client ${newest?.rank} has not been cleaned up after`,
    );
    const client = new ModelClient(this.#clients.size + 1, identity);
    this.#clients.set(id, client);
    this.#newest.set(identity, client);
    return client;
  }
}
