/**
 * The hub: rooms in memory, and what can go wrong in them.
 */
import * as Clock from "effect/Clock";
import * as Context from "effect/Context";
import * as Effect from "effect/Effect";
import * as Scheduler from "effect/Scheduler";
import type { DisconnectReason } from "../../transport/participant.ts";
import type { Transport } from "../../transport/room.ts";
import type { ConnectionConditions, NetworkProfile } from "./conditions.ts";
import { Engine } from "./engine.ts";
import { defaultLimits, Fabric, type LoopbackCounts, type LoopbackLimits, type ReplacementOrder } from "./fabric.ts";
import { HubRoom } from "./hub_room.ts";
import { linkHandle, type LoopbackLink, type LoopbackParticipant, participantHandle } from "./faults.ts";
import { Trace } from "./trace.ts";
import { type LoopbackTransportOptions, makeTransport } from "./transport.ts";
import { VirtualClock } from "./virtual_clock.ts";

/** How a hub behaves. */
export interface LoopbackHubOptions {
  /** What jitter, loss and reordering are drawn from: the same seed, the same run. Default 0. */
  readonly seed?: number | string;
  /** The clock that all delays follow. Default: the system's; with {@linkcode LoopbackHub.make} the fiber's. */
  readonly clock?: Clock.Clock;
  /** Bounds that differ from the defaults. */
  readonly limits?: Partial<LoopbackLimits>;
  /** In which order others hear that an instance was replaced by a newer one. Default `old-first`. */
  readonly replacement?: ReplacementOrder;
  /** Whether to keep a {@linkcode LoopbackHub.trace}: `true` for up to 100,000 lines, or the most lines. Default false. */
  readonly trace?: boolean | number;
}

/**
 * A server in memory: rooms, the participants in them, and a network between them that does what it is told. As strict
 * as a real one: nothing is delivered within a call, buffers are bounded, instances replace each other.
 *
 * Everything that is not immediate follows one clock and one seed, so that the same program gives the same run.
 *
 * @example
 * ```ts
 * import { LoopbackHub } from "@fieldlink/fieldlink/loopback";
 *
 * const hub = new LoopbackHub({ seed: 7 });
 * const device = hub.transport({ identity: "rover" });
 * const viewer = hub.transport({ identity: "viewer-1" });
 * hub.participant("viewer-1").setConditions({ down: { latencyMs: 80, jitterMs: 20, loss: 0.02 } });
 * console.log(device.name, viewer.name);
 * ```
 */
export class LoopbackHub {
  readonly #fabric: Fabric;
  readonly #clock: Clock.Clock | undefined;
  readonly #meet: ((scheduler: Scheduler.Scheduler) => void) | undefined;
  readonly #rooms: Map<string, HubRoom> = new Map();

  /**
   * Makes a hub outside of Effect.
   *
   * @example
   * ```ts
   * import { LoopbackHub } from "@fieldlink/fieldlink/loopback";
   *
   * const hub = new LoopbackHub();
   * console.log(hub.transport({ identity: "rover" }).name);
   * ```
   */
  constructor(options: LoopbackHubOptions = {}, context: Context.Context<never> = Context.empty()) {
    const clock = options.clock ?? Context.get(context, Clock.Clock);
    const virtual = clock instanceof VirtualClock ? clock : undefined;
    const scheduler = virtual?.scheduler ?? Context.getOrUndefined(context, Scheduler.Scheduler);
    const engine = makeEngine(clock, scheduler, context);
    virtual?.watch(() => engine.activity);
    this.#meet = virtual === undefined ? undefined : (met) => virtual.meet(met);
    const trace = options.trace === undefined || options.trace === false
      ? undefined
      : new Trace(options.trace === true ? 100_000 : options.trace, () => engine.now());
    this.#clock = options.clock ?? Context.getOrUndefined(context, Clock.Clock);
    this.#fabric = new Fabric(engine, String(options.seed ?? 0), { ...defaultLimits, ...options.limits }, trace);
    this.#fabric.replacement = options.replacement ?? "old-first";
  }

