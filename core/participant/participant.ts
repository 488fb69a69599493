/**
 * A viewer as the session knows it: one connection instance, its queue, and the fiber that writes the queue out.
 */
import type * as Context from "effect/Context";
import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import type { OutgoingByteStream } from "../../transport/mod.ts";
import { nextClientId } from "../ids.ts";
import type { Log } from "../log.ts";
import type { QueueVisitor } from "../metering/gateway_ledger.ts";
import type { DropReason, Tally } from "../metering/tally.ts";
import { ViewerAccount } from "../metering/viewer_account.ts";
import { DEFAULT_PROTOCOL_VERSION, SchemaTableWriter } from "../protocol/mod.ts";
import type { Policy } from "../session/policy.ts";
import { Access } from "./access.ts";
import { flush } from "./flush.ts";
import { FrameQueue, type FrameQueueLimits } from "./frame_queue.ts";
import { Vitals } from "./vitals.ts";

/** Which connection instance it is, and what it speaks. */
export interface ParticipantInfo {
  /** Who it is. */
  readonly identity: string;
  /** This connection instance. */
  readonly sid: string;
  /** When the instance joined, in ms since the Unix epoch. */
  readonly joinedAt: number;
  /** The shape its advertisements have, by the version it speaks. */
  readonly advertiseForm: "inline" | "table";
  /** The version of the protocol that it says it speaks. */
  readonly protocolVersion?: string;
  /** What was known of the instance before it was reset or fell asleep. Absent: it is new. */
  readonly vitals?: Vitals | undefined;
  /** What it may do; one that never throws. Absent: everything. */
  readonly policy?: Policy | undefined;
}

/** What a participant needs of the session that it belongs to. */
export interface ParticipantOwner {
  readonly services: Context.Context<never>;
  readonly log: Log;
  readonly queue: FrameQueueLimits;
  /** The size of a write at which the transport does well, in bytes. */
  readonly writeBytes: number;
  /** See `Room.sharesWrites`. Default false. */
  readonly sharesWrites?: boolean | undefined;
  /** The instance is to be removed and added again: its queue has overflowed, or a write has failed. */
  readonly requestReset: (sid: string) => void;
  /** Whether the transport still has the instance. */
  readonly isPresent: (info: ParticipantInfo) => boolean;
}

/** A viewer's connection instance: a bounded queue of frames, and one fiber that writes them to its control stream in order. */
export class Participant implements ParticipantInfo {
  /** A number for callbacks; never reused in the process. */
  readonly clientId: number = nextClientId();
  readonly identity: string;
  readonly sid: string;
  readonly joinedAt: number;
  readonly advertiseForm: "inline" | "table";
  readonly protocolVersion: string;
  /** When it was heard, and what its pings tell; the instance's own, over resets. */
  readonly vitals: Vitals;
  /** What it may do, and see. */
  readonly access: Access;
  /** The schemas this instance has been told, with their ids. */
  readonly schemas: SchemaTableWriter = new SchemaTableWriter();
  /** What it has been sent, and has sent. */
  readonly account: ViewerAccount;
  readonly #queue: FrameQueue;
  readonly #owner: ParticipantOwner;
  readonly #fiber: Fiber.Fiber<void>;
  #cancelled = false;
  #asleep = false;
  /** Whether everything ever queued had been written when the fiber was told to end. */
  #nothingLost = false;

  /** Starts the flush fiber at once. */
  constructor(info: ParticipantInfo, stream: OutgoingByteStream, owner: ParticipantOwner) {
    this.identity = info.identity;
    this.sid = info.sid;
    this.joinedAt = info.joinedAt;
    this.advertiseForm = info.advertiseForm;
    this.protocolVersion = info.protocolVersion ?? DEFAULT_PROTOCOL_VERSION;
    this.vitals = info.vitals ?? new Vitals();
    this.access = new Access(info.policy);
    this.#owner = owner;
    this.account = new ViewerAccount({ id: this.clientId, identity: info.identity });
    this.#queue = new FrameQueue(owner.queue, this.account.control);
    this.#fiber = Effect.runForkWith(owner.services)(this.#flush(stream));
  }

  /** Whether it takes no more: it was cancelled. */
  get isGone(): boolean {
    return this.#cancelled;
  }

  /** Whether it has been silent for so long that it is sent nothing any more. Its next frame brings it back, as another one. */
  get isAsleep(): boolean {
    return this.#asleep;
  }

