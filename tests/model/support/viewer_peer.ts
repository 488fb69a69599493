/**
 * A viewer of this library, and an application that takes its messages in one way or another.
 */
import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import * as Latch from "effect/Latch";
import * as Stream from "effect/Stream";
import { type ChannelInfo, type Message, type Subscription, Viewer, type ViewerStatus } from "../../../mod.ts";
import { CollectedLog } from "../../support/log.ts";
import { DeviceSide, numberOf, ROVER } from "./device_side.ts";
import { SubscriptionReader } from "./readers.ts";
import type { Peer, PeerOptions } from "./peer.ts";
import { ALL_SLOTS, type Taking } from "./program.ts";
import { ViewerAbilities } from "./viewer_abilities.ts";

/** A subscription that is open. */
interface Wanted {
  readonly subscription: Subscription;
  readonly reader: SubscriptionReader;
}

export class ViewerPeer implements Peer {
  readonly identity: string;
  readonly name: string;
  readonly abilities: ViewerAbilities;
  readonly #options: PeerOptions;
  readonly #gate: Latch.Latch = Latch.makeUnsafe(true);
  readonly #wanted = new Map<string, Wanted>();
  readonly #log = new CollectedLog();
  /** What the application has been told of channels, by id. */
  readonly #known = new Map<number, ChannelInfo>();
  #subscriptions = 0;
  #viewer: Viewer | undefined;
  #life: Fiber.Fiber<unknown, unknown> | undefined;
  #device: "met" | "left" | undefined;
  #status: ViewerStatus | undefined;

