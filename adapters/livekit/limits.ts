/**
 * The bounds of a LiveKit connection. LIMITS.md is held against this table by a test.
 */
import { MIN_WINDOW } from "./receipts.ts";

/** Bounds of one connection; LIMITS.md lists them with what happens when they are reached. */
export interface LiveKitLimits {
  /** Bytes of one byte stream that may be on their way to a reader of this library, sent and not read yet. Default 1 MiB. */
  readonly streamWindowBytes: number;
  /** Bytes of one byte stream that are kept for a reader that is slower than a sender of another kind. Default 32 MiB. */
  readonly incomingStreamBytes: number;
  /** Byte streams of one sender that may be open at the same time. Default 1024. */
  readonly streamsPerSender: number;
  /** Byte streams that are kept between joining and listening. Default 256. */
  readonly heldStreams: number;
  /** Waiting, in ms, on leaving, for what was written to be on its way. Default 2,000. */
  readonly leaveTimeoutMs: number;
  /** How long a connection that has broken is tried to be resumed, in ms. Default 15,000. */
  readonly resumeTimeoutMs: number;
  /** Frames of one data track that may wait to be sent. Default 2,048. */
  readonly trackQueueFrames: number;
  /** Bytes of the frames of one data track that wait to be sent. Default 4 MiB. */
  readonly trackQueueBytes: number;
  /** How long a frame of a data track may wait to be sent, in ms. Default 1,000. */
  readonly trackQueueAgeMs: number;
  /** Bytes of data tracks that a participant sends in one second, all its tracks together. Default 8 MiB. */
  readonly trackBytesPerSecond: number;
  /** Bytes of data tracks that a participant sends at once, after a pause. Default 64 KiB. */
  readonly trackBurstBytes: number;
  /** Frames of one subscription to a data track that have arrived and were not read yet. Default 4,096. */
  readonly receivedFrames: number;
}

/** One bound. */
export interface LiveKitLimit {
  /** What is counted. */
  readonly unit: "frames" | "bytes" | "ms" | "streams";
  /** What holds when the option is left out. */
  readonly default: number;
  /** What is bounded. */
  readonly bounds: string;
  /** What happens when it is reached. */
  readonly consequence: string;
}

/** The bounds that the transport's options may set. */
export const liveKitLimitTable: Readonly<Record<keyof LiveKitLimits, LiveKitLimit>> = {
  streamWindowBytes: {
    unit: "bytes",
    default: 1024 * 1024,
    bounds:
      "bytes of one byte stream that are on their way to a reader of this library, sent and not read yet; 16 KiB at least, and less than `incomingStreamBytes` of the readers",
    consequence: "writing waits",
  },
  incomingStreamBytes: {
    unit: "bytes",
    default: 32 * 1024 * 1024,
    bounds:
      "bytes of one byte stream that have arrived and were not read yet, with 256 for each packet; of use with senders that are not of this library, which cannot be held up",
    consequence: "reading the stream fails",
  },
  streamsPerSender: {
    unit: "streams",
    default: 1_024,
    bounds: "byte streams of one sender that are open at the same time",
    consequence: "a further one is not taken, with a warning",
  },
  heldStreams: {
    unit: "streams",
    default: 256,
    bounds: "byte streams that others open between joining and listening",
    consequence: "a further one is cancelled, with a warning",
  },
  leaveTimeoutMs: {
    unit: "ms",
    default: 2_000,
    bounds: "waiting, on leaving, for what was written to be on its way",
    consequence: "the room is left all the same",
  },
  resumeTimeoutMs: {
    unit: "ms",
    default: 15_000,
    bounds: "trying to resume a connection that has broken, during which writes wait",
    consequence: "the room has ended, and is joined anew",
  },
  trackQueueFrames: {
    unit: "frames",
    default: 2_048,
    bounds: "frames of one data track that wait to be sent, while others are under way",
    consequence: "a further one is not taken: the message is dropped and counted",
  },
  trackQueueBytes: {
    unit: "bytes",
    default: 4 * 1024 * 1024,
    bounds: "bytes of the frames of one data track that wait to be sent; a single larger frame passes when none wait",
    consequence: "a further one is not taken: the message is dropped and counted",
  },
  trackQueueAgeMs: {
    unit: "ms",
    default: 1_000,
    bounds: "a frame of a data track waiting to be sent",
    consequence: "the message is dropped when its turn comes, and counted",
  },
  trackBytesPerSecond: {
    unit: "bytes",
    default: 8 * 1024 * 1024,
    bounds: "data tracks that a participant sends in one second, all its tracks together",
    consequence: "frames wait, within the bounds above",
  },
  trackBurstBytes: {
    unit: "bytes",
    default: 64 * 1024,
    bounds: "data tracks that a participant sends at once, after a pause; a single larger frame passes",
    consequence: "frames wait, within the bounds above",
  },
  receivedFrames: {
    unit: "frames",
    default: 4_096,
    bounds: "frames of one subscription to a data track that have arrived while the program was busy",
    consequence: "a further one is dropped, with a warning in the log",
  },
};

/** The bounds, with those an application has changed. Each must be a positive whole number. */
export function liveKitLimits(changed: Partial<LiveKitLimits> = {}): LiveKitLimits {
  for (const [name, value] of Object.entries(changed)) {
    if (!Object.hasOwn(liveKitLimitTable, name)) {
      throw new RangeError(
        `Cannot set limit '${name}' as there is none of that name, only ${Object.keys(liveKitLimitTable).join(", ")}`,
      );
    }
    if (value !== undefined && (!Number.isSafeInteger(value) || value < 1)) {
      throw new RangeError(`Cannot set limit '${name}' as it must be a positive whole number: received ${value}`);
    }
  }
  const { streamWindowBytes } = changed;
  if (streamWindowBytes !== undefined && streamWindowBytes < MIN_WINDOW) {
    throw new RangeError(
      `Cannot set limit 'streamWindowBytes' as it must be ${MIN_WINDOW} at least: received ${streamWindowBytes}`,
    );
  }
  const names = Object.keys(liveKitLimitTable) as Array<keyof LiveKitLimits>;
  return Object.fromEntries(
    names.map((name) => [name, changed[name] ?? liveKitLimitTable[name].default]),
  ) as Record<keyof LiveKitLimits, number>;
}
