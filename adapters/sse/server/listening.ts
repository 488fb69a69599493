/**
 * Telling the core what happens in the room.
 */
import * as Effect from "effect/Effect";
import type * as Scope from "effect/Scope";
import type { IncomingByteStream } from "../../../transport/byte_stream.ts";
import type { DisconnectReason, RemoteParticipant } from "../../../transport/participant.ts";
import type { RoomListener } from "../../../transport/room.ts";
import type { RoomLog } from "../../../transport/log.ts";

/** The listener of a room, and what it is to be told once it is there. */
export class Listening {
  readonly #scope: Scope.Scope;
  readonly #log: RoomLog;
  readonly #maxHeld: number;
  #listener: RoomListener | undefined;
  #held: Array<IncomingByteStream> = [];
  #ended: DisconnectReason | undefined;
  #hasLeft = false;

  /** `maxHeld`: streams that are kept between joining and listening. */
  constructor(scope: Scope.Scope, log: RoomLog, maxHeld: number) {
    this.#scope = scope;
    this.#log = log;
    this.#maxHeld = maxHeld;
  }

  /** Begins; see the port. */
  listen(listener: RoomListener, participants: ReadonlyArray<RemoteParticipant>): void {
    if (this.#ended !== undefined) {
      this.#listener = listener;
      return queueMicrotask(() => this.#tellEnd());
    }
    // Any of these calls may make the core leave.
    for (const participant of participants) if (!this.isDeaf) listener.participantActive?.(participant);
    this.#listener = listener;
    const held = this.#held;
    this.#held = [];
    for (const stream of held) this.#tellOpened(stream);
  }

  /** Tells the listener, if there is one that may be told. */
  tell(tell: (listener: RoomListener) => void): boolean {
    if (this.#listener === undefined || this.#ended !== undefined || this.isDeaf) return false;
    tell(this.#listener);
    return true;
  }

  /** A viewer has opened a stream. */
  opened(stream: IncomingByteStream): void {
    if (this.#listener !== undefined) return this.#tellOpened(stream);
    if (this.#held.length < this.#maxHeld) return void this.#held.push(stream);
    this.#log("warning", "a stream is not taken, as too many wait to be listened to", { sender: stream.sender });
    Effect.runSync(stream.cancel);
  }

  /** The room has ended for this participant. */
  end(reason: DisconnectReason): void {
    if (this.#ended !== undefined || this.#hasLeft) return;
    this.#ended = reason;
    if (this.#listener !== undefined) this.#tellEnd();
  }

  /** This participant leaves by itself: nothing is told any more. */
  leave(): void {
    this.#hasLeft = true;
    this.#held = [];
  }

  /** A scope that closes says so before it runs its finalizers, of which leaving the room is only one. */
  get isDeaf(): boolean {
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
    if (this.#ended !== undefined && !this.isDeaf) this.#listener?.disconnected?.(this.#ended);
  }
}
