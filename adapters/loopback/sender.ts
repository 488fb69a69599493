/**
 * The sending end of a byte stream.
 */
import * as Effect from "effect/Effect";
import type { OutgoingByteStream } from "../../transport/byte_stream.ts";
import { StreamError, type StreamErrorReason } from "../../transport/errors.ts";
import type { Fabric } from "./fabric.ts";
import { type Leg, Parcel, Signal } from "./leg.ts";
import type { Receiver, ReceiverHost } from "./receiver.ts";
import type { Station } from "./station.ts";

/** What was last done with a stream. `closing`: its end goes out after the writes that still wait. */
type State = "open" | "closing" | "over";

interface WaitingWrite {
  readonly bytes: Uint8Array;
  offset: number;
  /** How it went, once that is known. */
  result: Effect.Effect<void, StreamError> | undefined;
  resume: ((result: Effect.Effect<void, StreamError>) => void) | undefined;
}

/** A stream that a participant sends. */
export class Sender implements ReceiverHost {
  /** What the participant sees of it. */
  readonly stream: OutgoingByteStream;
  /** The stream's number, for the trace. */
  readonly id: number;
  readonly #fabric: Fabric;
  readonly #station: Station;
  readonly #pieceBytes: number;
  readonly #onOver: (sender: Sender) => void;
  #receivers: ReadonlyArray<Receiver> = [];
  #waiting: Array<WaitingWrite> = [];
  #state: State = "open";
  #failure: { readonly reason: StreamErrorReason; readonly detail: string } | undefined;
  #pumping = false;

