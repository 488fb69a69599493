/**
 * Asking livekit-client for the frames of a track.
 */
import { superviseTimersOf } from "./timers.ts";

/**
 * Frames of several packets that a receiver puts together at the same time. By default it is one, and a frame whose
 * packets interleave with those of the next is lost. What is incomplete stays until this many newer ones have begun.
 */
const PARTIAL_FRAMES = 16;

/** A frame as livekit-client hands it out. */
export interface ReceivedFrame {
  readonly payload: Uint8Array;
  readonly userTimestamp?: bigint;
}

/** What is used of livekit-client's remote data track. */
export interface SubscribableTrack {
  readonly info: { readonly sid: string; readonly name: string };
  setPipelineOptions(options: { maxPartialFrames?: number }): void;
  subscribe(options: { signal: AbortSignal; bufferSize: number }): ReadableStream<ReceivedFrame>;
}

/** The frames of a track, and whether the server sends them. */
export interface TrackFrames {
  readonly frames: ReadableStream<ReceivedFrame>;
  /** Resolves when the server has confirmed the subscription. */
  readonly confirmed: Promise<void>;
}

interface SubscriptionManager {
  openSubscriptionStream(sid: string, signal: AbortSignal, bufferSize: number): [
    ReadableStream<ReceivedFrame>,
    Promise<void>,
  ];
}

/**
 * Subscribes to a track, so that nothing that has arrived is dropped. An aborted signal ends it, confirmed or not.
 *
 * livekit-client's public `subscribe` throws away the promise of the server's confirmation, which the call behind it
 * gives. That call is used where it is there; where it is not, a subscription counts as confirmed when it was asked for.
 */
export function subscribeTo(track: SubscribableTrack, signal: AbortSignal, bufferSize: number): TrackFrames {
  track.setPipelineOptions({ maxPartialFrames: PARTIAL_FRAMES });
  const manager: unknown = Reflect.get(track, "manager");
  if (!canConfirm(manager)) {
    const frames = superviseTimersOf(() => track.subscribe({ signal, bufferSize }));
    return { frames, confirmed: Promise.resolve() };
  }
  const [frames, confirmed] = superviseTimersOf(() =>
    manager.openSubscriptionStream(track.info.sid, signal, bufferSize)
  );
  return { frames, confirmed };
}

function canConfirm(manager: unknown): manager is SubscriptionManager {
  return typeof manager === "object" && manager !== null && "openSubscriptionStream" in manager &&
    typeof manager.openSubscriptionStream === "function";
}
