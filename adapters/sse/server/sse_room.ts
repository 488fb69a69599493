/**
 * The room that a device is in: itself, and the viewers that have sessions.
 */
import * as Effect from "effect/Effect";
import type * as Scope from "effect/Scope";
import { type EventGap, type EventLog, ResumeRegistry, RingStore } from "../../../core/resume/mod.ts";
import type { ByteStreamOptions, OutgoingByteStream } from "../../../transport/byte_stream.ts";
import { StreamError } from "../../../transport/errors.ts";
import { Listening, type Tell } from "../../../transport/listening.ts";
import type { Room, RoomListener } from "../../../transport/room.ts";
import {
  ATTEMPT_HEADER,
  type CloseReason,
  formatEventId,
  LAST_EVENT_ID,
  type OpenEvent,
  type WireParticipant,
} from "../wire.ts";
import { DatagramSender } from "./datagram_sender.ts";
import { HttpRefusal, noSession, tooMany } from "./errors.ts";
import { deviceEvent, EncodedFrames, openEvent } from "./event_text.ts";
import { EventStream } from "./event_stream.ts";
import { FlushPacer } from "./flush_pacer.ts";
import { IncomingTopic } from "./incoming_topic.ts";
import { JoinRates } from "./join_rates.ts";
import type { SseSettings } from "./options.ts";
import { Members } from "./members.ts";
import { Outbox } from "./outbox.ts";
import { OutgoingStream } from "./outgoing_stream.ts";
import type { RoomServices } from "./room_services.ts";
import { Session } from "./session.ts";
import { newSessionId, randomHex } from "./session_id.ts";
import { Sessions } from "./sessions.ts";
import { standing, takeAttempt } from "./standing.ts";
import { TokenBucket } from "./token_bucket.ts";

/** About what is one piece of memory: such a piece is made into an event once, for all viewers who are written it. */
const WRITE_BYTES = 64 * 1024;
/** A ring is to hold some more than a few events. */
const RING_WRITES = 16;
/** How often something is said on a stream that is quiet, in ms: Bun ends those that are quiet for 10 s. */
export const KEEP_ALIVE_MS = 8_000;

/** One stay of a device. */
export class SseRoom {
  /** The port's view of it. */
  readonly room: Room;
  readonly sessions: Sessions;
  readonly settings: SseSettings;
  readonly services: RoomServices;
  readonly joins: JoinRates;
  readonly #listening: Listening;
  readonly #registry: ResumeRegistry<Uint8Array>;
  readonly #joinedAt: () => number;
  readonly #members: Members;
  readonly #datagrams: DatagramSender;
  readonly #outgoing: Set<OutgoingStream> = new Set();
  readonly #frames: EncodedFrames = new EncodedFrames();
  readonly #pacer: FlushPacer = new FlushPacer();
  #device: WireParticipant;
  #streamIds = 0;
  #drained: (() => void) | undefined;
  #isOver = false;

