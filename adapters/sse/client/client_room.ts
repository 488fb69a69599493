/**
 * A device's room over server-sent events, as a viewer's core sees it.
 */
import * as Effect from "effect/Effect";
import type * as Scope from "effect/Scope";
import type { ByteStreamOptions, OutgoingByteStream } from "../../../transport/byte_stream.ts";
import { StreamError } from "../../../transport/errors.ts";
import { Listening } from "../../../transport/listening.ts";
import type { RoomLog } from "../../../transport/log.ts";
import type { ConnectionQuality, DisconnectReason, RemoteParticipant } from "../../../transport/participant.ts";
import type { Room } from "../../../transport/room.ts";
import { type EventId, formatEventId, parseEventId, type WireGap } from "../wire.ts";
import type { ServerEvent } from "./event_parser.ts";
import { EventHandler } from "./event_handler.ts";
import { type Opened, readClose, readOpen } from "./events.ts";
import { IncomingStreams } from "./incoming.ts";
import { Lane, type Post, type PostResult } from "./lane.ts";
import type { SseClientLimits } from "./limits.ts";
import type { SseClientOptions } from "./options.ts";
import { OutgoingStream } from "./outgoing.ts";
import { endReasons } from "./reasons.ts";
import { Signal } from "./signal.ts";

/** The size of a write that posts do well with. */
const WRITE_BYTES = 64 * 1024;

/** The device of a server of another make, which does not say who it is. */
const UNTOLD_DEVICE: RemoteParticipant = { identity: "device", sid: "device", joinedAt: 0, attributes: new Map() };

/** What a room is made of. */
export interface ClientRoomOptions {
  readonly identity: string;
  readonly sid: string;
  readonly scope: Scope.Scope;
  readonly limits: SseClientLimits;
  readonly log: RoomLog;
  readonly callbacks: Pick<SseClientOptions, "onReset" | "onConnection">;
  /** Posts, until there is an answer. */
  readonly post: (post: Post, sid: string) => Effect.Effect<PostResult>;
  /** Sets attributes at the server. */
  readonly patch: (attributes: ReadonlyMap<string, string>) => void;
  /** Runs for as long as the connection does. */
  readonly fork: (effect: Effect.Effect<void>) => void;
}

/** What is to become of the connection after an event. */
export type AfterEvent = "on" | "again" | "over";

/** The room. */
export class ClientRoom {
  /** The port's view of it. */
  readonly room: Room;
  /** Something has been read, or the room has opened or ended. */
  readonly changed: Signal = new Signal();
  readonly #options: ClientRoomOptions;
  readonly #listening: Listening;
  readonly #incoming: IncomingStreams;
  readonly #events: EventHandler;
  readonly #lanes = new Map<string, Lane>();
  readonly #outgoing = new Map<string, OutgoingStream>();
  #sid: string;
  #device: RemoteParticipant | undefined;
  #last: EventId | undefined;
  #quality: ConnectionQuality = "excellent";
  #isFinishing = false;

