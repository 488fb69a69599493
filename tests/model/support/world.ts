/**
 * Runs a program: does its steps, then makes everything calm, looks at what must hold, and takes everything apart.
 */
import * as Effect from "effect/Effect";
import * as FiberSet from "effect/FiberSet";
import * as Scope from "effect/Scope";
import * as TestClock from "effect/testing/TestClock";
import { LoopbackHub } from "../../../adapters/loopback/mod.ts";
import { currentClock } from "../../../core/clock.ts";
import type { Client, Gateway } from "../../../mod.ts";
import type { Transport } from "../../../transport/mod.ts";
import { settle } from "../../support/settle.ts";
import { Asks } from "./asks.ts";
import { Calls } from "./calls.ts";
import { DeviceSide, ROVER } from "./device_side.ts";
import { allIsWell, disturb } from "./disturb.ts";
import { Ledger } from "./ledger.ts";
import { OfferingSide, PARAMETERS } from "./offering.ts";
import type { Peer } from "./peer.ts";
import { ALL_SLOTS, DEVICE, type Program, type Step, type ViewerKind, VIEWERS } from "./program.ts";
import { RawPeer } from "./raw_peer.ts";
import { RunTrace } from "./trace.ts";
import { ViewerPeer } from "./viewer_peer.ts";
import { Violations } from "./violation.ts";

/** What a run has come to. */
export interface Outcome {
  /** What was not as it must be; none: all is well. */
  readonly violations: ReadonlyArray<string>;
  /** What was seen, line by line. */
  readonly trace: ReadonlyArray<string>;
  /** What the device has logged: which of all that can happen has happened. */
  readonly log: ReadonlyArray<string>;
}

/** Makes the device's transport a broken one, to see whether that is found. */
export type Plant = (transport: Transport) => Transport;

/** Long enough for every back-off of either end, one after another. */
const CALM_MS = 150_000;
const STEP_MS = 10_000;
const PROBES = 2;
/** Graphs that have something and lack something of each other. */
const GRAPHS = [0b0110, 0b1001];

class World {
  readonly #hub: LoopbackHub;
  readonly #program: Program;
  readonly #violations: Violations;
  readonly #trace: RunTrace;
  readonly #calls: Calls;
  readonly #ledger: Ledger;
  readonly #device: DeviceSide;
  readonly #asks: Asks;
  readonly #offering: OfferingSide;
  readonly #at: (moment: Moment) => void;
  readonly #peers: Array<Peer | undefined> = Array(VIEWERS).fill(undefined);
  /** Every viewer there has been. */
  readonly #all: Array<Peer> = [];
  readonly #toldOddly = new Set<string>();

  constructor(parts: {
    readonly hub: LoopbackHub;
    readonly program: Program;
    readonly violations: Violations;
    readonly trace: RunTrace;
    readonly calls: Calls;
    readonly ledger: Ledger;
    readonly device: DeviceSide;
    readonly asks: Asks;
    readonly offering: OfferingSide;
    readonly at: (moment: Moment) => void;
  }) {
    this.#hub = parts.hub;
    this.#program = parts.program;
    this.#violations = parts.violations;
    this.#trace = parts.trace;
    this.#calls = parts.calls;
    this.#ledger = parts.ledger;
    this.#device = parts.device;
    this.#asks = parts.asks;
    this.#offering = parts.offering;
    this.#at = parts.at;
  }

