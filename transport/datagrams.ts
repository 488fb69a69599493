/**
 * Datagrams: messages to one participant each, which may be lost. For transports that pick the receivers one by one, where
 * a track for all would be a fiction.
 */

/** The ability to send datagrams. */
export interface Datagrams {
  /** The largest frame, in bytes, that `send` can take. */
  readonly maxFrameBytes: number;
  /**
   * Offers one frame of a channel to one participant and returns at once. `true`: taken; it may still be lost or
   * overtaken on the way. `false`: not taken, because that participant is slow or not there, the frame is too large, or
   * the room has ended. The transport keeps a bounded number of frames for each participant, and one that is slow holds
   * up none of the others. Never throws, never delivers a frame twice or in part, never within the call.
   *
   * Where several are to have the same message this is called for each of them in turn with the very same frame object,
   * so that an adapter may keep what it has made of the last one. The bytes are lent for good. Channel ids are whole
   * numbers from 0 to 2^53 - 1, log times ns since the Unix epoch, from 0 to 2^64 - 1.
   */
  readonly send: (identity: string, channelId: number, frame: Uint8Array, logTime: bigint) => boolean;
}
