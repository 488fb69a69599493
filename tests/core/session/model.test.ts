/**
 * Latches and policies against a model: whatever is logged, subscribed to, reset, closed, left, allowed or denied in
 * whatever order, a subscriber gets the newest messages from before its subscription and then each one that follows, once
 * and in order, and is told of just those channels that it may see.
 */
import { assert, describe, it } from "vitest";
import * as Effect from "effect/Effect";
import type * as Scope from "effect/Scope";
import * as TestClock from "effect/testing/TestClock";
import * as fc from "fast-check";
import { LoopbackHub } from "../../../adapters/loopback/mod.ts";
import type { ClientMessage } from "../../../core/protocol/mod.ts";
import { type Channel, operator, type Policy, policyOf } from "../../../mod.ts";
import type { OutgoingByteStream } from "../../../transport/mod.ts";
import { type Device, startDevice } from "../../support/device.ts";
import { frames, RawViewer, subscribe } from "../../support/raw_viewer.ts";
import { advance, settle } from "../../support/settle.ts";
import { settings } from "../protocol/support/seed.ts";

const LATCHES = [1, 3, 7];
const VIEWERS = ["viewer-1", "viewer-2", "viewer-3"];

type Step =
  | { readonly do: "log"; readonly channel: number }
  | { readonly do: "subscribe" | "unsubscribe"; readonly viewer: number; readonly channels: ReadonlyArray<number> }
  | { readonly do: "turns"; readonly count: number }
  | { readonly do: "reset" }
  | { readonly do: "rejoin"; readonly viewer: number }
  | { readonly do: "renew"; readonly channel: number }
  | {
    readonly do: "policy";
    readonly viewer: number;
    readonly see: ReadonlyArray<number>;
    readonly subscribe: ReadonlyArray<number>;
  }
  | { readonly do: "refuse"; readonly viewer: number };

const channel = fc.nat(LATCHES.length - 1);
const viewer = fc.nat(VIEWERS.length - 1);
const channels = fc.uniqueArray(channel, { minLength: 1 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant("log" as const), channel }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("subscribe" as const), viewer, channels }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("unsubscribe" as const), viewer, channels }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("turns" as const), count: fc.integer({ min: 1, max: 12 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("reset" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("rejoin" as const), viewer }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("renew" as const), channel }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("policy" as const),
      viewer,
      see: fc.subarray([0, 1, 2]),
      subscribe: fc.subarray([0, 1, 2]),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("refuse" as const), viewer }) },
);

const topic = (index: number) => `/${index}`;

/** One subscription from its beginning to its end, and what it must have brought. */
interface Expected {
  readonly on: RawViewer;
  readonly clientId: number;
  /** Which of the viewer's control streams it is on. */
  readonly stream: number;
  readonly channelId: number;
  readonly texts: Array<string>;
  isOver: boolean;
}

class Run {
  readonly #hub: LoopbackHub;
  readonly #device: Device;
  readonly #viewers: Array<RawViewer> = [];
  readonly #outgoing = new Map<RawViewer, OutgoingByteStream>();
  readonly #gone = new Set<RawViewer>();
  readonly #refused = new Set<RawViewer>();
  readonly #policies = new Map<RawViewer, Policy>();
  readonly #channels: Array<Channel> = [];
  readonly #logged = new Map<number, Array<string>>();
  readonly #expected: Array<Expected> = [];
  #count = 0;
  /** How many messages have come out of latches: a model without any would show nothing. */
  latched = 0;

  private constructor(hub: LoopbackHub, device: Device) {
    this.#hub = hub;
    this.#device = device;
  }

  static readonly start: Effect.Effect<Run, never, Scope.Scope> = Effect.orDie(Effect.gen(function* () {
    const hub = yield* LoopbackHub.make();
    const device = yield* startDevice(hub, {
      onSubscribe: ({ id, identity }, { id: channelId }) => run.#subscribed(id, identity, channelId),
      onUnsubscribe: ({ id }, { id: channelId }) => run.#unsubscribed(id, channelId),
    });
    const run: Run = new Run(hub, device);
    for (let index = 0; index < LATCHES.length; index += 1) run.#renew(index);
    for (const identity of VIEWERS) run.#viewers.push(yield* RawViewer.join(hub, identity));
    return run;
  }));