  /** Does everything. */
  get run(): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      for (const step of this.#program.steps) {
        yield* this.#take(step);
        this.#collect();
        this.#device.checkStats();
      }
      yield* this.#calm;
      yield* this.#lookAround;
      yield* this.#takeApart;
    });
  }

  #take(step: Step): Effect.Effect<void> {
    switch (step.do) {
      case "wait":
        return Effect.andThen(TestClock.adjust(step.ms), Effect.yieldNow);
      case "turns":
        return turns(step.turns);
      default:
        return Effect.sync(() => this.#do(step));
    }
  }

  #do(step: Exclude<Step, { do: "wait" | "turns" }>): void {
    const peer = "who" in step ? this.#peers[step.who] : undefined;
    switch (step.do) {
      case "join":
        return this.#join(step.who, step.kind);
      case "leave":
        this.#peers[step.who] = undefined;
        return peer?.leave();
      case "subscribe":
        return peer?.subscribe(step.slots, step.taking);
      case "unsubscribe":
        return peer?.unsubscribe(step.slots);
      case "pause":
        return peer?.pause();
      case "resume":
        return peer?.resume();
      case "junk":
        return peer?.junk(step.junk);
      case "open":
        return this.#device.open(step.slot, step.reliable, step.latch);
      case "close":
        return this.#device.close(step.slot);
      case "publish":
        return void this.#device.publish(step.slot, step.count, step.bytes);
      case "drain":
        return this.#device.drain();
      case "ready":
        return this.#device.ready(step.slot);
      case "restart":
        return this.#device.restart();
      case "end-room":
        return this.#hub.endRoom();
      case "ping":
        return peer?.ping();
      case "ask":
        return peer?.abilities.ask(step.asked);
      case "watch":
        return peer?.abilities.watch(step.names);
      case "unwatch":
        return peer?.abilities.unwatch();
      case "follow":
        return peer?.abilities.follow();
      case "unfollow":
        return peer?.abilities.unfollow();
      case "open-own":
        return peer?.abilities.openOwn(step.own);
      case "close-own":
        return peer?.abilities.closeOwn(step.own);
      case "publish-own":
        return peer?.abilities.publishOwn(step.own, step.count);
      case "parameters":
        return this.#withGateway((gateway) => this.#offering.publishParameters(gateway, step.names));
      case "graph":
        return this.#withGateway((gateway) => this.#offering.publishGraph(gateway, step.graph));
      case "service":
        return this.#withGateway((gateway) => this.#offering.toggleService(gateway));
      case "events":
        return this.#tellOddly(step);
      default:
        return disturb(this.#hub.participant(identityOf(step.who)), step);
    }
  }

  /** A viewer joins. When there is one already it is the same person who comes anew, from another place. */
  #join(who: number, kind: ViewerKind): void {
    const prior = this.#peers[who];
    const identity = identityOf(who);
    const name = `${identity} (${this.#all.filter((peer) => peer.identity === identity).length + 1})`;
    const options = {
      hub: this.#hub,
      setup: this.#program.setup,
      device: this.#device,
      ledger: this.#ledger,
      violations: this.#violations,
      trace: this.#trace,
      calls: this.#calls,
      asks: this.#asks,
      offering: this.#offering,
      identity,
      name,
    };
    const peer = kind === "viewer"
      ? new ViewerPeer(options)
      : new RawPeer(options, kind === "raw" ? undefined : "2.3.0");
    this.#peers[who] = peer;
    this.#all.push(peer);
    this.#trace.add(`${name} joins`);
    peer.join();
    // This library's own would come back and take the place from the new one, for ever.
    if (prior instanceof ViewerPeer) prior.leave();
  }

  #withGateway(use: (gateway: Gateway) => unknown): void {
    const { gateway } = this.#device;
    if (gateway !== undefined) use(gateway);
  }

  /** Once for each kind of event: those of one kind are told in their order, however late. */
  #tellOddly({ who, event, delayMs, times }: Extract<Step, { readonly do: "events" }>): void {
    const key = `${who} ${event}`;
    if (this.#toldOddly.has(key)) return;
    this.#toldOddly.add(key);
    this.#hub.participant(identityOf(who)).setEvent(event, { delayMs, times });
  }

  #collect(): void {
    for (const peer of this.#all) peer.collect();
  }

  /** Takes all faults away and waits until everybody has tried everything. Whoever has found no device joins anew. */
  readonly #calm: Effect.Effect<void> = Effect.suspend(() => {
    const present = (): ReadonlyArray<Peer> => this.#peers.filter((peer) => peer !== undefined);
    for (let who = 0; who <= DEVICE; who += 1) allIsWell(this.#hub.participant(identityOf(who)));
    for (const peer of this.#all) peer.resume();
    return Effect.gen({ self: this }, function* () {
      yield* pass(CALM_MS);
      // Not before: what is told late now must not come after what is told at once then.
      for (let who = 0; who <= DEVICE; who += 1) this.#hub.participant(identityOf(who)).clearEvents();
      for (const [who, peer] of this.#peers.entries()) {
        if (peer === undefined || peer.hasMet) continue;
        this.#violations.check(
          this.#mayBeWithout(peer),
          () => `${peer.name} has found no device in a calm time, and nothing in the log says why`,
        );
        peer.leave();
        this.#join(who, peer instanceof ViewerPeer ? "viewer" : "raw");
      }
      yield* pass(STEP_MS);
      this.#collect();
      for (const peer of present()) {
        this.#violations.check(peer.hasMet, () => `${peer.name} has joined in a calm time and found no device`);
      }
    });
  });

  /** An instance is not registered when no stream could be opened to it; one that could not join is not there at all. */
  #mayBeWithout(peer: Peer): boolean {
    if (!peer.isIn) return true;
    return this.#device.log.lines.some(({ message, fields }) =>
      message === "a viewer's control stream cannot be opened; the viewer is not registered" &&
      fields["identity"] === peer.identity
    );
  }

  /** Everybody knows what there is, and gets whatever is published now. */
  readonly #lookAround: Effect.Effect<void> = Effect.suspend(() => {
    const peers = this.#peers.filter((peer) => peer !== undefined);
    const resets = this.#resets;
    return Effect.gen({ self: this }, function* () {
      for (const peer of peers) peer.stir();
      yield* pass(1_000);
      this.#collect();
      this.#device.checkPresent(peers.map(({ identity }) => identity));
      for (const peer of peers) peer.checkChannels();
      for (const peer of peers) peer.abilities.checkStanding();
      for (const peer of peers) peer.wantAll();
      yield* pass(1_000);
      const probes: Array<number> = [];
      for (let times = 0; times < PROBES; times += 1) {
        for (const slot of ALL_SLOTS) probes.push(...this.#device.publish(slot, 1, 10));
        yield* pass(1_000);
      }
      this.#collect();
      for (const peer of peers) peer.abilities.probe();
      yield* pass(1_000);
      this.#withGateway((gateway) => this.#offering.publishParameters(gateway, PARAMETERS));
      for (const graph of GRAPHS) this.#withGateway((gateway) => this.#offering.publishGraph(gateway, graph));
      yield* pass(1_000);
      this.#collect();
      for (const peer of peers) peer.abilities.checkProbe();
      this.#device.checkStats();
      for (const peer of peers) peer.checkGot(probes);
      for (const peer of peers) peer.checkChannels();
      this.#violations.check(this.#resets === resets, () => "a viewer was reset in a calm time");
    });
  });

  #forgetPeers(): void {
    for (const peer of this.#all.splice(0)) if (peer instanceof ViewerPeer) peer.checkEnded();
    this.#device.forgetErrors();
    this.#peers.fill(undefined);
  }

  get #resets(): number {
    return this.#device.log.lines.filter(({ message }) => message === "a viewer is reset").length;
  }

  /** Everybody leaves, and nothing is left. */
  readonly #takeApart: Effect.Effect<void> = Effect.suspend(() => {
    for (const peer of this.#all) peer.leave();
    return Effect.gen({ self: this }, function* () {
      // Up to the next line of the session that says how many viewers there are, and a bit.
      yield* pass(40_000);
      this.#device.checkEmpty();
      const left = this.#hub.identities().filter((identity) => identity !== ROVER);
      this.#violations.check(left.length === 0, () => `${left.join()} has not left the room`);
      // What is looked at is the library: what the test itself holds on to is let go.
      this.#forgetPeers();
      yield* settle;
      this.#at("after everybody has left");
      this.#calls.begin("the end of the device", this.#device.end);
      yield* pass(STEP_MS);
      this.#device.checkCleanedUp();
      this.#violations.check(this.#hub.identities().length === 0, () => "the device has not left the room");
      this.#calls.check(this.#violations);
      this.#device.checkLog();
    });
  });
}

