/**
 * Lossy messages to viewers.
 */
import type { Datagrams } from "../../../transport/datagrams.ts";
import type { EventStream } from "./event_stream.ts";
import { lossyEvent } from "./event_text.ts";

/** Sends lossy messages; each is made into an event once, whatever the number of viewers that get it. */
export class DatagramSender implements Datagrams {
  readonly maxFrameBytes: number;
  readonly #streamOf: (identity: string) => EventStream | undefined;
  #frame: Uint8Array | undefined;
  #channelId = 0;
  #logTime = 0n;
  #event: Uint8Array = new Uint8Array(0);

  /** `maxFrameBytes`: of one frame; `streamOf`: what a viewer reads now, of one that is away nothing. */
  constructor(maxFrameBytes: number, streamOf: (identity: string) => EventStream | undefined) {
    this.maxFrameBytes = maxFrameBytes;
    this.#streamOf = streamOf;
  }

  /** See the port. Nothing is kept for a viewer that is away. */
  readonly send = (identity: string, channelId: number, frame: Uint8Array, logTime: bigint): boolean => {
    const stream = this.#streamOf(identity);
    if (stream === undefined || frame.length > this.maxFrameBytes) return false;
    if (this.#frame !== frame || this.#channelId !== channelId || this.#logTime !== logTime) {
      this.#event = lossyEvent({ channelId, logTime, frame });
      this.#frame = frame;
      this.#channelId = channelId;
      this.#logTime = logTime;
    }
    return stream.offerLossy(this.#event);
  };
}
