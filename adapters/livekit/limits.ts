/**
 * The bounds of a LiveKit connection.
 */

/** Bounds of one connection; LIMITS.md lists them with what happens when they are reached. */
export interface LiveKitLimits {
  /** Bytes of one byte stream that may be on their way to a reader of this library, sent and not read yet. */
  readonly streamWindowBytes: number;
  /** Bytes of one byte stream that are kept for a reader that is slower than a sender of another kind. */
  readonly incomingStreamBytes: number;
  /** Byte streams that are kept between joining and listening. */
  readonly heldStreams: number;
  /** Waiting, in ms, on leaving, for what was written to be on its way. */
  readonly leaveTimeoutMs: number;
}

/** The bounds that hold where an application says nothing. */
export const defaultLiveKitLimits: LiveKitLimits = {
  streamWindowBytes: 1024 * 1024,
  incomingStreamBytes: 32 * 1024 * 1024,
  heldStreams: 256,
  leaveTimeoutMs: 2000,
};

/** The bounds with those an application has changed. Each must be a positive whole number. */
export function liveKitLimits(changed: Partial<LiveKitLimits> = {}): LiveKitLimits {
  for (const [name, value] of Object.entries(changed)) {
    if (!(name in defaultLiveKitLimits)) {
      throw new RangeError(`Cannot set limit '${name}' as there is none of that name`);
    }
    if (value !== undefined && (!Number.isSafeInteger(value) || value < 1)) {
      throw new RangeError(`Cannot set limit '${name}' as it must be a positive whole number: received ${value}`);
    }
  }
  return { ...defaultLiveKitLimits, ...changed };
}