  constructor(options: ClientRoomOptions) {
    this.#options = options;
    this.#sid = options.sid;
    const { heldStreams } = options.limits;
    this.#listening = new Listening({
      scope: options.scope,
      maxHeld: heldStreams,
      refused: ({ topic }) => this.#refused(topic, `${heldStreams} wait already to be listened to`),
    });
    this.#incoming = new IncomingStreams({
      maxStreams: options.limits.incomingStreams,
      opened: (stream) => this.#listening.opened(stream),
      refused: (topic) => this.#refused(topic, `${options.limits.incomingStreams} are open already`),
      read: () => this.changed.notify(),
    });
    this.#events = new EventHandler({
      incoming: this.#incoming,
      log: options.log,
      device: () => this.#device?.identity,
      deviceChanged: (device) => this.#deviceChanged(device),
      datagram: ({ channelId, frame, logTime }) => {
        const device = this.#device;
        if (device !== undefined) {
          this.#listening.tell((told) => told.datagramReceived?.(device, channelId, frame, logTime));
        }
      },
    });
    this.room = this.#makeRoom();
  }

  /** Whether it has been open once. */
  get isOpen(): boolean {
    return this.#last !== undefined;
  }

  /** Why it has ended. */
  get ended(): DisconnectReason | undefined {
    return this.#listening.ended;
  }

  /** Whether nothing more is of use: it has ended, is about to, or was left. */
  get isOver(): boolean {
    return this.ended !== undefined || this.#isFinishing || this.hasLeft;
  }

  /** Whether this end is leaving, or has left. */
  get hasLeft(): boolean {
    return this.#listening.hasLeft;
  }

  /** Whether more can be taken from the server. */
  get hasRoom(): boolean {
    return !this.hasLeft && (this.#incoming.waitingBytes < this.#options.limits.incomingBytes || this.isOver);
  }

  /** By which the stream of events is resumed. */
  get lastEventId(): string | undefined {
    return this.#last === undefined ? undefined : formatEventId(this.#last);
  }

  /** An event has come. */
  event(event: ServerEvent): AfterEvent {
    if (this.isOver) return "over";
    switch (event.event) {
      case "open":
        return this.#open(event);
      case "close":
        return this.#close(event.data);
      case "lossy":
        this.#events.lossy(event.data);
        return "on";
      case "text":
      case "binary":
      case "stream":
      case "device":
        return this.#numbered(event);
      default:
        // One that is not known counts all the same.
        return event.id === undefined ? "on" : this.#numbered(event);
    }
  }

  /** The stream of events has broken; it is going to be resumed. */
  away(): void {
    if (!this.isOver && this.isOpen) this.#tellQuality("lost");
  }

  /** The room ends. */
  end(reason: DisconnectReason): void {
    this.#listening.end(reason, () => {
      this.#stop(`the room has ended (${reason})`);
      this.changed.notify();
    });
  }

  /** Leaves: what was written goes first, for as long as it may take. */
  readonly leave: Effect.Effect<void> = Effect.suspend(() => {
    if (!this.#listening.leave()) return Effect.void;
    const drains = this.ended === undefined;
    this.#stop("this participant has left the room", drains);
    this.changed.notify();
    if (!drains) return Effect.void;
    const drained = Effect.forEach(this.#lanes.values(), (lane) => lane.changed.until(() => lane.isIdle), {
      concurrency: "unbounded",
      discard: true,
    });
    return Effect.asVoid(Effect.timeoutOption(drained, this.#options.limits.leaveTimeoutMs));
  });

  #makeRoom(): Room {
    const sid = (): string => this.#sid;
    const present = (): ReadonlyArray<RemoteParticipant> => this.#device === undefined ? [] : [this.#device];
    return {
      identity: this.#options.identity,
      // Another one after a reset: to the device it is another instance then.
      get sid() {
        return sid();
      },
      writeBytes: WRITE_BYTES,
      listen: (listener) =>
        this.#listening.listen(listener, present().map((device) => (to) => to.participantActive?.(device))),
      participants: present,
      participant: (identity) => this.#device?.identity === identity ? this.#device : undefined,
      setAttributes: (attributes) => Effect.sync(() => this.isOver || this.#options.patch(attributes)),
      openByteStream: (options) => Effect.suspend(() => this.#openStream(options)),
    };
  }

  // ---- events ------------------------------------------------------------------------------------------------------

  #open({ data, id }: ServerEvent): AfterEvent {
    const opened = readOpen(data);
    const at = id === undefined ? undefined : parseEventId(id);
    if (opened === undefined || at === undefined) return this.#misunderstood("open");
    const before = this.#last;
    this.#last = at;
    if (before === undefined) this.#begin(opened);
    else if (!opened.resumed || opened.gap !== undefined || opened.sid !== this.#sid) this.#reset(opened);
    else if (at.epoch !== before.epoch || at.sequence !== before.sequence) return this.#misunderstood("open");
    this.#tellQuality("excellent");
    this.changed.notify();
    return this.isOver ? "over" : "on";
  }

  #begin({ sid, device = UNTOLD_DEVICE }: Opened): void {
    this.#sid = sid;
    this.#device = device;
  }

  /**
   * What was to come for sure has not: both directions begin anew, in the same room. To the core it is what a reset by the
   * device is (session.md section 4): the streams have ended, and the device opens new ones. A room joined anew would come
   * to the same, with a session more, a pause for back-off, and a moment without a device.
   */
  #reset({ sid, device = UNTOLD_DEVICE, gap }: Opened): void {
    this.#sid = sid;
    this.#tellReset(gap);
    for (const stream of this.#outgoing.values()) stream.fail("the connection was away for too long; open another");
    this.#outgoing.clear();
    for (const lane of this.#lanes.values()) lane.reset();
    this.#incoming.closeAll();
    this.#events.reset();
    const before = this.#device;
    if (before?.sid === device.sid) {
      // News of it may be among what is lost.
      if (!hasSame(before.attributes, device.attributes)) this.#deviceChanged(device);
      return;
    }
    this.#device = undefined;
    if (before !== undefined) this.#listening.tell((listener) => listener.participantDisconnected?.(before));
    this.#device = device;
    this.#listening.tell((listener) => listener.participantActive?.(device));
  }

  #tellReset(gap: WireGap | undefined): void {
    this.#options.log(
      "warning",
      gap === undefined
        ? "the device no longer knows what it has sent to this viewer: both begin anew"
        : `the viewer was away, or too slow, for too long: the device has not kept events ${gap.from} to ${gap.to}, and ` +
          "drops what came after them; both begin anew",
      gap === undefined ? {} : { from: gap.from, to: gap.to },
    );
    this.#call("onReset", () => this.#options.callbacks.onReset?.(gap));
  }

  #numbered(event: ServerEvent): AfterEvent {
    const id = event.id === undefined ? undefined : parseEventId(event.id);
    const last = this.#last;
    if (id === undefined || last === undefined || id.epoch !== last.epoch) return this.#misunderstood(event.event);
    if (id.sequence <= last.sequence) return "on";
    if (id.sequence > last.sequence + 1) return this.#misunderstood(event.event);
    this.#last = id;
    if (!this.#events.take(event)) return this.#misunderstood(event.event);
    return this.isOver ? "over" : "on";
  }

  /** What the server says is against the rules: no more can be trusted, so that a new session is the way out. */
  #misunderstood(event: string): AfterEvent {
    const lastEventId = this.lastEventId;
    this.#options.log("error", "an event of the device cannot be understood, or is out of order; the room is left", {
      event,
      lastEventId,
    });
    this.end("connection-lost");
    return "over";
  }

  #close(data: string): AfterEvent {
    const reason = readClose(data);
    if (reason === undefined) return this.#misunderstood("close");
    if (reason === "reset") return "again";
    if (reason === "shutdown") this.#finish();
    else this.end(endReasons[reason]);
    return "over";
  }

  /** The device has gone, and the room with it: what it has written is read first, for as long as that may take. */
  #finish(): void {
    this.#isFinishing = true;
    for (const stream of this.#outgoing.values()) stream.fail("the device has left");
    this.#outgoing.clear();
    for (const lane of this.#lanes.values()) lane.reset();
    this.#incoming.closeAll();
    const before = this.#device;
    this.#device = undefined;
    if (before !== undefined) this.#listening.tell((listener) => listener.participantDisconnected?.(before));
    const read = this.changed.until(() => this.#incoming.isRead || this.hasLeft);
    const inTime = Effect.timeoutOption(read, this.#options.limits.leaveTimeoutMs);
    this.#options.fork(Effect.andThen(inTime, Effect.sync(() => this.end(endReasons.shutdown))));
  }

  #deviceChanged(device: RemoteParticipant): void {
    if (device.sid !== this.#device?.sid) return;
    this.#device = device;
    this.#listening.tell((listener) => listener.attributesChanged?.(device));
  }

  // ---- telling -----------------------------------------------------------------------------------------------------

  #refused(topic: string, why: string): void {
    this.#options.log("warning", `a stream of the device is not taken: ${why}`, { topic });
  }

  #tellQuality(quality: ConnectionQuality): void {
    if (this.#quality === quality) return;
    this.#quality = quality;
    const isBack = quality !== "lost";
    this.#options.log("info", isBack ? "the device is heard again" : "the connection is lost; it is being resumed");
    this.#call("onConnection", () => this.#options.callbacks.onConnection?.(isBack));
    this.#listening.tell((listener) => listener.connectionQualityChanged?.(quality, undefined));
  }

  #call(name: string, call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#options.log("error", `${name} has thrown`, { error });
    }
  }

  // ---- streams to the device ---------------------------------------------------------------------------------------

  #openStream(options: ByteStreamOptions): Effect.Effect<OutgoingByteStream, StreamError> {
    const { topic, destinations } = options;
    const refuse = (detail: string): Effect.Effect<never, StreamError> =>
      Effect.fail(new StreamError({ reason: "open", topic, peers: destinations, detail }));
    if (this.isOver) return refuse("the room is over");
    if (this.#device === undefined || !destinations.includes(this.#device.identity)) {
      return refuse("none of the destinations is in the room: a viewer sees the device only");
    }
    if (this.#outgoing.has(topic)) return refuse("a stream of that topic is open; close it first");
    const lane = this.#lane(topic);
    if (lane === undefined) return refuse(`${this.#options.limits.topics} topics were used already; use one of them`);
    const stream = new OutgoingStream(options, lane, (over) => {
      if (this.#outgoing.get(topic) === over) this.#outgoing.delete(topic);
    });
    this.#outgoing.set(topic, stream);
    return Effect.succeed(stream.stream);
  }

  #lane(topic: string): Lane | undefined {
    const known = this.#lanes.get(topic);
    if (known !== undefined) return known;
    if (this.#lanes.size >= this.#options.limits.topics) return undefined;
    const { limits, post, fork } = this.#options;
    const lane = new Lane({
      topic,
      maxBytes: limits.outgoingBytes,
      postBytes: limits.postBytes,
      post: (made) => Effect.suspend(() => post(made, this.#sid)),
    });
    this.#lanes.set(topic, lane);
    fork(lane.run);
    return lane;
  }

  /** Ends every stream; what was written and not posted yet stays, where it is to be drained. */
  #stop(detail: string, drains = false): void {
    for (const stream of [...this.#outgoing.values()]) stream.fail(detail);
    this.#outgoing.clear();
    if (!drains) { for (const lane of this.#lanes.values()) lane.reset(); }
    this.#incoming.breakAll(detail);
    this.#device = undefined;
  }
}

function hasSame(one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): boolean {
  return one.size === other.size && [...one].every(([key, value]) => other.get(key) === value);
}