  /** The number of frames that wait to be written. */
  get queued(): number {
    return this.#queue.length;
  }

  /** Whether the queue is at most half full. */
  get hasRoom(): boolean {
    return this.#queue.hasRoom;
  }

  /** Waits until the queue is at most half full, or the instance is gone. */
  get awaitRoom(): Effect.Effect<void> {
    return this.#queue.awaitRoom;
  }

  /** Waits until all that is queued has been written, or the instance is gone. For one that is asleep nobody waits. */
  get awaitIdle(): Effect.Effect<void> {
    return this.#asleep ? Effect.void : this.#queue.awaitIdle;
  }

  /** Waits for the end of the flush fiber. */
  get awaitEnd(): Effect.Effect<void> {
    return Effect.asVoid(Fiber.await(this.#fiber));
  }

  /**
   * Queues one frame. Never waits and never fails: when the queue is full what is queued is thrown away and a reset is
   * asked for; when the fiber has ended the frame is dropped, since a reset is under way. It is counted by `tally`,
   * a message of a channel by the channel's own, and anything else by the account's `control`. For one that is asleep
   * nothing is queued, nor counted.
   */
  send(frame: Uint8Array, tally?: Tally): void {
    if (!this.#asleep && this.#queue.offer(frame, tally) === "full") this.#overflow();
  }

  /**
   * Queues frames that belong together, outside the bound in number: a start-up, several parts of one message, or the
   * messages that channels have kept. Each is counted by the tally at its place, as in {@linkcode Participant.send}.
   */
  sendBurst(frames: ReadonlyArray<Uint8Array>, tallies?: ReadonlyArray<Tally>): void {
    if (!this.#asleep && this.#queue.offerBurst(frames, tallies) === "full") this.#overflow();
  }

  /** Queues nothing from now on. The stream stays open, and what is queued is written if anybody reads it. */
  sleep(): void {
    this.#asleep = true;
  }

  /** Shows what is queued, with the tally of each frame. */
  countQueued(visit: QueueVisitor): void {
    this.#queue.countQueued(visit);
  }

  /** Ends the fiber at once; a write in flight is interrupted and what is queued is lost, by `reason`. */
  cancel(reason: DropReason = "viewerLeft"): void {
    if (this.#cancelled) return;
    this.#cancelled = true;
    this.#nothingLost = this.#queue.isIdle;
    this.#queue.close(reason);
    this.#fiber.interruptUnsafe();
  }

  /** Ends the fiber after what is queued has been written. */
  letGo(): void {
    this.#queue.finish();
  }

  #overflow(): void {
    const { length: frames, bytes } = this.#queue;
    // Before the log hears of it, which may be what a channel is fed from.
    this.cancel("queueFull");
    this.#owner.requestReset(this.sid);
    this.#owner.log("warning", "the viewer's control queue is full; the viewer is reset", {
      identity: this.identity,
      sid: this.sid,
      frames,
      bytes,
    });
  }

  #flush(stream: OutgoingByteStream): Effect.Effect<void> {
    return flush(this.#queue, stream, this.#owner.writeBytes, this.#owner.sharesWrites).pipe(
      Effect.andThen(stream.close),
      // A viewer that has left fails its stream as well: its end is on its way, and has the first word.
      Effect.catch((error) => Effect.andThen(Effect.yieldNow, Effect.sync(() => this.#writeFailed(error)))),
      Effect.ensuring(Effect.suspend(() => {
        this.#queue.close();
        return this.#nothingLost ? stream.close : stream.abort;
      })),
    );
  }

  #writeFailed(error: Error): void {
    // Whoever cancels has removed the instance already, or is about to.
    if (this.#cancelled) return;
    // One that is asleep gets another stream when it wakes.
    if (this.#asleep) {
      return this.#owner.log("debug", "the stream of a viewer that is asleep has failed", {
        identity: this.identity,
        sid: this.sid,
        error,
      });
    }
    // That a stream ends because its viewer has left is no fault, and is told by the transport as well.
    const isPresent = this.#owner.isPresent(this);
    this.#queue.close(isPresent ? "reset" : "viewerLeft");
    const [level, message] = isPresent
      ? ["warning", "writing to a viewer has failed; the viewer is reset"] as const
      : ["debug", "a viewer has left while it was written to"] as const;
    this.#owner.log(level, message, { identity: this.identity, sid: this.sid, error });
    this.#owner.requestReset(this.sid);
  }
}
