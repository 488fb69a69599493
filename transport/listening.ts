/**
 * Telling the core what happens in a room: what the adapters over a network have in common of it.
 */
import * as Effect from "effect/Effect";
import type * as Scope from "effect/Scope";
import type { IncomingByteStream } from "./byte_stream.ts";
import type { DisconnectReason } from "./participant.ts";
import type { RoomListener } from "./room.ts";

/** Says one thing to a listener. */
export type Tell = (listener: RoomListener) => void;

/** The listener of a room, and what it is to be told once it is there. */
export class Listening {
  readonly #scope: Scope.Scope;
  readonly #maxHeld: number;
  readonly #refused: (stream: IncomingByteStream) => void;
  #listener: RoomListener | undefined;
  #held: Array<IncomingByteStream> = [];
  #ended: DisconnectReason | undefined;
  #hasLeft = false;

  constructor(options: {
    /** The scope in which the room was joined. */
    readonly scope: Scope.Scope;
    /** Streams that are kept between joining and listening. */
    readonly maxHeld: number;
    /** A stream is not taken, since so many are kept already. It is cancelled. */
    readonly refused: (stream: IncomingByteStream) => void;
  }) {
    this.#scope = options.scope;
    this.#maxHeld = options.maxHeld;
    this.#refused = options.refused;
  }

  /** Why the room has ended, without this participant having left it. */
  get ended(): DisconnectReason | undefined {
    return this.#ended;
  }

  /** Whether this participant is leaving, or has left. */
  get hasLeft(): boolean {
    return this.#hasLeft;
  }

  /** Begins; see the port. `present`: what is there already. */
  listen(listener: RoomListener, present: ReadonlyArray<Tell>): void {
    if (this.#ended !== undefined) {
      this.#listener = listener;
      return queueMicrotask(() => this.#tellEnd());
    }
    // Any of these calls may make the core leave.
    for (const tell of present) if (!this.#isGone()) tell(listener);
    this.#listener = listener;
    const held = this.#held;
    this.#held = [];
    for (const stream of held) this.#tellOpened(stream);
  }

  /** Tells the listener, if there is one that may be told. */
  tell(tell: Tell): boolean {
    if (this.#listener === undefined || this.#ended !== undefined || this.#isGone()) return false;
    tell(this.#listener);
    return true;
  }

  /** Another participant has opened a stream. */
  opened(stream: IncomingByteStream): void {
    if (this.#listener !== undefined) return this.#tellOpened(stream);
    if (this.#held.length < this.#maxHeld) return void this.#held.push(stream);
    this.#refused(stream);
    Effect.runSync(stream.cancel);
  }

  /** The room ends for this participant: everything in it is stopped, and then that is told, which is the last. */
  end(reason: DisconnectReason, stop?: () => void): void {
    if (this.#ended !== undefined || this.#hasLeft) return;
    this.#ended = reason;
    this.#held = [];
    stop?.();
    if (this.#listener !== undefined) this.#tellEnd();
  }

  /** This participant leaves by itself: nothing is told any more. `false`: it has left before. */
  leave(): boolean {
    if (this.#hasLeft) return false;
    this.#hasLeft = true;
    this.#held = [];
    return true;
  }

  /** Whether the room has ended or was left, or nobody is to be told any more for another reason. */
  get isDeaf(): boolean {
    return this.#ended !== undefined || this.#isGone();
  }

  /** A scope that closes says so before it runs its finalizers, of which leaving the room is only one. */
  #isGone(): boolean {
    return this.#hasLeft || this.#scope.state._tag === "Closed";
  }

  #tellOpened(stream: IncomingByteStream): void {
    const isTold = this.tell((listener) => {
      if (listener.byteStreamOpened === undefined) Effect.runSync(stream.cancel);
      else listener.byteStreamOpened(stream);
    });
    if (!isTold) Effect.runSync(stream.cancel);
  }

  #tellEnd(): void {
    if (this.#ended !== undefined && !this.#isGone()) this.#listener?.disconnected?.(this.#ended);
  }
}
