/**
 * A device's session: from joining a room until the room is left or lost.
 */
import type * as Context from "effect/Context";
import * as Deferred from "effect/Deferred";
import * as Effect from "effect/Effect";
import * as FiberSet from "effect/FiberSet";
import * as Scope from "effect/Scope";
import type { ConnectionQuality, DisconnectReason, Room, RoomListener } from "../../transport/mod.ts";
import { ChannelRegistry } from "../channel/channel_registry.ts";
import { endInTime } from "../bounded_end.ts";
import type { Context as ChannelContext } from "../channel/context.ts";
import type { WallClock } from "../clock.ts";
import type { ConnectionGraph } from "../connection_graph.ts";
import { ChannelStreamPlane } from "../data_plane/channel_streams.ts";
import { DropWarnings } from "../data_plane/drop_warnings.ts";
import { type LossyPlane, makeLossyPlane } from "../data_plane/lossy_plane.ts";
import type { GatewayLimits } from "../limits.ts";
import type { Log } from "../log.ts";
import type { GatewayLedger, QueueVisitor } from "../metering/gateway_ledger.ts";
import type { Participant, ParticipantInfo } from "../participant/participant.ts";
import type { Offering } from "../offering.ts";
import { ParticipantRegistry } from "../participant/participant_registry.ts";
import {
  type ClientMessage,
  encodeServerFrame,
  type Parameter,
  type Ping,
  type PingAck,
  type ServerInfo,
  type ServerMessage,
} from "../protocol/mod.ts";
import { Signal } from "../signal.ts";
import { AccessControl } from "./access_control.ts";
import { Attendance } from "./attendance.ts";
import { type Admission, Authorization, type Authorize } from "./authorization.ts";
import { Liveness } from "./liveness.ts";
import { Membership } from "./membership.ts";
import { Capabilities } from "./capabilities.ts";
import { Notices } from "./notices.ts";
import { OfferedChannels } from "./offered_channels.ts";
import { pong, RoundTripTime } from "./ping.ts";
import { Presence, type ViewerPresence } from "./presence.ts";
import type { RegisteredService } from "./service_table.ts";
import { tellAdded, tellRemoved } from "./services.ts";
import type { ChannelPolicy, SessionCallbacks } from "./session_options.ts";
import { Subscriptions } from "./subscriptions.ts";
import { ViewerStreams } from "./viewer_streams.ts";

const EXPIRE_INTERVAL_MS = 15_000;
const REPORT_INTERVAL_MS = 30_000;
/** What viewers say that changes what they are here with. */
const CHANGES_PRESENCE: ReadonlySet<ClientMessage["op"]> = new Set([
  "subscribe",
  "unsubscribe",
  "advertise",
  "unadvertise",
]);

/** Why a session has ended by itself. `idle`: no viewer has been there for as long as the options say. */
export type SessionEnd = DisconnectReason | "idle";

/** What a session is made of. */
export interface SessionOptions {
  readonly room: Room;
  readonly context: ChannelContext;
  readonly serverInfo: ServerInfo;
  /** What the device offers beside its channels. */
  readonly offering: Offering;
  readonly limits: GatewayLimits;
  readonly policy: ChannelPolicy;
  readonly callbacks: SessionCallbacks;
  /** Who is here, or with what, has changed. */
  readonly presenceChanged: () => void;
  /** Who is let in, and what they may do. Default: everybody, everything. */
  readonly authorize?: Authorize | undefined;
  /** How long the session stays without a viewer, in ms. Default: for ever. */
  readonly deviceWaitForViewerMs?: number | undefined;
  readonly clock: WallClock;
  readonly log: Log;
  readonly services: Context.Context<never>;
  /** The books of the gateway. */
  readonly ledger: GatewayLedger;
}

/**
 * A device in a room: its channels, the viewers that are registered, and what travels between them. Made by
 * {@linkcode Session.make}; it ends with its scope, in the order that the session semantics (section 13) ask for.
 */
