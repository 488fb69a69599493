/**
 * The device's side: a context's channels, offered to viewers over a transport, session after session.
 */
import type * as Cause from "effect/Cause";
import type * as Services from "effect/Context";
import * as Data from "effect/Data";
import * as Deferred from "effect/Deferred";
import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import * as Fiber from "effect/Fiber";
import type * as Scope from "effect/Scope";
import type { JoinError, Room } from "../transport/mod.ts";
import { attached } from "./attached.ts";
import type { Channel } from "./channel/channel.ts";
import { currentClock, type WallClock } from "./clock.ts";
import { Closed } from "./closed_error.ts";
import { ConfigurationError } from "./configuration_error.ts";
import { startAlone } from "./facade.ts";
import { Feed } from "./feed.ts";
import { DeviceOffers } from "./device_offers.ts";
import type { GatewayEnd, GatewayOptions, GatewayStatus } from "./gateway_options.ts";
import { type JoinRoomOptions, stayInRoom } from "./joined_room.ts";
import { type GatewayLimits, gatewayLimits, gatewayLimitsWith, invalidLimit } from "./limits.ts";
import { InvalidArgument } from "./invalid_argument.ts";
import { guardLog, type Log, logWith, notify } from "./log.ts";
import { Offering } from "./offering.ts";
import { randomId } from "./random_id.ts";
import { GatewayLedger, type GatewayStats, type GatewayUsage } from "./metering/gateway_ledger.ts";
import { Signal } from "./signal.ts";
import { type AdvertiseError, secondsNanos, type ServerInfo } from "./protocol/mod.ts";
import { advertiseError } from "./session/advertising.ts";
import type { Admission } from "./session/authorization.ts";
import { channelReliability, isChannelWanted } from "./session/channel_policy.ts";
import { type PlaybackOutput, playbackState, positionProblem } from "./session/playback.ts";
import type { ViewerPresence } from "./session/presence.ts";
import { Session, type SessionEnd } from "./session/session.ts";
import { VERSION } from "./version.ts";

const LIBRARY_KEY = "fg-library";
const MIN_DATA_TRACK_BYTES = 1200;
const DEFAULT_DRAIN_TIMEOUT_MS = 10_000;

/** Fields of {@linkcode DrainTimeout}. */
export interface DrainTimeoutFields {
  /** How long it was waited, in ms. */
  readonly timeoutMs: number;
}

const DrainTimeoutBase: new (fields: DrainTimeoutFields) =>
  & Cause.YieldableError
  & { readonly _tag: "DrainTimeout" }
  & Readonly<DrainTimeoutFields> = Data.TaggedError("DrainTimeout");

/**
 * Not everything that was queued has been written in time.
 *
 * @example
 * ```ts
 * import { DrainTimeout } from "@fieldlink/fieldlink";
 *
 * console.log(new DrainTimeout({ timeoutMs: 500 }).message);
 * ```
 */
export class DrainTimeout extends DrainTimeoutBase {
  /** What was wrong, in one line. */
  override get message(): string {
    return `not everything queued for viewers was written within ${this.timeoutMs} ms: a viewer reads too slowly`;
  }
}

/** A channel that is not offered to viewers, and why. */
export interface UnadvertisableChannel {
  /** The channel. */
  readonly channel: Channel;
  /** Why viewers cannot have it, for example because its encoding needs a schema. */
  readonly error: AdvertiseError;
}

/**
 * Offers a context's channels to viewers. It joins the transport's room and stays in it: when the session is lost it
 * joins again, with back-off from 1 s to 30 s, and the next session has everything that the application had.
 *
 * @example
 * ```ts
 * import { Context, Gateway } from "@fieldlink/fieldlink";
 * import type { Transport } from "@fieldlink/fieldlink/transport";
 *
 * async function serve(transport: Transport) {
 *   const context = new Context();
 *   const pose = context.channel({ topic: "/pose", encoding: "json", qos: "reliable" });
 *   await using gateway = await Gateway.start({ name: "rover-7", context, transport });
 *   pose.log(JSON.stringify({ x: 1, y: 2 }));
 *   await gateway.ended();
 * }
 * console.log(serve);
 * ```
 */
