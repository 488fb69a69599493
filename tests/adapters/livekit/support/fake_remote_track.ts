/**
 * A stand-in for livekit-client's remote data track, and for the call behind `subscribe` that tells of the confirmation.
 */
import type { ReceivedFrame, SubscribableTrack } from "../../../../adapters/livekit/track_subscription.ts";
import { ReasonedError } from "./fake_publisher.ts";

/** One subscription as livekit-client has it. */
export interface FakeStream {
  readonly bufferSize: number;
  readonly signal: AbortSignal;
  /** The server confirms. */
  readonly confirm: () => void;
  /** The subscription fails before it is confirmed. */
  readonly refuse: (error: Error) => void;
  /** A frame arrives. */
  readonly frame: (payload: Uint8Array, userTimestamp?: bigint) => void;
  /** livekit-client ends the frames. */
  readonly close: () => void;
}

/** The track. */
export class FakeRemoteTrack implements SubscribableTrack {
  readonly info = { sid: "DTR_1", name: "data-ch-1" };
  /** What was asked for, the latest last. */
  readonly streams: Array<FakeStream> = [];
  pipeline: { readonly maxPartialFrames?: number } | undefined;
  /** What tells of the confirmation. A later livekit-client may not have it. */
  readonly manager: unknown;

  constructor(tellsOfConfirmation: boolean = true) {
    this.manager = tellsOfConfirmation
      ? {
        openSubscriptionStream: (_sid: string, signal: AbortSignal, bufferSize: number) =>
          this.#open(signal, bufferSize),
      }
      : {};
  }

  /** The latest subscription. */
  get latest(): FakeStream {
    const stream = this.streams.at(-1);
    if (stream === undefined) throw new Error("nobody has subscribed");
    return stream;
  }

  setPipelineOptions(options: { readonly maxPartialFrames?: number }): void {
    this.pipeline = options;
  }

  subscribe(options: { readonly signal: AbortSignal; readonly bufferSize: number }): ReadableStream<ReceivedFrame> {
    const [frames, confirmed] = this.#open(options.signal, options.bufferSize);
    confirmed.catch(() => {});
    return frames;
  }

  #open(signal: AbortSignal, bufferSize: number): [ReadableStream<ReceivedFrame>, Promise<void>] {
    let controller: ReadableStreamDefaultController<ReceivedFrame> | undefined;
    const frames = new ReadableStream<ReceivedFrame>({ start: (given) => void (controller = given) });
    const confirmed = Promise.withResolvers<void>();
    const fail = (error: Error): void => {
      controller?.error(error);
      confirmed.reject(error);
    };
    signal.addEventListener("abort", () => fail(new ReasonedError("Cancelled")));
    this.streams.push({
      bufferSize,
      signal,
      confirm: () => confirmed.resolve(),
      refuse: fail,
      frame: (payload, userTimestamp) =>
        controller?.enqueue(userTimestamp === undefined ? { payload } : { payload, userTimestamp }),
      close: () => controller?.close(),
    });
    return [frames, confirmed.promise];
  }
}