  constructor(options: {
    readonly settings: SseSettings;
    readonly scope: Scope.Scope;
    readonly services: RoomServices;
    readonly attributes: ReadonlyMap<string, string>;
    /** When an instance that joins now has joined; never less than it was before. */
    readonly joinedAt: () => number;
  }) {
    const { settings, services } = options;
    this.settings = settings;
    this.services = services;
    this.#joinedAt = options.joinedAt;
    this.sessions = new Sessions(settings.limits, settings.authorize !== undefined);
    const { requestsPerSecond, sessions } = settings.limits;
    this.joins = new JoinRates(requestsPerSecond, sessions, services.nowMs);
    this.#listening = new Listening({
      scope: options.scope,
      maxHeld: settings.limits.heldStreams,
      refused: ({ sender }) =>
        services.log("warning", "a stream is not taken, as too many wait to be listened to", { sender }),
    });
    this.#members = new Members(services, this.#listening);
    const streamOf = (identity: string): EventStream | undefined => this.#members.get(identity)?.stream;
    this.#datagrams = new DatagramSender(settings.limits.lossyFrameBytes, streamOf);
    const { ringEvents, ringBytes } = settings.limits;
    this.#registry = new ResumeRegistry({
      store: new RingStore({
        sizeOf: ({ length }) => length,
        epoch: () => randomHex(6),
        limits: { ringEvents, ringBytes },
      }),
      clock: services.clock,
      log: services.log,
    });
    const attributes = Object.fromEntries(options.attributes);
    this.#device = { identity: settings.identity, sid: randomHex(8), joinedAt: options.joinedAt(), attributes };
    this.room = this.#makeRoom();
  }

  /** Makes a session. It is a participant once its events are read. */
  open(options: {
    readonly subject: string;
    readonly identity: string;
    /** Whether the application gives it that identity, so that nobody has it by having asked for it. */
    readonly isIdentityGiven: boolean;
    readonly attributes: ReadonlyMap<string, string>;
  }): Session {
    const { identity, isIdentityGiven, subject, attributes } = options;
    this.sessions.checkSubject(subject);
    const others = this.sessions.of(identity).filter((other) => other.subject !== subject);
    if (identity === this.settings.identity || (!isIdentityGiven && others.length > 0)) {
      throw new HttpRefusal({
        status: 409,
        error: "identity",
        detail: `somebody else is ${JSON.stringify(identity)} here; ask for another identity, or for none`,
      });
    }
    for (const other of others) if (!other.isIdentityGiven) this.remove(other, "replaced");
    this.sessions.checkRoom(identity);
    const { limits } = this.settings;
    const { nowMs } = this.services;
    const session = new Session({
      id: newSessionId(),
      subject,
      isIdentityGiven,
      participant: { identity, sid: randomHex(8), joinedAt: this.#joinedAt(), attributes },
      bucket: new TokenBucket(limits.requestsPerSecond, nowMs),
      nowMs: nowMs(),
      outbox: (owner) =>
        new Outbox(limits, {
          isConnected: () => owner.stream !== undefined,
          isHeld: () => this.#pacer.isHolding,
          send: (event) => void this.#registry.send(owner.id, event),
        }),
    });
    this.sessions.add(session);
    this.#registry.preRegister(session.id);
    this.#awaitReturn(session);
    return session;
  }

  /** The session of a request. It counts as a sign of life, and against the bound of requests. */
  find(id: string, subject: string): Session {
    const session = this.sessions.find(id, subject);
    if (session === undefined || this.#isOver) throw noSession();
    session.lastRequestMs = this.services.nowMs();
    if (!session.bucket.take()) {
      const { requestsPerSecond } = this.settings.limits;
      throw tooMany("rate", `more than ${requestsPerSecond} requests of this session in a second; wait, and repeat it`);
    }
    return session;
  }

  /** The answer to `GET events`. Whoever read them before reads no more. */
  connect(session: Session, headers: Headers): EventStream {
    takeAttempt(session, headers.get(ATTEMPT_HEADER));
    const { lossyBytes } = this.settings.limits;
    session.stopTimer?.();
    const { since, resumed, gap } = standing(this.#registry, session, headers.get(LAST_EVENT_ID));
    if (!resumed && session.hasBeenRead) this.#reset(session);
    session.hasBeenRead = true;
    if (!session.isActive) this.#replace(session);
    const log = this.#registry.events(session.id) ?? this.#unkept(session);
    const id = formatEventId({ epoch: log.epoch, sequence: since });
    const stream = new EventStream({
      owner: this.#owner(session),
      log,
      cursor: since,
      open: openEvent(id, this.#opening(session, resumed, gap)),
      lossyBytes,
    });
    // Before the registry tells the one that read before: it is not a loss, and nobody is away.
    session.stream = stream;
    const { events, generation } = this.#registry.resume(session.id, stream, since);
    stream.generation = generation;
    session.outbox.connected(events);
    this.#care(session, stream);
    this.#members.enter(session);
    session.outbox.pump();
    return stream;
  }

  /** The byte streams of a topic that a viewer sends. */
  topic(session: Session, name: string): IncomingTopic {
    const known = session.topics.get(name);
    if (known !== undefined) return known;
    const { topics, incomingBytes } = this.settings.limits;
    if (session.topics.size >= topics) {
      throw tooMany("topics", `a session has byte streams of ${topics} topics at most; use one of those`);
    }
    const topic = new IncomingTopic({
      topic: name,
      sender: session.participant.identity,
      maxBytes: incomingBytes,
      opened: (stream) => this.#listening.opened(stream),
    });
    session.topics.set(name, topic);
    return topic;
  }

  /** Gives a viewer other attributes. */
  setAttributes(session: Session, attributes: ReadonlyMap<string, string>): void {
    session.participant = { ...session.participant, attributes };
    if (session.isActive) this.#listening.tell((listener) => listener.attributesChanged?.(session.participant));
  }

  /** Ends a session: the viewer has left. */
  remove(session: Session, reason: CloseReason): void {
    if (session.isGone) return;
    session.isGone = true;
    session.stopTimer?.();
    this.sessions.remove(session);
    session.stream?.close(reason);
    session.stopTimer?.();
    this.#registry.terminate(session.id);
    this.#letGo(session);
    this.#members.leave(session);
  }

  /** The room is over for the device, by another's doing. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stop("the room has ended (replaced)");
    for (const session of this.sessions.all()) this.remove(session, "shutdown");
    this.#listening.end("replaced");
  }

  /** Leaves: viewers that read are given time to read what was written. */
  async leave(): Promise<void> {
    this.#listening.leave();
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stop("this participant has left the room");
    const { leaveTimeoutMs } = this.settings.limits;
    for (const session of this.sessions.all()) {
      session.stopTimer?.();
      session.stream?.finish("shutdown");
    }
    if (this.#isReading()) {
      await new Promise<void>((resolve) => {
        const stop = this.services.after(leaveTimeoutMs, resolve);
        this.#drained = () => {
          stop();
          resolve();
        };
      });
    }
    for (const session of this.sessions.all()) this.remove(session, "shutdown");
  }

  #listen(listener: RoomListener): void {
    const present = this.#members.participants().map((participant): Tell => (to) =>
      to.participantActive?.(participant)
    );
    this.#listening.listen(listener, present);
  }

  #isReading(): boolean {
    return this.sessions.all().some(({ stream }) => stream !== undefined);
  }

  #stop(detail: string): void {
    for (const stream of [...this.#outgoing]) stream.fail({ reason: "write", detail });
    for (const session of this.sessions.all()) for (const topic of session.topics.values()) topic.fail(detail);
  }

  #makeRoom(): Room {
    const device = this.#device;
    return {
      identity: device.identity,
      sid: device.sid,
      writeBytes: Math.min(WRITE_BYTES, Math.ceil(this.settings.limits.ringBytes / RING_WRITES)),
      sharesWrites: true,
      listen: (listener) => this.#listen(listener),
      participants: () => this.#members.participants(),
      participant: (identity) => this.#members.get(identity)?.participant,
      setAttributes: (attributes) => Effect.sync(() => this.#setOwnAttributes(attributes)),
      openByteStream: (options) => Effect.suspend(() => this.#openByteStream(options)),
      datagrams: this.#datagrams,
    };
  }

  #setOwnAttributes(attributes: ReadonlyMap<string, string>): void {
    this.#device = { ...this.#device, attributes: { ...this.#device.attributes, ...Object.fromEntries(attributes) } };
    const event = deviceEvent(this.#device);
    // Others are told on opening.
    for (const session of this.sessions.all()) if (session.hasBeenRead) session.outbox.sendNow(event);
  }

  #openByteStream({ topic, destinations }: ByteStreamOptions): Effect.Effect<OutgoingByteStream, StreamError> {
    const sessions = new Set<Session>();
    for (const identity of destinations) {
      const session = this.#members.get(identity);
      if (session !== undefined) sessions.add(session);
    }
    if (this.#isOver || sessions.size === 0) {
      const detail = this.#isOver ? "the room has ended" : "none of the destinations is in the room";
      return Effect.fail(new StreamError({ reason: "open", topic, peers: destinations, detail }));
    }
    const stream = new OutgoingStream({
      id: this.#streamIds++,
      topic,
      destinations,
      sessions: [...sessions],
      frames: this.#frames,
      onOver: (over) => this.#outgoing.delete(over),
    });
    this.#outgoing.add(stream);
    return Effect.succeed(stream.stream);
  }

  /** The events of a session of which none are kept: it has none before somebody reads. */
  #unkept(session: Session): Pick<EventLog<Uint8Array>, "epoch" | "next" | "at"> {
    this.#registry.register(session.id, { isClosed: true, offer: () => "closed", end: () => undefined });
    return this.#registry.events(session.id)!;
  }

  #opening(session: Session, resumed: boolean, gap: EventGap | undefined): OpenEvent {
    return { sid: session.participant.sid, resumed, ...(gap !== undefined && { gap }), device: this.#device };
  }

  /** What was under way cannot be continued: the viewer is another instance from now on, and both directions begin anew. */
  #reset(session: Session): void {
    session.stream?.close("replaced");
    session.stopTimer?.();
    this.#registry.terminate(session.id);
    this.#letGo(session);
    this.#members.reset(session);
    session.participant = { ...session.participant, sid: randomHex(8), joinedAt: this.#joinedAt() };
  }

  /** The streams of an instance are over, in both directions. */
  #letGo(session: Session): void {
    for (const topic of session.topics.values()) topic.end();
    session.topics.clear();
    session.outbox.clear();
    session.newestControl = undefined;
    for (const stream of [...this.#outgoing]) stream.forget(session);
  }

  /** An identity is in the room once: another session that has it, or is about to, is over. */
  #replace(session: Session): void {
    for (const other of this.sessions.of(session.participant.identity)) {
      if (other !== session && (other.isActive || other.stream !== undefined)) this.remove(other, "replaced");
    }
  }

  #owner(session: Session): ConstructorParameters<typeof EventStream>[0]["owner"] {
    return {
      changed: (stream) => this.#pacer.flush(stream),
      advanced: (stream, bytes) => {
        if (session.stream !== stream) return;
        const next = this.#registry.events(session.id)?.next ?? 0;
        session.outbox.advanced(bytes, next - 1 - stream.cursor);
      },
      dropped: (message) => this.#datagrams.dropped(session.participant.identity, message),
      over: (stream, why) => this.#lost(session, stream, why),
    };
  }

  /** Nobody reads a session any more. From now on it is away. */
  #lost(session: Session, stream: EventStream, why: string): void {
    if (session.stream !== stream) return;
    session.stream = undefined;
    session.stopTimer?.();
    session.stopWaiting?.();
    this.#registry.unregister(session.id, stream.generation);
    const { identity, sid } = session.participant;
    this.services.log("debug", "a viewer reads no more", { identity, sid, why });
    if (!this.#isOver && !session.isGone) {
      this.#awaitReturn(session);
      session.outbox.pump();
    }
    if (this.#drained !== undefined && !this.#isReading()) this.#drained();
  }

  #awaitReturn(session: Session): void {
    const { resumeTtlMs } = this.settings;
    session.stopTimer = this.services.after(resumeTtlMs, () => this.remove(session, "expired"));
  }

  /** Says something every 8 s, and gives a client up that has made no request for as long as it may be away. */
  #care(session: Session, stream: EventStream): void {
    const { resumeTtlMs } = this.settings;
    session.stopTimer?.();
    const silent = this.services.nowMs() - session.lastRequestMs;
    session.stopTimer = this.services.after(Math.min(KEEP_ALIVE_MS, Math.max(1, resumeTtlMs - silent)), () => {
      if (session.stream !== stream) return;
      const silentFor = this.services.nowMs() - session.lastRequestMs;
      if (silentFor >= resumeTtlMs) return stream.lose("it has made no request for as long as it may be away");
      stream.keepAlive();
      this.#care(session, stream);
    });
  }
}