  constructor(options: PeerOptions) {
    this.identity = options.identity;
    this.name = options.name;
    this.#options = options;
    this.abilities = new ViewerAbilities(options, () => this.#viewer);
    options.ledger.doesNotCount(options.identity);
    options.asks.numbers(options.identity);
  }

  join(): void {
    const { hub, setup, calls, identity } = this.#options;
    const transport = hub.transport({ identity, windowBytes: setup.windowBytes });
    const made = Viewer.make(transport, {
      log: this.#log.log,
      limits: { reliableBytes: 2_000, lossyMessages: 8, queueFrames: 16 },
      onConnection: (status) => this.#connection(status),
      onDevice: () => this.#met(),
      onDeviceLeft: () => this.#deviceLeft(),
      onChannels: (advertised, removed) => this.#channels(advertised, removed),
    });
    const life = Effect.gen({ self: this }, function* () {
      this.#viewer = yield* made;
      calls.begin(`device of ${this.name}`, this.#viewer.deviceEffect);
      yield* this.#viewer.closedEffect;
    });
    calls.begin(
      `life of ${this.name}`,
      Effect.withFiber((fiber) => {
        this.#life = fiber;
        return Effect.scoped(life);
      }),
    );
  }

  leave(): void {
    const life = this.#life;
    if (life !== undefined) this.#options.calls.begin(`leave of ${this.name}`, Fiber.interrupt(life));
  }

  get isIn(): boolean {
    return this.#status === "connected";
  }

  get hasMet(): boolean {
    return this.#viewer?.serverInfo !== undefined;
  }

  subscribe(slots: ReadonlyArray<number>, taking: Taking): void {
    const viewer = this.#viewer;
    if (viewer === undefined) return;
    for (const topic of new Set(slots.map((slot) => DeviceSide.topicOf(slot)))) {
      if (this.#wanted.has(topic)) continue;
      const { ledger, violations } = this.#options;
      this.#subscriptions += 1;
      const name = `${this.name} subscription ${this.#subscriptions}`;
      const reader = new SubscriptionReader(ledger, violations, name, this.identity, topic);
      const subscription = viewer.subscribe(topic);
      this.#wanted.set(topic, { subscription, reader });
      this.#take(subscription, taking, (message) => {
        const seq = numberOf(message.text());
        this.#options.trace.add(`${name} got ${seq}`);
        reader.take(message.channel.id, seq);
      });
    }
  }

  unsubscribe(slots: ReadonlyArray<number>): void {
    for (const slot of slots) {
      const topic = DeviceSide.topicOf(slot);
      this.#wanted.get(topic)?.subscription.close();
      this.#wanted.delete(topic);
    }
  }

  pause(): void {
    this.#gate.closeUnsafe();
  }

  resume(): void {
    this.#gate.openUnsafe();
  }

  /** This library's viewer says nothing that it should not. */
  junk(): void {}

  /** Messages are looked at as they come. */
  collect(): void {}

  /** It pings by itself. */
  ping(): void {}

  stir(): void {}

  wantAll(): void {
    this.subscribe(ALL_SLOTS, "callback");
  }

  checkChannels(): void {
    const { violations, device, ledger } = this.#options;
    const names = (ids: Iterable<number>): string =>
      [...ids].sort((a, b) => a - b).map((id) => ledger.channel(id)?.name ?? `unknown ${id}`).join();
    const open = names(device.channels.map(({ model }) => model.id));
    const known = names(this.#viewer?.channels.keys() ?? []);
    violations.check(known === open, () => `${this.name} knows the channels ${known} where there are ${open}`);
    const told = names(this.#known.keys());
    violations.check(told === open, () => `${this.name} was told of the channels ${told} where there are ${open}`);
  }

  checkGot(seqs: ReadonlyArray<number>): void {
    const { violations, ledger } = this.#options;
    for (const seq of seqs) {
      const channel = ledger.channelOf(seq);
      if (channel === undefined) continue;
      const has = this.#wanted.get(channel.topic)?.reader.has(seq) ?? false;
      violations.check(has, () => `${this.name} has not got message ${seq} of ${channel.name} in a calm time`);
    }
  }

  /** Its log has no errors, and nothing of it goes on. */
  checkEnded(): void {
    this.abilities.checkEmpty();
    for (const { level, message, fields } of this.#log.lines) {
      if (level !== "error") continue;
      this.#options.violations.check(false, () => `${this.name} logs: ${message} (${String(fields["error"])})`);
    }
  }

  #take(subscription: Subscription, taking: Taking, take: (message: Message) => void): void {
    const { calls } = this.#options;
    const gate = this.#gate;
    switch (taking) {
      case "callback":
        subscription.onMessage(take);
        return;
      case "stream": {
        const one = (message: Message) => Effect.andThen(gate.await, Effect.sync(() => take(message)));
        return calls.begin(`stream of ${this.name}`, Stream.runForEach(subscription.stream, one));
      }
      case "iterate": {
        const messages = subscription[Symbol.asyncIterator]();
        const all = Effect.gen(function* () {
          while (true) {
            yield* gate.await;
            const { done, value } = yield* Effect.promise(() => messages.next());
            if (done === true || value === undefined) return;
            take(value);
          }
        });
        return calls.begin(`iteration of ${this.name}`, all);
      }
    }
  }

  #connection(status: ViewerStatus): void {
    const { trace, violations } = this.#options;
    trace.add(`${this.name} ${status}`);
    const before = this.#status;
    violations.check(
      before !== "closed" && before !== status,
      () => `the connection of ${this.name} goes from ${before} to ${status}`,
    );
    this.#status = status;
  }

  #met(): void {
    const { trace, violations } = this.#options;
    trace.add(`${this.name} met its device`);
    violations.check(
      this.#known.size === 0,
      () => `${this.name} meets its device anew and has not been told that earlier channels are gone`,
    );
    violations.check(this.#viewer?.serverInfo?.name === ROVER, () => `${this.name} has no serverInfo in onDevice`);
    this.#device = "met";
  }

  #deviceLeft(): void {
    const { trace, violations } = this.#options;
    trace.add(`${this.name} lost its device`);
    violations.check(this.#device === "met", () => `${this.name} is told of the end of a device that it has not met`);
    violations.check(this.#known.size === 0, () => `${this.name} has lost its device and kept its channels`);
    this.#device = "left";
  }

  #channels(advertised: ReadonlyArray<ChannelInfo>, removed: ReadonlyArray<ChannelInfo>): void {
    const { violations } = this.#options;
    for (const { id, topic } of removed) {
      const had = this.#known.delete(id);
      violations.check(had, () => `${this.name} is told of the end of a channel of ${topic} that it never had`);
    }
    for (const info of advertised) {
      violations.check(!this.#known.has(info.id), () => `${this.name} is told of a channel of ${info.topic} twice`);
      this.#known.set(info.id, info);
    }
  }
}