  /**
   * Makes a hub on the fiber's own clock, `TestClock` included.
   *
   * @example
   * ```ts
   * import { LoopbackHub } from "@fieldlink/fieldlink/loopback";
   * import * as Effect from "effect/Effect";
   *
   * const program = Effect.gen(function* () {
   *   const hub = yield* LoopbackHub.make({ seed: "monday" });
   *   const room = yield* hub.transport({ identity: "rover" }).join();
   *   return room.sid;
   * });
   * console.log(Effect.isEffect(program));
   * ```
   */
  static make(options: LoopbackHubOptions = {}): Effect.Effect<LoopbackHub> {
    return Effect.withFiber((fiber) => {
      const context = Context.empty().pipe(
        Context.add(Clock.Clock, fiber.getRef(Clock.Clock)),
        Context.add(Scheduler.Scheduler, fiber.getRef(Scheduler.Scheduler)),
      );
      return Effect.succeed(new LoopbackHub(options, context));
    });
  }

  /** A way into one of the hub's rooms, for one identity. */
  transport(options: LoopbackTransportOptions): Transport {
    const room = (name: string): HubRoom => this.#room(name);
    return makeTransport({ fabric: this.#fabric, clock: this.#clock, meet: this.#meet, room }, options);
  }

  /**
   * The connection and the faults of one identity, in whatever room it is or will be. The hub remembers every identity
   * that was named or has joined, for as long as the hub is there.
   */
  participant(identity: string): LoopbackParticipant {
    return participantHandle(this.#fabric.station(identity));
  }

  /** The way from one identity to another, between the two connections. Only that direction. */
  link(from: string, to: string): LoopbackLink {
    return linkHandle(this.#fabric.ownLink(from, to));
  }

  /** Sets the conditions of a device and of its viewers. */
  applyProfile(
    profile: NetworkProfile,
    who: { readonly device: string; readonly viewers: ReadonlyArray<string> },
  ): void {
    this.participant(who.device).setConditions(profile.device);
    for (const viewer of who.viewers) this.participant(viewer).setConditions(profile.viewer);
  }

  /** Sets the conditions of every identity that has no conditions of its own, those to come included. */
  setDefaultConditions(conditions: ConnectionConditions): void {
    this.#fabric.setDefaultConditions(conditions);
  }

  /** Ends a room for everybody in it. */
  endRoom(reason: DisconnectReason = "room-deleted", room = "main"): void {
    for (const member of this.#room(room).members()) member.end(reason);
  }

  /** The identities that are connected to a room now. */
  identities(room = "main"): ReadonlyArray<string> {
    return this.#room(room).members().map((member) => member.participant.identity);
  }

  /** In which order others hear of a replacement from now on. */
  setReplacementOrder(order: ReplacementOrder): void {
    this.#fabric.replacement = order;
  }

  /** What has been carried so far. */
  get counts(): Readonly<LoopbackCounts> {
    return { ...this.#fabric.counts };
  }

  /** A number that grows with everything that happens in the hub. */
  get activity(): number {
    return this.#fabric.engine.activity;
  }

  /** What has happened, one line each with the time in ms since the hub was made. Empty unless it was asked for. */
  get trace(): ReadonlyArray<string> {
    return this.#fabric.trace?.lines ?? [];
  }

  #room(name: string): HubRoom {
    const known = this.#rooms.get(name);
    if (known !== undefined) return known;
    const room = new HubRoom(this.#fabric, name, () => this.#rooms.delete(name));
    this.#rooms.set(name, room);
    return room;
  }
}

function makeEngine(
  clock: Clock.Clock,
  scheduler: Scheduler.Scheduler | undefined,
  context: Context.Context<never>,
): Engine {
  const onClock = Context.add(context, Clock.Clock, clock);
  // Under an Effect scheduler the turns are its own, so that a test clock can wait for them.
  const dispatcher = scheduler?.makeDispatcher();
  return new Engine({
    clock,
    defer: dispatcher === undefined ? (task) => queueMicrotask(task) : (task) => dispatcher.scheduleTask(task, 0),
    fork: Effect.runForkWith(
      scheduler === undefined ? onClock : Context.add(onClock, Scheduler.Scheduler, scheduler),
    ),
  });
}
