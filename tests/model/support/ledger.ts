/**
 * The model: what was published, who was subscribed just then, and therefore what each reader must have seen.
 *
 * A reader is one control stream: from one `serverInfo` to the end of the stream or the next one. Which client, that is
 * which connection instance, a reader belongs to is found by what it reads: a message that was published while a client
 * of its identity was subscribed is that client's, since an identity has one client at a time.
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
  readonly byChannel: Map<number, Array<number>> = new Map();
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
    if (!channel.reliable) return seq;
    for (const client of clients) {
      client.expected.push(seq);
      const own = client.byChannel.get(channel.id);
      if (own === undefined) client.byChannel.set(channel.id, [seq]);
      else own.push(seq);
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
    this.#violations.check(
      published.clients.length > 0,
      () => `${reader} got message ${seq} of ${published.channel.name}, published while nobody was subscribed`,
    );
    return published;
  }

  /** Whose a reliable message is that a reader has got: the reader is that client's from now on. */
  owner(reader: string, identity: string, { channel, clients }: Published, seq: number): ModelClient | undefined {
    const client = clients.find((one) => one.identity === identity);
    this.#violations.check(
      client !== undefined,
      () => `${reader} got message ${seq} of ${channel.name}, published while ${identity} was not subscribed`,
    );
    if (client === undefined) return undefined;
    client.reader ??= reader;
    this.#violations.check(
      client.reader === reader,
      () => `${reader} got message ${seq} of ${channel.name}, which is for ${client.reader}`,
    );
    return client;
  }

  /** This library's viewers ask by themselves: what they ask for is not counted. */
  doesNotCount(identity: string): void {
    this.#uncounted.add(identity);
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

/**
 * What one reader has seen of its client's reliable messages: all of them, in order, from the first one on. A reader that
 * ends early has seen a beginning of them.
 */
export class WholeReader {
  readonly #ledger: Ledger;
  readonly #violations: Violations;
  readonly #name: string;
  readonly #identity: string;
  #client: ModelClient | undefined;
  #seen = 0;

  constructor(ledger: Ledger, violations: Violations, name: string, identity: string) {
    this.#ledger = ledger;
    this.#violations = violations;
    this.#name = name;
    this.#identity = identity;
  }

  /** A message has come on the control stream. */
  take(channelId: number, seq: number): void {
    const published = this.#ledger.message(this.#name, channelId, seq);
    if (published === undefined) return;
    this.#violations.check(
      published.channel.reliable,
      () => `${this.#name} got message ${seq} of ${published.channel.name}, which is lossy, on its control stream`,
    );
    const owner = this.#ledger.owner(this.#name, this.#identity, published, seq);
    if (owner === undefined) return;
    this.#client ??= owner;
    const due = this.#client.expected[this.#seen];
    this.#violations.check(
      owner === this.#client && due === seq,
      () => `${this.#name} got message ${seq} of ${published.channel.name} where ${due ?? "none"} was due`,
    );
    this.#seen = this.#client.expected.indexOf(seq) + 1;
  }
}

/**
 * What one subscription of a library's viewer has seen: of each client and reliable channel a run without gaps, from the
 * first message on when the subscription was there first; of lossy channels nothing twice.
 */
export class SubscriptionReader {
  readonly #ledger: Ledger;
  readonly #violations: Violations;
  readonly #name: string;
  readonly #identity: string;
  readonly #topic: string;
  readonly #since: number;
  readonly #last = new Map<ModelClient, Map<number, number>>();
  readonly #seen = new Set<number>();

  constructor(ledger: Ledger, violations: Violations, name: string, identity: string, topic: string) {
    this.#ledger = ledger;
    this.#violations = violations;
    this.#name = name;
    this.#identity = identity;
    this.#topic = topic;
    this.#since = ledger.now;
  }

  /** Whether it has seen the message. */
  has(seq: number): boolean {
    return this.#seen.has(seq);
  }

  /** A message has come. */
  take(channelId: number, seq: number, link: string): void {
    const published = this.#ledger.message(this.#name, channelId, seq);
    if (published === undefined) return;
    const { channel } = published;
    this.#violations.check(
      channel.topic === this.#topic,
      () => `${this.#name} got message ${seq} of ${channel.name}, which is not on ${this.#topic}`,
    );
    this.#violations.check(!this.#seen.has(seq), () => `${this.#name} got message ${seq} of ${channel.name} twice`);
    this.#seen.add(seq);
    if (channel.reliable) this.#takeReliable(published, seq, link);
  }

  #takeReliable(published: Published, seq: number, link: string): void {
    const { channel } = published;
    const client = this.#ledger.owner(link, this.#identity, published, seq);
    if (client === undefined) return;
    const expected = client.byChannel.get(channel.id) ?? [];
    const at = expected.indexOf(seq);
    const ofClient = this.#last.get(client) ?? new Map<number, number>();
    this.#last.set(client, ofClient);
    const last = ofClient.get(channel.id);
    ofClient.set(channel.id, at);
    const wasFirst = this.#since < (client.firstOpen.get(channel.id) ?? 0);
    const isDue = last === undefined ? !wasFirst || at === 0 : at === last + 1;
    this.#violations.check(
      isDue,
      () => `${this.#name} got message ${seq} of ${channel.name} where ${expected[(last ?? -1) + 1]} was due`,
    );
  }
}
