/**
 * Lossy messages to viewers.
 */
import type { DatagramDropListener, Datagrams } from "../../../transport/datagrams.ts";
import type { EventStream } from "./event_stream.ts";
import { lossyEvent } from "./event_text.ts";
import type { LossyMessage } from "./lossy_queue.ts";

/** Sends lossy messages; each is made into an event once, whatever the number of viewers that get it. */
export class DatagramSender implements Datagrams {
  readonly maxFrameBytes: number;
  readonly #streamOf: (identity: string) => EventStream | undefined;
  #listener: DatagramDropListener | undefined;
  #message: LossyMessage | undefined;
  #logTime = 0n;

  /** `maxFrameBytes`: of one frame; `streamOf`: what a viewer reads now, of one that is away nothing. */
  constructor(maxFrameBytes: number, streamOf: (identity: string) => EventStream | undefined) {
    this.maxFrameBytes = maxFrameBytes;
    this.#streamOf = streamOf;
  }

  /** See the port. Nothing is kept for a viewer that is away. */
  readonly send = (identity: string, channelId: number, frame: Uint8Array, logTime: bigint): boolean => {
    const stream = this.#streamOf(identity);
    if (stream === undefined || frame.length > this.maxFrameBytes) return false;
    let message = this.#message;
    if (message?.frame !== frame || message.channelId !== channelId || this.#logTime !== logTime) {
      message = this.#message = { channelId, frame, event: lossyEvent({ channelId, logTime, frame }) };
      this.#logTime = logTime;
    }
    return stream.offerLossy(message);
  };

  /** See the port. */
  readonly onDropped = (listener: DatagramDropListener): void => {
    this.#listener = listener;
  };

  /** A message that waited for a viewer is not sent. */
  dropped(identity: string, { channelId, frame }: LossyMessage): void {
    this.#listener?.(identity, channelId, frame);
  }
}
