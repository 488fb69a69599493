/**
 * Byte streams: ordered, reliable sequences of bytes to named participants. Chunk boundaries mean nothing.
 */
import type * as Effect from "effect/Effect";
import type { StreamError } from "./errors.ts";

/** Where a byte stream goes and what it is about. */
export interface ByteStreamOptions {
  /** What the stream is about, for example `control`. Receivers tell streams apart by it. */
  readonly topic: string;
  /** The identities that are to receive it. At least one; nobody else receives a byte of it. */
  readonly destinations: ReadonlyArray<string>;
}

/**
 * The sending end of a byte stream. One writer at a time: a second `write` waits for the first.
 *
 * The bytes given to `write` are lent for good: the sender does not change them afterwards, the adapter may send or hand
 * them on without a copy, and receivers do not change what they read.
 */
export interface OutgoingByteStream {
  /** The stream's topic. */
  readonly topic: string;
  /** The identities it was opened for. */
  readonly destinations: ReadonlyArray<string>;
  /**
   * Sends the bytes after those of all earlier writes. An adapter guarantees:
   *
   * - order, and that every byte of a write that succeeded reaches each destination that stays, once;
   * - backpressure: it suspends while the transport holds more than a bounded number of bytes of this stream that are
   *   not on their way yet, and goes on by itself when there is room;
   * - that it fails with `reason: "write"` when all destinations have left, when the connection is gone or when the
   *   transport refuses the bytes, and with `reason: "closed"` after `close` or `abort`; once failed it fails ever after;
   * - that it can be interrupted while it is suspended, at once; after that only `abort` is of use, since a part may
   *   have been sent.
   *
   * An empty chunk succeeds and sends nothing.
   */
  readonly write: (bytes: Uint8Array) => Effect.Effect<void, StreamError>;
  /**
   * Ends the stream: receivers read what was written before, by a write that is still suspended too, and then its end.
   * Never fails; a second call, or one after `abort`, does nothing.
   */
  readonly close: Effect.Effect<void>;
  /**
   * Gives the stream up at once, waking a suspended `write` with an error. Receivers may lose what is under way: they
   * see a read error, or the end where the transport cannot tell the two apart. After `close` it gives up only what still
   * waits. Never fails, and can be called again.
   */
  readonly abort: Effect.Effect<void>;
}

/** The receiving end of a byte stream. It is there from the moment the sender opened it; nothing is lost before the first read. */
export interface IncomingByteStream {
  /** The stream's topic. */
  readonly topic: string;
  /** The identity of the sender. */
  readonly sender: string;
  /**
   * The next bytes, of any length but 0, or `undefined` at the end. One reader at a time: a second read meanwhile fails with
   * `reason: "read"`. An adapter guarantees:
   *
   * - the bytes are those written, in order, each once, however they are cut into chunks;
   * - a chunk is the reader's to keep (not to change): it stays as it is after the next read;
   * - `undefined`, and again at every later read, after the sender's `close` and likewise when the sender has left the
   *   room (what it had written before leaving comes first): a sender that goes away is a normal end;
   * - `reason: "read"` when the transport broke the stream in any other way, this side's own room included;
   *   `reason: "closed"` after `cancel`;
   * - a reader that does not read holds up nothing but the writes of this very stream, and the adapter keeps no more
   *   than a bounded number of its bytes. (Where the network's own protocol has no such feedback the adapter's
   *   documentation says so.)
   *
   * Interrupting a read loses no bytes.
   */
  readonly read: Effect.Effect<Uint8Array | undefined, StreamError>;
  /** Stops reading for good: the rest of the stream is thrown away, and a `read` that waits fails. Never fails. */
  readonly cancel: Effect.Effect<void>;
}