export class Gateway extends DeviceOffers implements AsyncDisposable {
  /** The id of the session, the same over reconnects. */
  readonly sessionId: string;
  readonly #options: GatewayOptions;
  readonly #limits: GatewayLimits;
  readonly #join: JoinRoomOptions;
  readonly #services: Services.Context<never>;
  readonly #clock: WallClock;
  readonly #log: Log;
  readonly #offering: Offering;
  readonly #ledger: GatewayLedger = new GatewayLedger();
  readonly #statusChanged: Signal = new Signal();
  readonly #ended: Deferred.Deferred<GatewayEnd, JoinError> = Deferred.makeUnsafe();
  readonly #presence: Feed<ReadonlyArray<ViewerPresence>> = new Feed({
    read: () => this.viewers,
    hasEnded: () => this.#status === "shut-down",
  });
  #status: GatewayStatus | undefined;
  #session: Session | undefined;
  #life: Fiber.Fiber<GatewayEnd, JoinError> | undefined;
  #detach: ReadonlyArray<() => void> = [];

  private constructor(
    options: GatewayOptions,
    offering: Offering,
    log: Log,
    sessionId: string,
    services: Services.Context<never>,
    clock: WallClock,
  ) {
    super({ offering, log, session: () => this.#session });
    this.sessionId = options.sessionId ?? sessionId;
    this.#options = options;
    this.#limits = gatewayLimitsWith(options.limits);
    this.#services = services;
    this.#clock = clock;
    this.#log = log;
    this.#offering = offering;
    this.#join = {
      transport: options.transport,
      joinTimeoutMs: this.#limits.joinTimeoutMs,
      closeTimeoutMs: this.#limits.closeTimeoutMs,
      log: this.#log,
    };
  }

  /**
   * Starts a gateway; it is closed with the scope. It does not wait for the connection: {@linkcode Gateway.connectedEffect}
   * does.
   */
  static make(options: GatewayOptions): Effect.Effect<Gateway, ConfigurationError, Scope.Scope> {
    const start = Effect.gen(function* () {
      const sessionId = yield* randomId;
      const services = yield* Effect.context<never>();
      const log = options.log === undefined ? logWith(services) : guardLog(options.log);
      const offering = Offering.make(options, log);
      if (offering instanceof ConfigurationError) return yield* offering;
      const gateway = new Gateway(options, offering, log, sessionId, services, yield* currentClock);
      const invalid = invalidLimit(options.limits ?? {}, gatewayLimits) ?? gateway.#invalidOption();
      if (invalid !== undefined) return yield* new ConfigurationError({ detail: invalid });
      gateway.#setStatus("connecting");
      gateway.#attach();
      gateway.#life = Effect.runForkWith(gateway.#services)(gateway.#live);
      return gateway;
    });
    return Effect.acquireRelease(start, (gateway) => gateway.closeEffect);
  }

  /** As {@linkcode Gateway.make}, as a promise; close the gateway when it is not needed any more. */
  static start(options: GatewayOptions): Promise<Gateway> {
    return startAlone(Gateway.make(options), options.transport);
  }

  /** What the gateway is doing. */
  get status(): GatewayStatus {
    return this.#status ?? "connecting";
  }

  /** The open channels of the context that the filter lets through but that cannot be advertised, with the reason. */
  get unadvertisable(): ReadonlyArray<UnadvertisableChannel> {
    return this.#options.context.channels.flatMap((channel) => {
      if (!isChannelWanted(channel, this.#options, this.#log)) return [];
      const error = advertiseError(channel, channelReliability(channel, this.#options, false, this.#log));
      return error === undefined ? [] : [{ channel, error }];
    });
  }

  /**
   * What has become of the messages of each channel, for each viewer, up to now: delivered, queued, or dropped and why.
   * The counts go on over sessions. Each call looks through what is queued.
   */
  stats(): GatewayStats {
    return this.#ledger.stats((visit) => this.#session?.countQueued(visit));
  }

  /** How many messages and bytes were sent and received, per channel and viewer, up to now. The counts go on over sessions. */
  usage(): GatewayUsage {
    return this.#ledger.usage();
  }

  /**
   * Who is here now, since when, and with what. {@linkcode Gateway.presence} follows it, and the option `onPresence` is
   * called for each change.
   */
  get viewers(): ReadonlyArray<ViewerPresence> {
    return this.#session?.viewers ?? [];
  }

  /**
   * Follows {@linkcode Gateway.viewers}, as an async iterable or, by its `stream`, as an Effect stream: who is here now,
   * and then whenever a viewer joins, leaves, falls silent or is heard again, or has other topics or channels. How its
   * round trips and its clock change is not told: look at `gateway.viewers` for the figures of the moment.
   */
  presence(): Feed<ReadonlyArray<ViewerPresence>> {
    return this.#presence;
  }

  /**
   * Waits until the gateway is in its room. Fails when its credentials are refused or it cannot be done here, or when it
   * has ended before.
   */
  get connectedEffect(): Effect.Effect<void, JoinError | Closed> {
    return Effect.raceFirst(
      this.#statusChanged.until(() => this.#status === "connected"),
      Effect.andThen(this.endedEffect, new Closed({ what: "gateway", awaited: "the connection" })),
    );
  }

  /** As {@linkcode Gateway.connectedEffect}, as a promise. */
  connected(): Promise<void> {
    return this.#run(this.connectedEffect);
  }

  /**
   * Gives a viewer that is there another policy, or refuses it from now on, by its identity or its client id. All that
   * follows happens before this returns: what it may not have any more ends, with the callbacks that belong to each end;
   * channels are advertised to it and taken from it; those that it may subscribe to only now are advertised anew, so that
   * it asks again. For whatever else it may have only now it has to ask again of itself. A viewer that is refused is let go as if it had left, and is told; a
   * policy lets it in again. It holds for this connection instance, resets included: when the viewer joins anew,
   * `authorize` is asked again.
   *
   * @returns Whether there is such a viewer.
   */
  setPolicy(viewer: string | number, admission: Admission): boolean {
    return this.#session?.setPolicy(viewer, admission) ?? false;
  }

  /**
   * Waits until everything queued for viewers has been written, so that nothing is lost when the gateway is closed then.
   * Fails with a {@linkcode DrainTimeout} after `timeoutMs` (default 10,000). At once where there is no session.
   */
  drainEffect(timeoutMs: number = DEFAULT_DRAIN_TIMEOUT_MS): Effect.Effect<void, DrainTimeout> {
    return Effect.suspend(() => this.#session?.awaitIdle ?? Effect.void).pipe(
      Effect.timeoutOrElse({
        duration: timeoutMs,
        orElse: () => Effect.fail(new DrainTimeout({ timeoutMs })),
      }),
    );
  }

  /** As {@linkcode Gateway.drainEffect}, as a promise. */
  drain(timeoutMs?: number): Promise<void> {
    return this.#run(this.drainEffect(timeoutMs));
  }

  /** Waits until the gateway has ended, and tells why. Fails when its credentials were refused, or it cannot be done here. */
  get endedEffect(): Effect.Effect<GatewayEnd, JoinError> {
    return Deferred.await(this.#ended);
  }

  /** As {@linkcode Gateway.endedEffect}, as a promise. */
  ended(): Promise<GatewayEnd> {
    return this.#run(this.endedEffect);
  }

  /** Ends the session and leaves the room. What is queued is not waited for: drain first. Closing again does nothing more. */
  readonly closeEffect: Effect.Effect<void> = Effect.suspend(() => {
    const life = this.#life;
    if (life === undefined) return Effect.void;
    this.#setStatus("shutting-down");
    // A callback may be what closes the gateway: those that are due with it are called before the session ends.
    const end = Effect.andThen(Effect.yieldNow, Effect.sync(() => life.interruptUnsafe()));
    return Effect.andThen(Effect.uninterruptible(end), Effect.asVoid(Fiber.await(life)));
  });

  /** As {@linkcode Gateway.closeEffect}, as a promise. */
  close(): Promise<void> {
    return this.#run(this.closeEffect);
  }

  /** As {@linkcode Gateway.close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #run<A, E>(effect: Effect.Effect<A, E>): Promise<A> {
    return Effect.runPromiseWith(this.#services)(effect);
  }

  #invalidOption(): string | undefined {
    const { deviceWaitForViewerMs: wait } = this.#options;
    if (wait !== undefined && !(wait > 0)) return `"deviceWaitForViewerMs" must be positive: received ${wait}`;
    const { queueBytes } = this.#limits;
    const large = this.#options.context.channels.find(({ latch }) => (latch?.bounds.bytes ?? 0) > queueBytes);
    if (large !== undefined) {
      return `the latch of the channel "${large.topic}" may hold ${large.latch?.bounds.bytes} bytes, more than may wait ` +
        `for one viewer: lower its "bytes", or raise the limit "queueBytes", which is ${queueBytes}`;
    }
    const { idleAfterMs, silentAfterMs } = this.#limits;
    if (silentAfterMs <= idleAfterMs) {
      return `the limit "silentAfterMs" must be longer than "idleAfterMs" (${idleAfterMs}): received ${silentAfterMs}`;
    }
    const bytes = this.#limits.dataTrackBytes;
    if (bytes >= MIN_DATA_TRACK_BYTES) return undefined;
    return `the limit "dataTrackBytes" must be at least ${MIN_DATA_TRACK_BYTES}: received ${bytes}`;
  }

  get #live(): Effect.Effect<GatewayEnd, JoinError> {
    return stayInRoom<SessionEnd>({
      ...this.#join,
      retriesFirst: true,
      stay: (room) => Effect.tap(this.#stay(room), () => Effect.sync(() => this.#setStatus("connecting"))),
      isOver: (end) => end === "idle",
    }).pipe(
      Effect.as<GatewayEnd>("idle"),
      Effect.onExit((exit) => Effect.sync(() => this.#over(exit))),
    );
  }

  /** Has a session in the room until it ends. */
  #stay(room: Room): Effect.Effect<SessionEnd> {
    return Effect.scoped(Effect.gen({ self: this }, function* () {
      this.#ledger.forgetClosed();
      const session = yield* Session.make({
        room,
        context: this.#options.context,
        serverInfo: this.#serverInfo(),
        offering: this.#offering,
        limits: this.#limits,
        policy: this.#options,
        callbacks: this.#options,
        presenceChanged: () => this.#presence.notify(),
        authorize: this.#options.authorize,
        deviceWaitForViewerMs: this.#options.deviceWaitForViewerMs,
        clock: this.#clock,
        log: this.#log,
        services: this.#services,
        ledger: this.#ledger,
      });
      yield* Effect.addFinalizer(() => Effect.sync(() => this.#setSession(undefined)));
      this.#setSession(session);
      this.#setStatus("connected");
      const end = yield* session.ended;
      if (end === "idle") this.#setStatus("shutting-down");
      return end;
    }));
  }

  #serverInfo(): ServerInfo {
    const { name, metadata = {} } = this.#options;
    const { capabilities, supportedEncodings, playback } = this.#offering;
    return {
      op: "serverInfo",
      name,
      capabilities: [...capabilities],
      supportedEncodings: [...supportedEncodings],
      metadata: new Map([...Object.entries(metadata), [LIBRARY_KEY, `fieldlink/${VERSION}`]]),
      sessionId: this.sessionId,
      ...(playback === undefined ? {} : {
        dataStartTime: secondsNanos(playback.startTime),
        dataEndTime: secondsNanos(playback.endTime),
      }),
    };
  }

  /** Lets the sources of parameters and of a playback tell viewers of themselves, until the gateway ends. */
  #attach(): void {
    const { parameters, playback } = this.#offering;
    this.#detach = [
      this.#options.context.boundLatches(this.#limits.queueBytes),
      ...attached(
        this.#log,
        "parameters.attach",
        () => parameters.attach?.((values) => this.publishParameterValues(values)),
      ),
      ...attached(this.#log, "playback.attach", () => playback?.attach?.(this.#playbackOutput)),
    ];
  }

  get #playbackOutput(): PlaybackOutput {
    return {
      state: (position) => {
        const detail = positionProblem(position);
        if (detail !== undefined) throw new InvalidArgument({ operation: "the playback's output", detail });
        this.#session?.broadcast(playbackState(position));
      },
      time: (timestamp) => this.publishTime(timestamp),
    };
  }

  #over(exit: Exit.Exit<GatewayEnd, JoinError>): void {
    for (const detach of this.#detach) notify(this.#log, "detach", detach);
    this.#setStatus("shutting-down");
    this.#setStatus("shut-down");
    Deferred.doneUnsafe(this.#ended, Exit.hasInterrupts(exit) ? Effect.succeed("closed") : exit);
  }

  #setSession(session: Session | undefined): void {
    this.#session = session;
    this.#presence.notify();
  }

  #setStatus(status: GatewayStatus): void {
    if (this.#status === status) return;
    // A gateway that shuts down only goes on to being shut down, whatever its session does meanwhile.
    if (this.#status === "shut-down" || this.#status === "shutting-down" && status !== "shut-down") return;
    this.#status = status;
    this.#statusChanged.notify();
    if (status === "shut-down") this.#presence.notify();
    notify(this.#log, "onStatus", this.#options.onStatus, status);
  }
}
