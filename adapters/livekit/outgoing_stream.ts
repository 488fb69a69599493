/**
 * The sending end of a byte stream.
 */
import * as Effect from "effect/Effect";
import type { OutgoingByteStream } from "../../transport/byte_stream.ts";
import { StreamError, type StreamErrorReason } from "../../transport/errors.ts";
import { messageOf } from "../../transport/message_of.ts";
import { turn } from "./turn.ts";

/** What livekit-client gives to write with. */
export interface ByteWriter {
  readonly write: (chunk: Uint8Array) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Bytes that are handed on at a time: a whole number of livekit-client's packets. */
const PIECE = 60_000;

interface Failure {
  readonly reason: StreamErrorReason;
  readonly detail: string;
  readonly cause?: unknown;
}

interface Write {
  readonly bytes: Uint8Array;
  offset: number;
  readonly resume: (result: Effect.Effect<void, StreamError>) => void;
}

/** One destination. */
interface Destination {
  readonly sid: string;
  /** Bytes that it says it has read; undefined as long as it says nothing. */
  read: number | undefined;
}

/** A stream that this participant sends. */
export class OutgoingStream {
  /** What the core sees of it. */
  readonly stream: OutgoingByteStream;
  /** Its id on the wire. */
  readonly id: string;
  readonly #canSend: () => boolean;
  readonly #onGone: (stream: OutgoingStream) => void;
  readonly #writer: ByteWriter;
  readonly #window: number;
  #destinations: Array<Destination>;
  #writes: Array<Write> = [];
  #written = 0;
  #state: "open" | "closing" | "over" = "open";
  /** Whether its end has been handed on. */
  #isEndSent = false;
  #failure: Failure | undefined;
  #pumping = false;