  take(one: Step): Effect.Effect<void, never, Scope.Scope> {
    switch (one.do) {
      case "log":
        return Effect.sync(() => this.#log(one.channel));
      case "subscribe":
        return this.#send(one.viewer, subscribe(...this.#ids(one.channels)));
      case "unsubscribe":
        return this.#send(one.viewer, { op: "unsubscribe", channelIds: this.#ids(one.channels) });
      case "turns":
        return Effect.asVoid(Effect.replicateEffect(Effect.yieldNow, one.count));
      case "reset":
        return this.#reset();
      case "rejoin":
        return this.#rejoin(one.viewer);
      case "renew":
        return Effect.sync(() => this.#renew(one.channel));
      case "policy":
        return this.#setPolicy(
          this.#viewers[one.viewer]!,
          policyOf({ see: one.see.map(topic), subscribe: one.subscribe.map(topic) }),
        );
      case "refuse":
        return Effect.sync(() => this.#refuse(this.#viewers[one.viewer]!));
    }
  }

  readonly check: Effect.Effect<void> = Effect.andThen(
    settle,
    Effect.sync(() => {
      const groups = new Map<string, ReadonlyArray<Expected>>();
      for (const one of this.#expected) {
        const key = `${one.on.sid} ${one.stream} ${one.channelId}`;
        groups.set(key, [...groups.get(key) ?? [], one]);
      }
      for (const [key, group] of groups) this.#checkOne(key, group);
      for (const one of [...this.#viewers, ...this.#gone]) this.#checkTold(one);
      // What is not expected anywhere must not have come either.
      for (const one of [...this.#viewers, ...this.#gone]) {
        one.controls.forEach(({ received }, stream) => {
          for (const message of received) {
            if (message.op === "messageData") assert.isTrue(groups.has(`${one.sid} ${stream} ${message.channelId}`));
          }
        });
      }
    }),
  );

  #checkOne(key: string, group: ReadonlyArray<Expected>): void {
    const { on, stream, channelId } = group[0]!;
    const texts = group.flatMap((one) => one.texts);
    const seen = on.controls[stream]!.received.flatMap((message) =>
      message.op === "messageData" && message.channelId === channelId ? [new TextDecoder().decode(message.data)] : []
    );
    const isCut = this.#gone.has(on) || stream < on.controls.length - 1;
    assert.deepStrictEqual(seen, isCut ? texts.slice(0, seen.length) : texts, key);
  }

  /** Each channel is told once, and taken back once; in the end the viewer knows those that it may see. */
  #checkTold(one: RawViewer): void {
    one.controls.forEach(({ received }, stream) => {
      const told = new Map<number, string>();
      for (const message of received) {
        if (message.op === "advertise") {
          for (const { id, topic: name } of message.channels) {
            assert.isFalse(told.has(id), `${name} is told twice`);
            told.set(id, name);
          }
        } else if (message.op === "unadvertise") {
          for (const id of message.channelIds) assert.isTrue(told.delete(id), `${id} has never been told`);
        }
      }
      const isLast = stream === one.controls.length - 1;
      if (!isLast || this.#gone.has(one) || this.#refused.has(one)) return;
      const policy = this.#policies.get(one) ?? operator;
      const seen = this.#channels.filter((made) => policy.allows("see", made.topic)).map(({ id }) => id);
      assert.sameMembers([...told.keys()], seen);
    });
  }

  #refuse(one: RawViewer): void {
    assert.strictEqual(this.#device.gateway.setPolicy(one.identity, "refused"), !this.#refused.has(one));
    this.#refused.add(one);
    assert.isFalse(this.#expected.some(({ on, isOver }) => on === one && !isOver));
  }

  #setPolicy(one: RawViewer, policy: Policy): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      const isBack = this.#refused.delete(one);
      if (isBack) yield* settle;
      this.#policies.set(one, policy);
      assert.isTrue(this.#device.gateway.setPolicy(one.identity, policy));
      for (const { on, isOver, channelId } of this.#expected) {
        if (on !== one || isOver) continue;
        const { topic: name } = this.#channels.find(({ id }) => id === channelId)!;
        assert.isTrue(policy.allows("see", name) && policy.allows("subscribe", name), `${name} is not ended`);
      }
      if (!isBack) return;
      yield* settle;
      this.#outgoing.delete(one);
    });
  }

  #log(index: number): void {
    const { id } = this.#channels[index]!;
    const text = `${this.#count}`;
    this.#count += 1;
    this.#logged.get(id)!.push(text);
    for (const one of this.#expected) if (one.channelId === id && !one.isOver) one.texts.push(text);
    this.#channels[index]!.log(text);
  }

  #subscribed(clientId: number, identity: string, channelId: number): void {
    const on = this.#viewers.find((one) => one.identity === identity)!;
    const index = this.#channels.findIndex(({ id }) => id === channelId);
    const texts = this.#logged.get(channelId)!.slice(-LATCHES[index]!);
    this.latched += texts.length;
    this.#expected.push({ on, clientId, stream: on.controls.length - 1, channelId, texts, isOver: false });
  }

  #unsubscribed(clientId: number, channelId: number): void {
    const found = this.#expected.filter((one) =>
      one.clientId === clientId && one.channelId === channelId && !one.isOver
    );
    assert.strictEqual(found.length, 1);
    found[0]!.isOver = true;
  }

