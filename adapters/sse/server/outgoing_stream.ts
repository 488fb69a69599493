/**
 * The sending end of a byte stream of the device's.
 */
import * as Effect from "effect/Effect";
import { CONTROL_TOPIC } from "../../../core/protocol/mod.ts";
import type { OutgoingByteStream } from "../../../transport/byte_stream.ts";
import { StreamError, type StreamErrorReason } from "../../../transport/errors.ts";
import { dataEvents, type EncodedFrames, streamEvent } from "./event_text.ts";
import type { Outgoing } from "./outbox.ts";
import type { Session } from "./session.ts";

interface Failure {
  readonly reason: StreamErrorReason;
  readonly detail: string;
}

const ABORTED: Failure = { reason: "closed", detail: "it was aborted" };

/** A write that some destinations have not taken all of. */
class Write {
  /** Those destinations. */
  readonly waiting: Map<Session, Outgoing> = new Map();
  /** Ends the wait; there once somebody waits. */
  resume: ((result: Effect.Effect<void, StreamError>) => void) | undefined;
}

/** A stream to one viewer or several. */
export class OutgoingStream {
  /** What the core sees of it. */
  readonly stream: OutgoingByteStream;
  readonly id: number;
  readonly #frames: EncodedFrames;
  readonly #onOver: (stream: OutgoingStream) => void;
  readonly #writes: Set<Write> = new Set();
  #legs: ReadonlyArray<Session>;
  #failure: Failure | undefined;

  constructor(options: {
    readonly id: number;
    readonly topic: string;
    readonly destinations: ReadonlyArray<string>;
    readonly sessions: ReadonlyArray<Session>;
    readonly frames: EncodedFrames;
    /** No destination is to hear of it any more. */
    readonly onOver: (stream: OutgoingStream) => void;
  }) {
    this.id = options.id;
    this.#frames = options.frames;
    this.#onOver = options.onOver;
    this.#legs = options.sessions;
    this.stream = {
      topic: options.topic,
      destinations: options.destinations,
      write: (bytes) => Effect.suspend(() => this.#write(bytes)),
      close: Effect.sync(() => this.#close()),
      abort: Effect.sync(() => this.#abort()),
    };
    const opened = streamEvent({ stream: this.id, op: "open", topic: options.topic });
    for (const session of this.#legs) {
      session.outbox.sendNow(opened);
      if (options.topic === CONTROL_TOPIC) session.newestControl = this;
    }
  }

  /** A destination has left, or was reset. */
  forget(session: Session): void {
    if (!this.#legs.includes(session)) return;
    this.#legs = this.#legs.filter((leg) => leg !== session);
    if (this.#legs.length === 0) return this.fail({ reason: "write", detail: "all destinations have left" });
    for (const write of [...this.#writes]) this.#taken(write, session);
  }

  /** Takes no more, and fails the writes that wait. */
  fail(failure: Failure): void {
    this.#failure ??= failure;
    const writes = [...this.#writes];
    this.#writes.clear();
    for (const write of writes) this.#drop(write);
    this.#legs = [];
    this.#onOver(this);
    for (const write of writes) write.resume?.(Effect.fail(this.#error(failure)));
  }

  #write(bytes: Uint8Array): Effect.Effect<void, StreamError> {
    if (this.#failure !== undefined) return Effect.fail(this.#error(this.#failure));
    if (bytes.length === 0) return Effect.void;
    // What is usual, and for every frame: it goes at once.
    let write: Write | undefined;
    for (const session of this.#legs) {
      const outgoing: Outgoing = {
        events: () => this.#events(session, bytes),
        sent: () => write !== undefined && this.#taken(write, session),
      };
      if (!session.outbox.offer(outgoing)) (write ??= this.#begin()).waiting.set(session, outgoing);
    }
    return write === undefined ? Effect.void : this.#wait(write);
  }

  #begin(): Write {
    const write = new Write();
    this.#writes.add(write);
    return write;
  }

  #wait(write: Write): Effect.Effect<void, StreamError> {
    return Effect.callback((resume) => {
      // Much may have happened: the fiber may have been made to yield before it came here.
      if (!this.#writes.has(write)) {
        return resume(write.waiting.size === 0 ? Effect.void : Effect.fail(this.#error(this.#failure ?? ABORTED)));
      }
      write.resume = resume;
      return Effect.sync(() => this.#giveUp(write));
    });
  }

  /** The newest control stream of a viewer goes as messages; any other one as bytes. */
  #events(session: Session, bytes: Uint8Array): ReadonlyArray<Uint8Array> {
    const messages = session.newestControl === this ? this.#frames.of(bytes) : undefined;
    return messages ?? dataEvents(this.id, bytes);
  }

  #taken(write: Write, session: Session): void {
    write.waiting.delete(session);
    if (write.waiting.size > 0 || !this.#writes.delete(write)) return;
    write.resume?.(Effect.void);
  }

  #giveUp(write: Write): void {
    if (!this.#writes.has(write)) return;
    this.#failure = { reason: "write", detail: "a write was interrupted, so part of it may have been sent; abort it" };
    this.#writes.delete(write);
    this.#drop(write);
  }

  /** What still waits of it is not sent. */
  #drop(write: Write): void {
    for (const [session, outgoing] of write.waiting) session.outbox.drop((other) => other === outgoing);
  }

  #close(): void {
    if (this.#failure !== undefined) return;
    this.#failure = { reason: "closed", detail: "it was closed" };
    const closed = [streamEvent({ stream: this.id, op: "close" })];
    // Behind the writes that still wait.
    for (const session of this.#legs) {
      const sent = (): void => this.#told(session);
      if (session.outbox.offer({ events: () => closed, sent })) sent();
    }
  }

  /** A destination has been told of the end. */
  #told(session: Session): void {
    this.#legs = this.#legs.filter((leg) => leg !== session);
    if (this.#legs.length === 0) this.#onOver(this);
  }

  #abort(): void {
    const legs = this.#legs;
    if (legs.length === 0) return;
    const aborted = streamEvent({ stream: this.id, op: "abort" });
    this.fail(ABORTED);
    for (const session of legs) session.outbox.sendNow(aborted);
  }

  #error(failure: Failure): StreamError {
    return new StreamError({ topic: this.stream.topic, peers: this.stream.destinations, ...failure });
  }
}