export class Session {
  readonly #options: SessionOptions;
  readonly #registry: ParticipantRegistry;
  readonly #channels: ChannelRegistry = new ChannelRegistry();
  readonly #warnings: DropWarnings;
  readonly #plane: LossyPlane;
  readonly #offered: OfferedChannels;
  readonly #subscriptions: Subscriptions;
  readonly #capabilities: Capabilities;
  readonly #membership: Membership;
  readonly #access: AccessControl;
  readonly #streams: ViewerStreams;
  readonly #presence: Presence;
  readonly #attendance: Attendance;
  readonly #liveness: Liveness;
  readonly #roundTripTime: RoundTripTime = new RoundTripTime();
  readonly #ended: Deferred.Deferred<SessionEnd> = Deferred.makeUnsafe();
  readonly #viewersChanged: Signal = new Signal();
  #quality: ConnectionQuality | undefined;
  #isOpen = true;

  private constructor(options: SessionOptions, fork: (effect: Effect.Effect<void>) => void) {
    const { room, limits, clock, log, context, callbacks, offering, services } = options;
    const notices = new Notices(log);
    const send = (participant: Participant, message: ServerMessage) => this.#send(participant, message);
    this.#options = options;
    const queue = { maxFrames: limits.queueFrames, maxBytes: limits.queueBytes };
    const isPresent = ({ identity, sid }: ParticipantInfo) => room.participant(identity)?.sid === sid;
    const { ledger } = options;
    const { writeBytes, sharesWrites } = room;
    this.#registry = new ParticipantRegistry({ services, log, queue, writeBytes, sharesWrites, isPresent, ledger });
    this.#warnings = new DropWarnings(clock, log, ({ subscribers }, status) => {
      for (const { participant } of subscribers) this.#send(participant, status);
    });
    this.#plane = makeLossyPlane({ room, limits, clock, log, warnings: this.#warnings, fork });
    this.#offered = new OfferedChannels({
      room,
      policy: options.policy,
      registry: this.#registry,
      channels: this.#channels,
      plane: this.#plane,
      warnings: this.#warnings,
      ledger,
      log,
      broadcast: (message, participants) => this.broadcast(message, participants),
      channelGone: (entry, subscribers) => {
        this.#subscriptions.channelGone(entry, subscribers);
        if (subscribers.length > 0) options.presenceChanged();
      },
    });
    this.#subscriptions = new Subscriptions({
      sink: this.#offered,
      context,
      channels: this.#channels,
      plane: this.#plane,
      warnings: this.#warnings,
      callbacks,
      notices,
      send,
    });
    const broadcast = (message: ServerMessage) => this.broadcast(message);
    this.#capabilities = new Capabilities({
      owner: { log, notices, send, broadcast },
      offering,
      limits,
      clock,
      clockOffset: (sid) => this.#registry.bySid(sid)?.vitals.clockOffset(clock.currentTimeMillisUnsafe()),
      fork,
      services,
    });
    const { authorize } = options;
    const authorization = new Authorization({ authorize, timeoutMs: limits.authorizeTimeoutMs, clock, log });
    this.#membership = new Membership({
      room,
      registry: this.#registry,
      clock,
      log,
      authorization,
      openTimeoutMs: limits.openTimeoutMs,
      fork,
      register: (info, stream) => this.#attendance.register(info, stream),
      remove: (sid) => this.#attendance.remove(sid),
      settled: () => this.#viewersChanged.notify(),
    });
    const { parameters, graph, clientPublish } = this.#capabilities;
    this.#access = new AccessControl({
      registry: this.#registry,
      channels: this.#channels,
      services: offering.services,
      membership: this.#membership,
      authorization,
      held: [parameters, graph, this.#subscriptions, clientPublish],
      tellChannels: () => this.#offered.tell(),
      send: (participant, message) => this.#send(participant, message),
    });
    this.#presence = new Presence({
      registry: this.#registry,
      channels: this.#channels,
      clientPublish,
      clock,
      notices,
      callbacks,
      changed: options.presenceChanged,
    });
    this.#attendance = new Attendance({
      serverInfo: options.serverInfo,
      registry: this.#registry,
      channels: this.#channels,
      offered: this.#offered,
      subscriptions: this.#subscriptions,
      capabilities: this.#capabilities,
      presence: this.#presence,
      clock,
      log,
      changed: () => this.#viewersChanged.notify(),
    });
    this.#liveness = new Liveness({
      registry: this.#registry,
      clock,
      idleAfterMs: limits.idleAfterMs,
      silentAfterMs: limits.silentAfterMs,
      changed: (participant, state) => this.#presence.tell(participant, state),
      sleep: (participant) => this.#attendance.sleep(participant),
    });
    this.#streams = new ViewerStreams({
      registry: this.#registry,
      log,
      clock,
      streamsPerViewer: limits.streamsPerViewer,
      fork,
      arrived: (identity) => this.#liveness.heard(identity),
      handle: (participant, message) => this.#handle(participant, message),
    });
  }

  /** Starts a session in a room that has been joined. Closing the scope ends it, and leaves the room to the caller. */
  static readonly make: (options: SessionOptions) => Effect.Effect<Session, never, Scope.Scope> = Effect.fnUntraced(
    function* (options: SessionOptions) {
      const background = yield* Scope.make();
      const fork = yield* Scope.provide(FiberSet.makeRuntime<never, void, never>(), background);
      const session = new Session(options, fork);
      yield* Effect.addFinalizer((exit) => {
        session.#shutDoor();
        const inTime = (end: Effect.Effect<void>) => session.#inTime(end);
        return Effect.andThen(inTime(Scope.close(background, exit)), session.#attendance.end(inTime));
      });
      options.context.addSink(session.#offered);
      options.room.listen(session.#listener);
      fork(session.#membership.run);
      if (session.#plane instanceof ChannelStreamPlane) fork(session.#plane.run);
      fork(session.#expireWarnings);
      fork(session.#report);
      fork(session.#watchIdle);
      fork(session.#liveness.run);
      return session;
    },
  );

  /** Waits until the session has ended by itself. */
  get ended(): Effect.Effect<SessionEnd> {
    return Deferred.await(this.#ended);
  }

  /** Waits until everything that is queued for viewers has been written, or lost with its viewer. */
  get awaitIdle(): Effect.Effect<void> {
    const queues = Effect.forEach(this.#registry.all(), (participant) => participant.awaitIdle, {
      concurrency: "unbounded",
      discard: true,
    });
    const plane = this.#plane;
    return plane instanceof ChannelStreamPlane ? Effect.andThen(plane.awaitIdle, queues) : queues;
  }

  // ---- for the gateway -------------------------------------------------------------------------------------------

  /** Who is here. */
  get viewers(): ReadonlyArray<ViewerPresence> {
    return this.#presence.all();
  }

  /** Queues a message for every viewer, or for those that are named. */
  broadcast(message: ServerMessage, participants: ReadonlyArray<Participant> = this.#registry.all()): void {
    const frame = encodeServerFrame(message);
    if (frame instanceof Uint8Array) { for (const participant of participants) participant.send(frame); }
    else {this.#options.log("error", "a message to all viewers is too large and is not sent", {
        op: message.op,
        error: frame,
      });}
  }

  /** Services have been added. */
  servicesAdded(services: ReadonlyArray<RegisteredService>): void {
    tellAdded(services, this.#registry.all());
  }

  /** Services have been removed. */
  servicesRemoved(serviceIds: ReadonlyArray<number>): void {
    tellRemoved(serviceIds, this.#registry.all(), (to, message) => this.broadcast(message, to));
  }

  /** Tells each viewer those of the values that it subscribes to. */
  publishParameterValues(parameters: ReadonlyArray<Parameter>): void {
    this.#capabilities.parameters.publish(parameters);
  }

  /** The connection graph has become another one. */
  graphChanged(before: ConnectionGraph, after: ConnectionGraph): void {
    this.#capabilities.graphChanged(before, after);
  }

  /** Shows all messages that are queued, with what counts them. */
  countQueued(visit: QueueVisitor): void {
    this.#registry.countQueued(visit);
    if (this.#plane instanceof ChannelStreamPlane) this.#plane.countQueued(visit);
  }

  /** What is decided on a viewer from now on; see {@linkcode AccessControl.set}. */
  setPolicy(viewer: string | number, admission: Admission): boolean {
    if (!this.#isOpen || !this.#access.set(viewer, admission)) return false;
    this.#options.presenceChanged();
    return true;
  }

  // ---- viewers ---------------------------------------------------------------------------------------------------

  readonly #listener: RoomListener = {
    participantActive: (participant) => this.#isOpen && this.#membership.active(participant),
    participantDisconnected: (participant) => this.#isOpen && this.#membership.disconnected(participant),
    byteStreamOpened: (stream) => this.#isOpen && this.#streams.opened(stream),
    connectionQualityChanged: (quality, participant) => {
      if (participant === undefined) this.#quality = quality;
    },
    disconnected: (reason) => Deferred.doneUnsafe(this.#ended, Effect.succeed(reason)),
  };

  #handle(participant: Participant, message: ClientMessage): void {
    // What it said in its sleep is nothing to act on: it speaks of a stream that has been left alone since.
    if (participant.isAsleep) return this.#membership.wake(participant);
    this.#act(participant, message);
    if (CHANGES_PRESENCE.has(message.op)) this.#options.presenceChanged();
  }

  #act(participant: Participant, message: ClientMessage): void {
    switch (message.op) {
      case "subscribe":
        return this.#subscriptions.subscribe(participant, message);
      case "unsubscribe":
        return this.#subscriptions.unsubscribe(participant, message);
      case "ping":
        return this.#pinged(participant, message);
      case "pingAck":
        return this.#acked(participant, message);
      default:
        return this.#capabilities.handle(participant, message);
    }
  }

  #pinged(participant: Participant, message: Ping): void {
    const now = this.#options.clock.currentTimeMillisUnsafe();
    participant.vitals.pinged(message.appTimestamp, now);
    this.#send(participant, pong(message, now));
  }

  #acked(participant: Participant, { deviceTimestamp }: PingAck): void {
    const now = this.#options.clock.currentTimeMillisUnsafe();
    participant.vitals.acked(deviceTimestamp, now);
    this.#roundTripTime.sample(now - Number(deviceTimestamp));
  }

  #send(participant: Participant, message: ServerMessage): void {
    const frame = encodeServerFrame(message);
    if (frame instanceof Uint8Array) participant.send(frame);
    else {this.#options.log("error", "a message to a viewer is too large and is not sent", {
        op: message.op,
        error: frame,
      });}
  }

  // ---- background work, and the end ------------------------------------------------------------------------------

  get #expireWarnings(): Effect.Effect<never> {
    return Effect.forever(Effect.andThen(
      Effect.sleep(EXPIRE_INTERVAL_MS),
      Effect.sync(() => {
        const statusIds = this.#warnings.expire();
        if (statusIds.length > 0) this.broadcast({ op: "removeStatus", statusIds });
      }),
    ));
  }

  get #report(): Effect.Effect<never> {
    return Effect.forever(Effect.andThen(
      Effect.sleep(REPORT_INTERVAL_MS),
      Effect.sync(() => {
        this.#membership.forgetQuiet();
        this.#options.log("info", "the session goes on", {
          viewers: this.#registry.count,
          subscriptions: this.#channels.subscriptionCount,
          ...(this.#quality === undefined ? {} : { connectionQuality: this.#quality }),
          ...(this.#roundTripTime.mean === undefined ? {} : { roundTripTimeMs: this.#roundTripTime.mean }),
        });
      }),
    ));
  }

  /** Ends the session when nobody has been there for as long as the options say. */
  get #watchIdle(): Effect.Effect<void> {
    const waitMs = this.#options.deviceWaitForViewerMs;
    if (waitMs === undefined) return Effect.void;
    // A viewer that is reset has not left, however long it waits to be added again.
    const isAlone = () => !this.#membership.isReturning && this.#registry.all().every(({ isAsleep }) => isAsleep);
    return Effect.map(lasts(isAlone, this.#viewersChanged, waitMs), () => {
      this.#options.log("info", "no viewer has been there for long enough; the session ends", { waitedMs: waitMs });
      Deferred.doneUnsafe(this.#ended, Effect.succeed("idle"));
    });
  }

  /** A transport whose streams hang must not hang its user. */
  #inTime(end: Effect.Effect<void>): Effect.Effect<void> {
    const { log, limits: { closeTimeoutMs } } = this.#options;
    return Effect.map(endInTime(end, closeTimeoutMs), (isDone) => {
      if (!isDone) {
        log("warning", "ending the session's streams takes too long; they are left to themselves", { closeTimeoutMs });
      }
    });
  }

  #shutDoor(): void {
    this.#isOpen = false;
    this.#options.context.removeSink(this.#offered);
  }
}

/** Waits until a condition has held for that long, in ms. `changed`: it is to be looked at again. */
function lasts(condition: () => boolean, changed: Signal, ms: number): Effect.Effect<void> {
  return Effect.gen(function* () {
    while (true) {
      yield* changed.until(condition);
      const broken = Effect.as(changed.until(() => !condition()), false);
      if (yield* Effect.raceFirst(Effect.as(Effect.sleep(ms), true), broken)) return;
    }
  });
}