/** Moments of a run at which a test may look at what is in memory: the device is there, and nobody else. */
export type Moment = "before anybody has joined" | "after everybody has left";

/** Runs a program on a clock of its own. */
export function runProgram(
  program: Program,
  plant: Plant = (transport) => transport,
  at: (moment: Moment) => void = () => {},
): Promise<Outcome> {
  const { setup } = program;
  const run = Effect.gen(function* () {
    const hub = yield* LoopbackHub.make({ seed: setup.seed, replacement: setup.replacement });
    const violations = new Violations();
    const trace = new RunTrace(yield* currentClock);
    const scope = yield* Effect.scope;
    const fork = yield* Scope.provide(FiberSet.makeRuntime<never, void, never>(), scope);
    const calls = new Calls(fork);
    const ledger = new Ledger(violations);
    const asks = new Asks(violations);
    const nameOf = (client: Client): string => ledger.nameOf(client.id, client.identity);
    const offering = new OfferingSide({ asks, violations, trace, nameOf });
    const device = yield* DeviceSide.start({ hub, setup, ledger, violations, trace, calls, offering, plant });
    yield* settle;
    at("before anybody has joined");
    yield* new World({ hub, program, violations, trace, calls, ledger, device, asks, offering, at }).run;
    return { violations: violations.list, trace: trace.lines, log: device.messages };
  });
  const onItsClock = Effect.provide(Effect.scoped(run), TestClock.layer({ warningDelay: "1 hour" }));
  return Effect.runPromise(onItsClock);
}

function identityOf(who: number): string {
  return who === DEVICE ? ROVER : `viewer-${who}`;
}

function turns(count: number): Effect.Effect<void> {
  return Effect.repeat(Effect.yieldNow, { times: count - 1 });
}

/** Lets time pass while all fibers run. */
function pass(ms: number): Effect.Effect<void> {
  return Effect.gen(function* () {
    yield* settle;
    for (let left = ms; left > 0; left -= STEP_MS) {
      yield* TestClock.adjust(Math.min(left, STEP_MS));
      yield* settle;
    }
  });
}
