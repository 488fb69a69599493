/**
 * The byte streams that go to the device.
 */
import * as Effect from "effect/Effect";
import * as Semaphore from "effect/Semaphore";
import type { ByteStreamOptions, OutgoingByteStream } from "../../../transport/byte_stream.ts";
import { StreamError, type StreamErrorReason } from "../../../transport/errors.ts";
import type { Lane, LaneStream } from "./lane.ts";

/** One stream. */
export class OutgoingStream implements LaneStream {
  /** What the core sees of it. */
  readonly stream: OutgoingByteStream;
  readonly #lane: Lane;
  readonly #onOver: (stream: OutgoingStream) => void;
  readonly #turn: Semaphore.Semaphore = Semaphore.makeUnsafe(1);
  #writes = 0;
  #isClosed = false;
  #failure: { readonly reason: StreamErrorReason; readonly detail: string } | undefined;
  #isOver = false;

  constructor({ topic, destinations }: ByteStreamOptions, lane: Lane, onOver: (stream: OutgoingStream) => void) {
    this.#lane = lane;
    this.#onOver = onOver;
    this.stream = {
      topic,
      destinations,
      write: (bytes) => this.#write(bytes),
      close: Effect.sync(() => this.#close()),
      abort: Effect.sync(() => this.#abort()),
    };
    lane.open(this);
  }

  /** It ends by itself: nothing can be written any more. */
  fail(detail: string): void {
    if (this.#failure === undefined) this.#failure = { reason: "write", detail };
    this.#over();
    this.#lane.changed.notify();
  }

  #write(bytes: Uint8Array): Effect.Effect<void, StreamError> {
    return Effect.suspend(() => {
      if (this.#failure !== undefined) return Effect.fail(this.#error(this.#failure));
      if (this.#isClosed) return Effect.fail(this.#error({ reason: "closed", detail: "it was closed" }));
      if (bytes.length === 0) return Effect.void;
      this.#writes++;
      const written = Effect.ensuring(this.#turn.withPermits(1)(this.#send(bytes)), Effect.sync(() => this.#written()));
      return written;
    });
  }

  /** Hands all of it on, as far as there is room. */
  readonly #send: (bytes: Uint8Array) => Effect.Effect<void, StreamError> = Effect.fnUntraced(
    function* (this: OutgoingStream, bytes: Uint8Array) {
      for (let from = 0; from < bytes.length;) {
        if (this.#failure !== undefined) return yield* this.#error(this.#failure);
        const to = from + Math.min(this.#lane.room, bytes.length - from);
        if (to > from) this.#lane.add(this, bytes.subarray(from, to));
        else yield* this.#lane.changed.until(() => this.#lane.room > 0 || this.#failure !== undefined);
        from = to;
      }
    },
  );

  #written(): void {
    this.#writes--;
    if (this.#isClosed) this.#finish();
  }

  #close(): void {
    if (this.#isClosed || this.#failure !== undefined) return;
    this.#isClosed = true;
    this.#finish();
  }

  /** Says the end when every write has been said. */
  #finish(): void {
    if (this.#writes > 0 || this.#failure !== undefined || this.#isOver) return;
    this.#lane.close(this);
    this.#over();
  }

  #abort(): void {
    if (this.#failure !== undefined) return;
    this.#failure = { reason: "closed", detail: "it was aborted" };
    this.#lane.abort(this, this.#isOver);
    this.#over();
  }

  #over(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#onOver(this);
  }

  #error({ reason, detail }: { readonly reason: StreamErrorReason; readonly detail: string }): StreamError {
    return new StreamError({ reason, topic: this.stream.topic, peers: this.stream.destinations, detail });
  }
}