  constructor(options: {
    /** Whether bytes can be handed on now; while the signal connection is resumed they would pile up. */
    readonly canSend: () => boolean;
    /** Its end has arrived wherever that can be known; nothing is of use to it any more. */
    readonly onGone: (stream: OutgoingStream) => void;
    readonly writer: ByteWriter;
    readonly id: string;
    readonly topic: string;
    readonly destinations: ReadonlyArray<string>;
    readonly sids: ReadonlyArray<string>;
    readonly windowBytes: number;
  }) {
    this.#canSend = options.canSend;
    this.#onGone = options.onGone;
    this.#writer = options.writer;
    this.#window = options.windowBytes;
    this.#destinations = options.sids.map((sid) => ({ sid, read: undefined }));
    this.id = options.id;
    this.stream = {
      topic: options.topic,
      destinations: options.destinations,
      write: (bytes) => Effect.suspend(() => this.#write(bytes)),
      close: Effect.sync(() => this.#close()),
      abort: Effect.sync(() => this.fail({ reason: "closed", detail: "it was aborted" })),
    };
  }

  /** A destination has left, or this stream does not reach it any more. */
  forget(sid: string): void {
    const remaining = this.#destinations.filter((destination) => destination.sid !== sid);
    if (remaining.length === this.#destinations.length) return;
    this.#destinations = remaining;
    if (remaining.length === 0) this.fail({ reason: "write", detail: "all destinations have left" });
    this.#goOn();
  }

  /** A destination has read so many bytes. */
  receipt(sid: string, read: number | "all"): void {
    const destination = this.#destinations.find((one) => one.sid === sid);
    if (destination === undefined) return;
    destination.read = read === "all" ? Infinity : Math.max(destination.read ?? 0, Math.min(read, this.#written));
    this.#goOn();
  }

  /** Whether one of its destinations sends no receipts: nothing tells when it has got everything. */
  get isUnconfirmed(): boolean {
    return this.#destinations.some(({ read }) => read === undefined);
  }

  /** Whether nothing more is written to it: its end is on its way, or has arrived. */
  get isOver(): boolean {
    return this.#state === "over";
  }

  /** Goes on with the writes that wait. */
  pump(): void {
    if (!this.#pumping) void this.#pump();
  }

  /** Takes no more, and fails the writes that wait. The reader sees the end after what has been handed on. */
  fail(failure: Failure): void {
    if (this.#state === "over") return;
    const writes = this.#writes;
    this.#writes = [];
    this.#finish(failure);
    for (const write of writes) write.resume(Effect.fail(this.#error(failure)));
  }

  async #pump(): Promise<void> {
    this.#pumping = true;
    for (let write = this.#writes[0]; write !== undefined && this.#canSend(); write = this.#writes[0]) {
      if (this.#isUnwanted()) {
        this.#writes.shift();
        write.resume(Effect.void);
        continue;
      }
      const room = this.#room();
      const left = write.bytes.length - write.offset;
      // A reader that makes room in crumbs is not sent crumbs.
      if (room < Math.min(left, PIECE, this.#window / 8)) break;
      const piece = write.bytes.subarray(write.offset, write.offset + Math.min(PIECE, room));
      // A receipt for them may come before the write is done.
      this.#written += piece.length;
      try {
        await this.#writer.write(piece);
        await turn();
      } catch (cause) {
        this.fail({ reason: "write", detail: messageOf(cause), cause });
        break;
      }
      write.offset += piece.length;
      if (write.offset < write.bytes.length || this.#writes[0] !== write) continue;
      this.#writes.shift();
      write.resume(Effect.void);
    }
    this.#pumping = false;
    if (this.#state === "closing" && this.#writes.length === 0) {
      this.#finish({ reason: "closed", detail: "it was closed" });
    }
  }

  /** Bytes that may be sent before the slowest of those that send receipts has read on. */
  #room(): number {
    let room = Infinity;
    for (const { read } of this.#destinations) {
      if (read !== undefined) room = Math.min(room, read + this.#window - this.#written);
    }
    return room;
  }

  #write(bytes: Uint8Array): Effect.Effect<void, StreamError> {
    if (this.#failure !== undefined) return Effect.fail(this.#error(this.#failure));
    if (this.#state !== "open") return Effect.fail(this.#error({ reason: "closed", detail: "it was closed" }));
    if (bytes.length === 0) return Effect.void;
    return Effect.callback((resume) => {
      if (this.#failure !== undefined) return resume(Effect.fail(this.#error(this.#failure)));
      const write: Write = { bytes, offset: 0, resume };
      this.#writes.push(write);
      this.pump();
      return Effect.sync(() => this.#giveUp(write));
    });
  }

  /** Whether all who stay have said that they want no more: what nobody reads is not sent. */
  #isUnwanted(): boolean {
    return this.#destinations.length > 0 && this.#destinations.every(({ read }) => read === Infinity);
  }

  #giveUp(write: Write): void {
    if (!this.#writes.includes(write)) return;
    const detail = "a write was interrupted, so part of it may have been sent; abort it";
    this.#writes = this.#writes.filter((other) => other !== write);
    this.fail({ reason: "write", detail });
  }

  #close(): void {
    if (this.#state !== "open") return;
    this.#state = "closing";
    if (this.#writes.length === 0 && !this.#pumping) this.#finish({ reason: "closed", detail: "it was closed" });
  }

  #finish(failure: Failure): void {
    this.#state = "over";
    this.#failure = failure;
    // livekit-client writes the end behind what it still holds; it fails where the room is over, and nobody minds then.
    void this.#writer.close().catch(() => undefined).then(() => {
      this.#isEndSent = true;
      this.#goOn();
    });
  }

  #goOn(): void {
    if (!this.#isEndSent) return this.pump();
    if (this.#destinations.every(({ read }) => read === undefined || read === Infinity)) this.#onGone(this);
  }

  #error(failure: Failure): StreamError {
    return new StreamError({ topic: this.stream.topic, peers: this.stream.destinations, ...failure });
  }
}
