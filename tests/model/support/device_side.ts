/**
 * The device of a run: a context and the gateway that offers it, with everything that its application is told held
 * against the model.
 */
import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import * as Scope from "effect/Scope";
import type { LoopbackHub } from "../../../adapters/loopback/mod.ts";
import { type Channel, Context, type Flow, Gateway, type GatewayStatus } from "../../../mod.ts";
import type { Transport } from "../../../transport/mod.ts";
import { CollectedLog } from "../../support/log.ts";
import type { Calls } from "./calls.ts";
import type { Ledger, ModelChannel } from "./ledger.ts";
import type { OfferingSide } from "./offering.ts";
import { type Setup, SLOTS } from "./program.ts";
import type { RunTrace } from "./trace.ts";
import type { Violations } from "./violation.ts";

/** The identity of the device. */
export const ROVER = "rover";
/** Messages carry their number in the first bytes of their text. */
const NUMBER = /^(\d+) /;
const TOPICS = 3;

/** Errors in the log that faults of a program bring about. Any other one is a bug. */
const EXPECTED_ERRORS = [
  "a viewer's control stream cannot be opened; the viewer is not registered",
  "a message of a viewer that is not registered; its stream is not read on",
  "a viewer's message cannot be read and is skipped",
  "a viewer's stream is not read on",
  "reading a viewer's stream has failed",
  "writing to a channel stream has failed; the message is lost",
  "a channel stream cannot be opened; the message is lost",
  "publishing a data track has failed; it is tried again",
];

/** A channel slot in use. */
interface OpenChannel {
  readonly channel: Channel;
  readonly model: ModelChannel;
}

/** What a run gives to its device. */
export interface DeviceSideOptions {
  readonly hub: LoopbackHub;
  readonly setup: Setup;
  readonly ledger: Ledger;
  readonly violations: Violations;
  readonly trace: RunTrace;
  readonly calls: Calls;
  readonly offering: OfferingSide;
  /** Breaks the device's transport on purpose. */
  readonly plant: (transport: Transport) => Transport;
}

export class DeviceSide {
  readonly log: CollectedLog = new CollectedLog();
  readonly #options: DeviceSideOptions;
  readonly #context: Context;
  readonly #slots: Array<OpenChannel | undefined> = Array(SLOTS).fill(undefined);
  readonly #generations: Array<number> = Array(SLOTS).fill(0);
  #gateway: Gateway | undefined;
  #scope: Scope.Closeable | undefined;
  readonly #untold = new Set<number>();
  /** What errors said that are looked at already. */
  readonly #errors: Array<string> = [];
  #restarting = false;
  /** What had been offered before the gateway began to count. */
  #before: ReadonlyMap<number, number> = new Map();
  /** Whether the gateway has lost a session: what is published while it ends is offered to nobody. */
  #hasLostSession = false;

  private constructor(options: DeviceSideOptions, context: Context) {
    this.#options = options;
    this.#context = context;
  }

  /** Starts the device. */
  static readonly start: (options: DeviceSideOptions) => Effect.Effect<DeviceSide> = Effect.fnUntraced(
    function* (options: DeviceSideOptions) {
      const clock = (yield* Context.make).clock;
      const made: { device?: DeviceSide } = {};
      const context = new Context({ clock, log: (...line) => made.device?.log.log(...line) });
      const device = new DeviceSide(options, context);
      made.device = device;
      yield* device.#makeGateway;
      return device;
    },
  );

  /** The open channels, by slot. */
  get channels(): ReadonlyArray<OpenChannel> {
    return this.#slots.filter((open) => open !== undefined);
  }

  /** The channel in a slot. */
  channelIn(slot: number): OpenChannel | undefined {
    return this.#slots[slot];
  }

  /** Whether anybody can know of a channel: those that are made in one go are told at the end of it. */
  isTold(channelId: number): boolean {
    return !this.#untold.has(channelId);
  }

  /** The topic of a slot; some share one. */
  static topicOf(slot: number): string {
    return `/t${slot % TOPICS}`;
  }

  /** Opens a channel in a slot that is free. */
  open(slot: number, reliable: boolean, latch: number): void {
    if (this.#slots[slot] !== undefined) return;
    const topic = DeviceSide.topicOf(slot);
    const channel = this.#context.channel({
      topic,
      encoding: "json",
      qos: reliable ? "reliable" : "lossy",
      separate: true,
      ...(reliable && latch > 0 ? { latch } : {}),
    });
    this.#generations[slot]! += 1;
    const model = {
      id: channel.id,
      name: `${slot}.${this.#generations[slot]}`,
      topic,
      reliable,
      latch: reliable ? latch : 0,
    };
    this.#slots[slot] = { channel, model };
    this.#options.ledger.opened(model);
    this.#untold.add(model.id);
    queueMicrotask(() => this.#untold.delete(model.id));
  }

