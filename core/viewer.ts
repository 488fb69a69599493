/**
 * The viewer's side: being in a room, and seeing what a device in it offers.
 */
import type * as Context from "effect/Context";
import * as Deferred from "effect/Deferred";
import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import * as Fiber from "effect/Fiber";
import * as FiberSet from "effect/FiberSet";
import type * as Scope from "effect/Scope";
import type { JoinError, Room, Transport } from "../transport/mod.ts";
import { currentClock, type WallClock } from "./clock.ts";
import type { ClockOffsetEstimate } from "./clock_offset.ts";
import { Closed } from "./closed_error.ts";
import { ConfigurationError } from "./configuration_error.ts";
import { startAlone } from "./facade.ts";
import { Feed } from "./feed.ts";
import { type JoinRoomOptions, stayInRoom } from "./joined_room.ts";
import { defined, invalidLimit, type ViewerLimits, viewerLimits, viewerLimitsWith } from "./limits.ts";
import { guardLog, type Log, logWith, notify } from "./log.ts";
import { randomId } from "./random_id.ts";
import { Signal } from "./signal.ts";
import { PROTOCOL_VERSION, PROTOCOL_VERSION_ATTRIBUTE, type ServerInfo } from "./protocol/mod.ts";
import type { RoundTrip } from "./session/ping.ts";
import type { DevicePresence } from "./viewer/device_watch.ts";
import { Gate } from "./viewer/gate.ts";
import { DeviceAccess } from "./viewer/device_access.ts";
import { DeviceRequests } from "./viewer/device_requests.ts";
import type { ViewerStats, ViewerTotals } from "./metering/viewer_ledger.ts";
import type { Gap } from "./viewer/gap.ts";
import type { ChannelInfo, Message } from "./viewer/message.ts";
import { type RoomEnd, RoomView } from "./viewer/room_view.ts";
import { Subscription, type SubscriptionOwner, type SubscriptionTarget } from "./viewer/subscription.ts";
import { SubscriptionIndex } from "./viewer/subscription_index.ts";
import type { GapOptions, SubscribeOptions, ViewerOptions, ViewerStatus } from "./viewer/viewer_options.ts";

/**
 * Sees one device of a room: learns its channels, subscribes and receives. What was subscribed to is subscribed to again
 * after each reset and reconnect, and when the device comes back, without the application doing anything.
 *
 * @example
 * ```ts
 * import { Viewer } from "@fieldlink/fieldlink";
 * import type { Transport } from "@fieldlink/fieldlink/transport";
 *
 * async function watch(transport: Transport) {
 *   await using viewer = await Viewer.connect(transport);
 *   for await (const message of viewer.subscribe("/pose")) console.log(message.logTime, message.json());
 * }
 * console.log(watch);
 * ```
 */