  #renew(index: number): void {
    this.#channels[index]?.close();
    const made = this.#device.context.channel({
      topic: topic(index),
      encoding: "json",
      latch: LATCHES[index]!,
      separate: true,
    });
    this.#channels[index] = made;
    this.#logged.set(made.id, []);
  }

  #ids(indices: ReadonlyArray<number>): ReadonlyArray<number> {
    return indices.map((index) => this.#channels[index]!.id);
  }

  /** Sends without waiting for the device to take it. */
  #send(index: number, message: ClientMessage): Effect.Effect<void> {
    const from = this.#viewers[index]!;
    return Effect.orDie(Effect.gen({ self: this }, function* () {
      const stream = this.#outgoing.get(from) ?? (yield* from.open());
      this.#outgoing.set(from, stream);
      yield* stream.write(frames(message));
    }));
  }

  /** Has the device fail one write, and waits until the viewer that it was for is back. */
  #reset(): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      yield* settle;
      this.#hub.participant("rover").failWrites(1);
      this.#device.context.channel({ topic: "/other", encoding: "json", separate: true }).close();
      yield* settle;
      // The device may have given up the streams of viewers that spoke while they were not registered.
      this.#outgoing.clear();
      yield* advance(31_000, 31_000);
    });
  }

  #rejoin(index: number): Effect.Effect<void, never, Scope.Scope> {
    return Effect.orDie(Effect.gen({ self: this }, function* () {
      yield* settle;
      const leaving = this.#viewers[index]!;
      this.#gone.add(leaving);
      yield* leaving.leave;
      this.#viewers[index] = yield* RawViewer.join(this.#hub, VIEWERS[index]!);
    }));
  }
}

describe("latches and policies", () => {
  it("give each subscriber what it may have, every message once and in order, at every interleaving", async () => {
    let latched = 0;
    const scenario = (steps: ReadonlyArray<Step>) =>
      Effect.gen(function* () {
        const run = yield* Run.start;
        for (const one of steps) yield* run.take(one);
        yield* run.check;
        latched += run.latched;
      }).pipe(Effect.scoped, Effect.provide(TestClock.layer({ warningDelay: "1 hour" })));
    const steps = fc.array(step, { minLength: 5, maxLength: 60 });
    await fc.assert(fc.asyncProperty(steps, (some) => Effect.runPromise(scenario(some))), settings(80));
    assert.isAbove(latched, 50);
  });
});