  /** Closes the channel in a slot. */
  close(slot: number): void {
    const open = this.#slots[slot];
    this.#slots[slot] = undefined;
    open?.channel.close();
  }

  /** Publishes messages on the channel in a slot; tells their numbers. */
  publish(slot: number, count: number, bytes: number): ReadonlyArray<number> {
    const open = this.#slots[slot];
    if (open === undefined) return [];
    return Array.from({ length: count }, () => {
      const seq = this.#options.ledger.publish(open.model);
      open.channel.log(`${seq} `.padEnd(bytes, "."));
      return seq;
    });
  }

  /** The gateway, unless it is being started anew. */
  get gateway(): Gateway | undefined {
    return this.#gateway;
  }

  /** Waits until everything has been written, for so long at most. */
  drain(): void {
    const gateway = this.#gateway;
    if (gateway !== undefined) this.#options.calls.begin("gateway.drain", gateway.drainEffect());
  }

  /** Waits for room on the channel in a slot. */
  ready(slot: number): void {
    const open = this.#slots[slot];
    if (open !== undefined) this.#options.calls.begin(`ready of channel ${open.model.name}`, open.channel.readyEffect);
  }

  /** Closes the gateway and starts another one with the same channels. */
  restart(): void {
    if (this.#restarting) return;
    this.#restarting = true;
    this.#options.trace.add("device restarts");
    const again = Effect.andThen(this.#closeGateway, this.#makeGateway);
    this.#options.calls.begin("gateway.close", Effect.ensuring(again, Effect.sync(() => this.#restarting = false)));
  }

  /** Ends the device for good. */
  get end(): Effect.Effect<void> {
    return this.#closeGateway;
  }

  /** What was published is what was delivered, dropped or is queued, and as much as the model says was offered. */
  checkStats(): void {
    const { violations, ledger } = this.#options;
    const stats = this.#gateway?.stats();
    if (stats === undefined) return;
    const { channels, closedChannels, control, goneControl } = stats;
    for (const flow of [closedChannels, goneControl, ...control]) this.#checkFlow("other frames", flow);
    for (const { channelId, carrier, total, viewers } of channels) {
      const name = ledger.channel(channelId)?.name ?? "an unknown channel";
      for (const flow of [total, ...viewers]) this.#checkFlow(name, flow);
      if (carrier === "channel-stream") continue;
      const offered = (ledger.offered.get(channelId) ?? 0) - (this.#before.get(channelId) ?? 0);
      const counted = total.published.messages;
      violations.check(
        counted === offered || this.#hasLostSession && counted < offered,
        () => `${counted} messages of ${name} are counted where ${offered} were offered`,
      );
    }
  }

  #checkFlow(name: string, { published, delivered, dropped, queued, drops }: Flow): void {
    const { violations } = this.#options;
    for (const unit of ["messages", "bytes"] as const) {
      const sum = delivered[unit] + dropped[unit] + queued[unit];
      const reasons = Object.values(drops).reduce((total, drop) => total + drop[unit], 0);
      violations.check(
        published[unit] === sum && dropped[unit] === reasons,
        () =>
          `of ${published[unit]} ${unit} of ${name}, ${delivered[unit]} are delivered, ${dropped[unit]} dropped ` +
          `(${reasons} by reason) and ${queued[unit]} queued`,
      );
    }
  }

  /** The gateway says of these viewers that they are there, and of no others but those that are in the room. */
  checkPresent(identities: ReadonlyArray<string>): void {
    const { violations, hub } = this.#options;
    const present = new Set(this.#gateway?.viewers.map(({ client }) => client.identity));
    for (const identity of identities) {
      violations.check(present.has(identity), () => `${identity} is not told as there`);
    }
    for (const identity of present) {
      violations.check(hub.identities().includes(identity), () => `${identity} is told as there and has left`);
    }
  }

  /** Nothing is left of any viewer. The session says how many it has every 30 s. */
  checkEmpty(): void {
    const { violations } = this.#options;
    const last = this.log.lines.findLast(({ message }) => message === "the session goes on")?.fields;
    violations.check(
      last?.["viewers"] === 0 && last["subscriptions"] === 0,
      () =>
        `all viewers have left, but the session has ${last?.["viewers"]} with ${last?.["subscriptions"]} subscriptions`,
    );
    for (const { channel, model } of this.channels) {
      violations.check(!channel.hasSubscribers, () => `all viewers have left, but ${model.name} has subscribers`);
    }
    this.checkPresent([]);
    this.#options.offering.checkEmpty();
    this.checkCleanedUp();
  }

  /** Every client has been told of as gone. */
  checkCleanedUp(): void {
    const { violations, ledger } = this.#options;
    for (const { rank, identity, open } of ledger.clients) {
      violations.check(open.size === 0, () => `client ${rank} (${identity}) has gone and was not cleaned up after`);
    }
  }

  /** Lets go of what its log knows of errors: they hold on to whatever they have come through. */
  forgetErrors(): void {
    this.checkLog();
    const lines = this.log.lines.splice(0).map(({ level, message }) => ({ level, message, fields: {} }));
    this.log.lines.push(...lines.filter(({ level }) => level !== "error"));
    this.#errors.push(...lines.filter(({ level }) => level === "error").map(({ message }) => message));
  }

  /** All that it has logged, in whatever order. */
  get messages(): ReadonlyArray<string> {
    return [...this.log.lines.map(({ message }) => message), ...this.#errors];
  }

  /** The log has no errors but those that faults bring about. */
  checkLog(): void {
    const { violations } = this.#options;
    for (const { level, message, fields } of this.log.lines) {
      if (level !== "error" || EXPECTED_ERRORS.includes(message)) continue;
      violations.check(false, () => `an error in the log: ${message} (${String(fields["error"])})`);
    }
  }

  readonly #closeGateway: Effect.Effect<void> = Effect.suspend(() => {
    const scope = this.#scope;
    this.#gateway = undefined;
    this.#scope = undefined;
    return scope === undefined ? Effect.void : Scope.close(scope, Exit.void);
  });

  readonly #makeGateway: Effect.Effect<void> = Effect.suspend(() => {
    const { hub, setup, ledger, trace, violations, offering, plant } = this.#options;
    const statuses: Array<GatewayStatus> = [];
    const heard = (what: string): void =>
      violations.check(statuses.at(-1) !== "shut-down", () => `${what} is told after the gateway has shut down`);
    const made = Gateway.make({
      name: ROVER,
      context: this.#context,
      transport: plant(hub.transport({ identity: ROVER, dataTracks: setup.dataTracks, writeBytes: 300 })),
      limits: {
        queueFrames: setup.queueFrames,
        channelStreamMessages: 16,
        serviceCalls: 4,
        assetFetches: 4,
        parameterRequests: 4,
      },
      log: this.log.log,
      ...offering.options(heard),
      onSubscribe: (client, { id }) => {
        heard("onSubscribe");
        const { rank } = ledger.subscribed(client.id, client.identity, id);
        trace.add(`+ client ${rank} ${client.identity} ${ledger.channel(id)?.name}`);
      },
      onUnsubscribe: (client, { id }) => {
        heard("onUnsubscribe");
        const { rank } = ledger.unsubscribed(client.id, client.identity, id);
        trace.add(`- client ${rank} ${client.identity} ${ledger.channel(id)?.name}`);
      },
      onStatus: (status) => {
        heard(`status ${status}`);
        violations.check(
          isNext(statuses.at(-1), status),
          () => `the gateway's status goes from ${statuses.at(-1)} to ${status}`,
        );
        if (statuses.at(-1) === "connected") this.#hasLostSession = true;
        statuses.push(status);
        trace.add(`device ${status}`);
      },
    });
    return Effect.gen({ self: this }, function* () {
      this.#before = ledger.offered;
      this.#hasLostSession = false;
      const scope = yield* Scope.make();
      this.#scope = scope;
      this.#gateway = yield* Effect.orDie(Scope.provide(made, scope));
      offering.attach(this.#gateway);
    });
  });
}

/** The number of a message, from its text. */
export function numberOf(text: string): number {
  return Number(NUMBER.exec(text)?.[1] ?? Number.NaN);
}

function isNext(before: GatewayStatus | undefined, status: GatewayStatus): boolean {
  switch (status) {
    case "connecting":
      return before === undefined || before === "connected";
    case "connected":
      return before === "connecting";
    case "shutting-down":
      return before === "connecting" || before === "connected";
    case "shut-down":
      return before === "shutting-down";
  }
}