export class Viewer extends DeviceRequests implements AsyncDisposable {
  readonly #options: ViewerOptions;
  readonly #limits: ViewerLimits;
  readonly #join: JoinRoomOptions;
  readonly #log: Log;
  readonly #services: Context.Context<never>;
  readonly #clock: WallClock;
  readonly #presence: Feed<DevicePresence | undefined> = new Feed({
    read: () => this.devicePresence,
    hasEnded: () => this.#status === "closed",
  });
  readonly #gate = new Gate();
  readonly #subscriptions = new SubscriptionIndex();
  readonly #access: DeviceAccess;
  /** The status or the device has changed. */
  readonly #changed: Signal = new Signal();
  readonly #ended: Deferred.Deferred<void, JoinError> = Deferred.makeUnsafe();
  #status: ViewerStatus = "connecting";
  #view: RoomView | undefined;
  #life: Fiber.Fiber<void> | undefined;

  private constructor(
    transport: Transport,
    options: ViewerOptions,
    services: Context.Context<never>,
    clock: WallClock,
    id: string,
  ) {
    const limits = viewerLimitsWith(options.limits);
    const log = options.log === undefined ? logWith(services) : guardLog(options.log);
    const access = new DeviceAccess({ options, limits, log, services, id, clock });
    super(access);
    this.#access = access;
    this.#options = options;
    this.#limits = limits;
    this.#services = services;
    this.#clock = clock;
    this.#log = log;
    this.#join = {
      transport,
      join: { attributes: new Map([[PROTOCOL_VERSION_ATTRIBUTE, PROTOCOL_VERSION]]) },
      joinTimeoutMs: this.#limits.joinTimeoutMs,
      closeTimeoutMs: this.#limits.closeTimeoutMs,
      log: this.#log,
      onRetry: (delayMs, why) => notify(this.#log, "onRetry", this.#options.onRetry, { delayMs, why }),
    };
  }

  /**
   * Joins a room; the viewer is closed with the scope. Fails when the room cannot be joined at all; a connection that is
   * lost later is made again, with back-off from 1 s to 30 s.
   */
  static make(
    transport: Transport,
    options: ViewerOptions = {},
  ): Effect.Effect<Viewer, JoinError | ConfigurationError, Scope.Scope> {
    const start = Effect.gen(function* () {
      const services = yield* Effect.context<never>();
      const viewer = new Viewer(transport, options, services, yield* currentClock, yield* randomId);
      const invalid = invalidLimit(options.limits ?? {}, viewerLimits) ?? invalidIntervals(viewer.#limits);
      if (invalid !== undefined) return yield* new ConfigurationError({ detail: invalid });
      viewer.#life = Effect.runForkWith(viewer.#services)(viewer.#live);
      return viewer;
    });
    return Effect.tap(
      Effect.acquireRelease(start, (viewer) => viewer.closeEffect),
      (viewer) => Effect.raceFirst(viewer.#changed.until(() => viewer.#status === "connected"), viewer.closedEffect),
    );
  }

  /** As {@linkcode Viewer.make}, as a promise; close the viewer when it is not needed any more. */
  static connect(transport: Transport, options: ViewerOptions = {}): Promise<Viewer> {
    return startAlone(Viewer.make(transport, options), transport);
  }

  /** Whether the viewer is in its room. There need not be a device in it. */
  get status(): ViewerStatus {
    return this.#status;
  }

  /** What the device has said of itself; absent while there is none. */
  get serverInfo(): ServerInfo | undefined {
    return this.#view?.link?.serverInfo;
  }

  /** The device's channels, by id. */
  get channels(): ReadonlyMap<number, ChannelInfo> {
    return this.#view?.link?.channels.infos() ?? new Map();
  }

  /**
   * The device that is here, since when, and whether it is heard; absent while there is none. {@linkcode Viewer.presence}
   * follows it.
   */
  get devicePresence(): DevicePresence | undefined {
    return this.#view?.watch.presence;
  }

  /**
   * Follows {@linkcode Viewer.devicePresence}, as an async iterable or, by its `stream`, as an Effect stream: the device
   * as it is now, and then whenever it comes, falls silent, is heard again or leaves.
   */
  presence(): Feed<DevicePresence | undefined> {
    return this.#presence;
  }

  /** How long messages take to the device and back, by the pings; absent until the first one is answered. */
  get roundTripTime(): RoundTrip | undefined {
    return this.#view?.watch.heartbeat?.roundTripTime;
  }

  /**
   * How long the oldest ping that the device has not answered has waited, in ms; 0: none waits, or there is no device. On
   * a line that stands still it grows, while nothing else tells of it yet: whoever sends commands that are of no use late
   * looks at it, and pings more often meanwhile with {@linkcode Viewer.ping}. Of 16 pings the oldest counts.
   */
  get unansweredPingMs(): number {
    return this.#view?.watch.heartbeat?.unansweredMs ?? 0;
  }

  /** Pings the device now, beside what is sent every `pingIntervalMs`. Without a device it does nothing. */
  ping(): void {
    this.#view?.watch.heartbeat?.ping();
  }

  /**
   * How far the device's clock is ahead of the viewer's, with the bound of the error; absent until a ping is answered, and
   * when none has been for two minutes. A clock that is set is noticed with the next ping.
   */
  get clockOffset(): ClockOffsetEstimate | undefined {
    return this.#view?.watch.heartbeat?.clockOffset;
  }

  /**
   * What has come on each channel up to now, and what has not: missing, late and double messages of data tracks, and what
   * subscriptions had to drop. The counts go on over resets and reconnects.
   */
  stats(): ViewerStats {
    return this.#access.ledger.stats();
  }

  /** How many messages and bytes were received and sent up to now, per channel. The counts go on over reconnects. */
  usage(): ViewerTotals {
    return this.#access.ledger.usage();
  }

  /**
   * Subscribes to all channels of a topic, those that come later included, or to one channel by its id. Returns at once,
   * whether or not there is such a channel now. With `gaps: true` a {@linkcode Gap} comes where messages are missing.
   *
   * @throws {ConfigurationError} when there is no target, or a bound is no positive whole number.
   */
  subscribe(target: string | SubscriptionTarget, options: GapOptions): Subscription<Message | Gap>;
  /** As above, for messages alone. */
  subscribe(target: string | SubscriptionTarget, options?: SubscribeOptions): Subscription;
  subscribe(
    target: string | SubscriptionTarget,
    options: SubscribeOptions | GapOptions = {},
  ): Subscription | Subscription<Message | Gap> {
    const { gaps = false, ...bounds } = options;
    const wanted = typeof target === "string" ? { topic: target } : target;
    const invalid = invalidTarget(wanted) ?? invalidLimit(bounds, viewerLimits);
    if (invalid !== undefined) throw new ConfigurationError({ detail: invalid });
    const { lossyMessages, lossyBytes, reliableBytes } = viewerLimitsWith({ ...this.#limits, ...defined(bounds) });
    const owner: SubscriptionOwner = {
      log: this.#log,
      blocked: (isBlocked) => this.#gate.change(isBlocked),
      closed: () => {
        this.#subscriptions.delete(subscription);
        this.#view?.subscriptionChanged(subscription);
      },
      dropped: ({ channel }) => this.#access.ledger.dropped(channel.id, 1),
    };
    const buffer = { lossyMessages, lossyBytes, reliableBytes };
    const subscription = gaps
      ? new Subscription<Message | Gap>(wanted, buffer, owner, true)
      : new Subscription(wanted, buffer, owner);
    if (this.#status === "closed") {
      subscription.close();
    } else {
      this.#subscriptions.add(subscription);
      this.#view?.subscriptionChanged(subscription);
    }
    return subscription;
  }

  /** Waits until there is a device, and tells what it has said of itself. Fails when the viewer ends before. */
  readonly deviceEffect: Effect.Effect<ServerInfo, JoinError | Closed> = Effect.suspend(() => {
    const met = this.#changed.until(() => this.serverInfo !== undefined);
    const ended = Effect.andThen(this.closedEffect, new Closed({ what: "viewer", awaited: "a device" }));
    return Effect.andThen(
      Effect.raceFirst(met, ended),
      Effect.suspend(() => this.serverInfo === undefined ? this.deviceEffect : Effect.succeed(this.serverInfo)),
    );
  });

  /** As {@linkcode Viewer.deviceEffect}, as a promise. */
  device(): Promise<ServerInfo> {
    return this.#run(this.deviceEffect);
  }

  /** Waits until the viewer is closed. Fails when it has ended because its credentials were refused on the way back. */
  get closedEffect(): Effect.Effect<void, JoinError> {
    return Deferred.await(this.#ended);
  }

  /** As {@linkcode Viewer.closedEffect}, as a promise. */
  closed(): Promise<void> {
    return this.#run(this.closedEffect);
  }

  /** Leaves the room and ends every subscription. Closing again does nothing more. */
  readonly closeEffect: Effect.Effect<void> = Effect.suspend(() => {
    this.#access.close();
    return this.#life === undefined ? Effect.void : Fiber.interrupt(this.#life);
  });

  /** As {@linkcode Viewer.closeEffect}, as a promise. */
  close(): Promise<void> {
    return this.#run(this.closeEffect);
  }

  /** As {@linkcode Viewer.close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #run<A, E>(effect: Effect.Effect<A, E>): Promise<A> {
    return Effect.runPromiseWith(this.#services)(effect);
  }

  get #live(): Effect.Effect<void> {
    return stayInRoom<RoomEnd>({
      ...this.#join,
      retriesFirst: false,
      stay: (room) => this.#stay(room),
      isOver: () => false,
    }).pipe(
      Effect.asVoid,
      Effect.onExit((exit) =>
        Effect.sync(() => {
          this.#access.close();
          this.#setStatus("closed");
          for (const subscription of this.#subscriptions.all()) subscription.close();
          Deferred.doneUnsafe(this.#ended, exit._tag === "Failure" && !Exit.hasInterrupts(exit) ? exit : Effect.void);
        })
      ),
      Effect.ignore,
    );
  }

  /** Is in the room until it ends. */
  #stay(room: Room): Effect.Effect<RoomEnd> {
    return Effect.scoped(Effect.gen({ self: this }, function* () {
      const fork = yield* FiberSet.makeRuntime<never, void, never>();
      const disconnected = Deferred.makeUnsafe<RoomEnd>();
      const view = new RoomView({
        room,
        options: this.#options,
        limits: this.#limits,
        log: this.#log,
        clock: this.#clock,
        gate: this.#gate,
        subscriptions: this.#subscriptions,
        access: this.#access,
        fork,
        onDevice: () => this.#changed.notify(),
        onPresence: (device) => {
          this.#presence.notify();
          notify(this.#log, "onPresence", this.#options.onPresence, device);
        },
        onDisconnected: (reason) => Deferred.doneUnsafe(disconnected, Effect.succeed(reason)),
      });
      yield* Effect.addFinalizer(() =>
        Effect.sync(() => {
          view.end();
          this.#view = undefined;
        })
      );
      this.#view = view;
      this.#setStatus("connected");
      room.listen(view.listener);
      const reason = yield* Deferred.await(disconnected);
      this.#setStatus("connecting");
      return reason;
    }));
  }

  #setStatus(status: ViewerStatus): void {
    if (this.#status === status) return;
    this.#status = status;
    this.#changed.notify();
    if (status === "closed") this.#presence.notify();
    notify(this.#log, "onConnection", this.#options.onConnection, status);
  }
}

function invalidTarget(target: SubscriptionTarget): string | undefined {
  const isOne = typeof target === "object" && target !== null &&
    ("topic" in target ? typeof target.topic === "string" : Number.isSafeInteger(target.channelId));
  return isOne ? undefined : "a subscription is for a topic, { topic } or { channelId }: received something else";
}

function invalidIntervals({ pingIntervalMs, deviceSilentAfterMs }: ViewerLimits): string | undefined {
  if (deviceSilentAfterMs > pingIntervalMs) return undefined;
  return `the limit "deviceSilentAfterMs" must be longer than "pingIntervalMs" (${pingIntervalMs}), or every device ` +
    `would be taken for silent: received ${deviceSilentAfterMs}`;
}
