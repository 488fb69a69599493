/**
 * What those who read a device's messages have seen, held against the model.
 */
import type { Ledger, ModelClient } from "./ledger.ts";
import type { Violations } from "./violation.ts";

/** Whom a reader may belong to, and how far it may have come with that client's messages: one that is kept comes again. */
type Places = ReadonlyMap<ModelClient, ReadonlyArray<number>>;

/**
 * What one control stream has shown of its client's reliable messages: all of them, in order, from the first one on. One
 * that ends early has shown a beginning of them.
 */
export class WholeReader {
  readonly #ledger: Ledger;
  readonly #violations: Violations;
  readonly #name: string;
  readonly #identity: string;
  #clients: ReadonlyArray<ModelClient> | undefined;
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
    const { channel } = published;
    this.#violations.check(
      channel.reliable,
      () => `${this.#name} got message ${seq} of ${channel.name}, which is lossy, on its control stream`,
    );
    const before = this.#clients ?? this.#unclaimed();
    this.#clients = before.filter(({ expected }) => expected[this.#seen] === seq);
    this.#violations.check(
      this.#clients.length > 0,
      () => `${this.#name} got message ${seq} of ${channel.name} where ${this.#due(before)} was due`,
    );
    this.#seen += 1;
    const [only, other] = this.#clients;
    if (only !== undefined && other === undefined) only.reader = this.#name;
  }

  /** The clients that are known to have no other reader. */
  #unclaimed(): ReadonlyArray<ModelClient> {
    return this.#ledger.clientsOf(this.#identity).filter(({ reader }) => reader === undefined);
  }

  #due(clients: ReadonlyArray<ModelClient>): string {
    const due = new Set(clients.flatMap(({ expected }) => expected[this.#seen] ?? []));
    return due.size === 0 ? "none" : [...due].join(" or ");
  }
}

/**
 * What one subscription of a library's viewer has shown: of each client and reliable channel a run without gaps, from the
 * first message on where the subscription was there first; of lossy channels nothing twice.
 */
export class SubscriptionReader {
  readonly #ledger: Ledger;
  readonly #violations: Violations;
  readonly #name: string;
  readonly #identity: string;
  readonly #topic: string;
  readonly #since: number;
  readonly #places = new Map<number, Places>();
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
  take(channelId: number, seq: number): void {
    const published = this.#ledger.message(this.#name, channelId, seq);
    if (published === undefined) return;
    const { channel } = published;
    this.#violations.check(
      channel.topic === this.#topic,
      () => `${this.#name} got message ${seq} of ${channel.name}, which is not on ${this.#topic}`,
    );
    if (!channel.reliable) {
      this.#violations.check(!this.#seen.has(seq), () => `${this.#name} got message ${seq} of ${channel.name} twice`);
    }
    this.#seen.add(seq);
    if (!channel.reliable) return;
    const before = this.#places.get(channelId);
    const after = this.#next(channelId, seq, before);
    this.#places.set(channelId, after);
    this.#violations.check(
      after.size > 0,
      () => `${this.#name} got message ${seq} of ${channel.name} where ${this.#due(channelId, before)} was due`,
    );
  }

  /** Where it may have come to with this message: one further with the same client, or to a client that came later. */
  #next(channelId: number, seq: number, before: Places | undefined): Places {
    const after = new Map<ModelClient, ReadonlyArray<number>>();
    const oldest = Math.min(...[...before?.keys() ?? []].map(({ rank }) => rank), Infinity);
    for (const client of this.#ledger.clientsOf(this.#identity)) {
      const expected = client.of(channelId);
      const further = (before?.get(client) ?? []).map((place) => place + 1).filter((place) => expected[place] === seq);
      const isNew = before === undefined || client.rank > oldest;
      const places = [...further, ...isNew ? this.#starts(client, channelId, seq) : []];
      if (places.length > 0) after.set(client, places);
    }
    return after;
  }

  /** Where it may begin with a client: with the first message, where it was there before the client was subscribed. */
  #starts(client: ModelClient, channelId: number, seq: number): ReadonlyArray<number> {
    const expected = client.of(channelId);
    const wasFirst = this.#since < (client.firstOpen.get(channelId) ?? 0);
    return expected.flatMap((one, place) => one === seq && (place === 0 || !wasFirst) ? [place] : []);
  }

  #due(channelId: number, places: Places | undefined): string {
    const due = [...places ?? []].flatMap(([client, at]) =>
      at.map((place) => client.of(channelId)[place + 1] ?? "none")
    );
    return due.length === 0 ? "none" : due.join(" or ");
  }
}