  constructor(options: {
    readonly fabric: Fabric;
    readonly station: Station;
    readonly id: number;
    readonly topic: string;
    readonly destinations: ReadonlyArray<string>;
    readonly pieceBytes: number;
    readonly onOver: (sender: Sender) => void;
  }) {
    this.#fabric = options.fabric;
    this.#station = options.station;
    this.#pieceBytes = options.pieceBytes;
    this.#onOver = options.onOver;
    this.id = options.id;
    this.stream = {
      topic: options.topic,
      destinations: options.destinations,
      write: (bytes) => Effect.suspend(() => this.#write(bytes)),
      close: Effect.sync(() => this.#close()),
      abort: Effect.sync(() => this.#abort({ reason: "closed", detail: "it was aborted" })),
    };
  }

  /** Sets where it goes. */
  attach(receivers: ReadonlyArray<Receiver>): void {
    this.#receivers = receivers;
  }

  /** A destination has left. */
  forget(sid: string): void {
    if (!this.#receivers.some((receiver) => receiver.sid === sid)) return;
    this.#receivers = this.#receivers.filter((receiver) => receiver.sid !== sid);
    if (this.#state === "over") return;
    if (this.#receivers.length > 0) this.pump();
    else this.#fail({ reason: "write", detail: "all destinations have left" });
  }

  /** The sender's own room is over: what was written arrives, and then the end. */
  leave(detail: string): void {
    if (this.#state === "over") return;
    this.#fail({ reason: "write", detail });
    this.#sendEnd();
  }

  /** Goes on with the writes that wait, as far as there is room. */
  pump(): void {
    // What is sent may wake a reader that writes to this very stream, or gives back room: the loop sees it.
    if (this.#pumping) return;
    this.#pumping = true;
    for (let write = this.#waiting[0]; write !== undefined; write = this.#waiting[0]) {
      this.#advance(write);
      if (write.offset < write.bytes.length) break;
      if (this.#waiting[0] === write) this.#waiting.shift();
      this.#settle(write, Effect.void);
    }
    this.#pumping = false;
    if (this.#state === "closing" && this.#waiting.length === 0) this.#finish();
  }

  #write(bytes: Uint8Array): Effect.Effect<void, StreamError> {
    const failure = this.#failure;
    if (failure !== undefined) return Effect.fail(this.#error(failure.reason, failure.detail));
    if (this.#state !== "open") return Effect.fail(this.#error("closed", "it was closed"));
    if (this.#station.takeFailure("writes")) return this.#failNow();
    if (bytes.length === 0) return Effect.void;
    const write: WaitingWrite = { bytes, offset: 0, result: undefined, resume: undefined };
    this.#waiting.push(write);
    this.pump();
    return write.result ?? this.#wait(write);
  }

  #wait(write: WaitingWrite): Effect.Effect<void, StreamError> {
    return Effect.callback((resume) => {
      // The fiber may have been made to yield before it came here.
      if (write.result !== undefined) return resume(write.result);
      this.#trace(`waits with ${write.bytes.length - write.offset}`);
      write.resume = resume;
      return Effect.sync(() => this.#giveUp(write));
    });
  }

  #settle(write: WaitingWrite, result: Effect.Effect<void, StreamError>): void {
    write.result = result;
    const { resume } = write;
    if (resume !== undefined) this.#fabric.engine.wake(() => resume(result));
  }

  /** Sends as much of it as there is room for. */
  #advance(write: WaitingWrite): void {
    const { bytes } = write;
    while (write.offset < bytes.length && !this.#station.stalled && this.#state !== "over") {
      const size = Math.min(bytes.length - write.offset, this.#pieceBytes);
      for (const receiver of this.#receivers) if (!receiver.hasRoom(size)) return;
      const piece = size === bytes.length ? bytes : bytes.subarray(write.offset, write.offset + size);
      write.offset += size;
      this.#sendPiece(piece);
    }
  }

  #sendPiece(piece: Uint8Array): void {
    if (this.#fabric.trace !== undefined) this.#trace(`sends ${piece.length}`);
    const receivers = this.#receivers;
    for (const receiver of receivers) receiver.reserve(piece.length);
    if (!this.#station.up.clean) return void new UpPiece([this.#station.up], receivers, piece).carry();
    for (const receiver of receivers) receiver.send(piece);
  }

  #giveUp(write: WaitingWrite): void {
    const index = this.#waiting.indexOf(write);
    if (index < 0) return;
    this.#waiting.splice(index, 1);
    this.#abort({ reason: "write", detail: "a write was interrupted, so part of it may have been sent; abort it" });
  }

  #close(): void {
    if (this.#state !== "open") return;
    this.#trace("closes");
    this.#state = "closing";
    if (this.#waiting.length === 0) this.#finish();
  }

  #finish(): void {
    this.#over({ reason: "closed", detail: "it was closed" });
    this.#sendEnd();
  }

  #abort(failure: { readonly reason: StreamErrorReason; readonly detail: string }): void {
    if (this.#state === "over") return;
    this.#trace(`aborts (${failure.detail})`);
    this.#fail(failure);
    this.#toAll((receiver) => receiver.sendEnd({ reason: "read", detail: "the sender aborted it" }));
  }

  #failNow(): Effect.Effect<void, StreamError> {
    const detail = "the transport refused the bytes";
    this.#abort({ reason: "write", detail });
    return Effect.fail(this.#error("write", detail));
  }

  #fail(failure: { readonly reason: StreamErrorReason; readonly detail: string }): void {
    this.#over(failure);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const write of waiting) this.#settle(write, Effect.fail(this.#error(failure.reason, failure.detail)));
  }

  #over(failure: { readonly reason: StreamErrorReason; readonly detail: string }): void {
    this.#state = "over";
    this.#failure = failure;
    this.#onOver(this);
  }

  #sendEnd(): void {
    this.#toAll((receiver) => receiver.sendEnd("end"));
  }

  #toAll(send: (receiver: Receiver) => void): void {
    const receivers = this.#receivers;
    const all = (): void => receivers.forEach(send);
    if (this.#station.up.clean) all();
    else new Signal([this.#station.up], all).carry();
  }

  #error(reason: StreamErrorReason, detail: string): StreamError {
    return new StreamError({ reason, topic: this.stream.topic, peers: this.stream.destinations, detail });
  }

  #trace(what: string): void {
    this.#fabric.trace?.add(`stream ${this.id} ${this.#station.identity} ${what}`);
  }
}

/** Bytes on their way to the server, which hands them on to all destinations. */
class UpPiece extends Parcel {
  readonly #receivers: ReadonlyArray<Receiver>;
  readonly #bytes: Uint8Array;

  constructor(legs: ReadonlyArray<Leg>, receivers: ReadonlyArray<Receiver>, bytes: Uint8Array) {
    super(legs, bytes.length, true);
    this.#receivers = receivers;
    this.#bytes = bytes;
  }

  protected override arrived(): void {
    for (const receiver of this.#receivers) receiver.send(this.#bytes);
  }
}
