/**
 * Datagrams: messages to one participant each, which may be lost. For transports that pick the receivers one by one, where
 * a track for all would be a fiction.
 */

/** Hears of a frame that is not sent: for whom it was, of which channel it is, and the frame that was handed over. */
export type DatagramDropListener = (identity: string, channelId: number, frame: Uint8Array) => void;

/** The ability to send datagrams. */
export interface Datagrams {
  /** The largest frame, in bytes, that `send` can take. */
  readonly maxFrameBytes: number;
  /**
   * Offers one frame of a channel to one participant and returns at once. `true`: taken; it may still be lost or
   * overtaken on the way. `false`: not taken, because that participant is slow or not there, the frame is too large, or
   * the room has ended. The transport keeps a bounded number of frames for each participant, and one that is slow holds
   * up none of the others: what is too much for it is not taken, or the oldest is dropped for it, of which `onDropped`
   * tells. Never throws, never delivers a frame twice or in part, never within the call.
   *
   * Where several are to have the same message this is called for each of them in turn with the very same frame object,
   * so that an adapter may keep what it has made of the last one. The bytes are lent for good. Channel ids are whole
   * numbers from 0 to 2^53 - 1, log times ns since the Unix epoch, from 0 to 2^64 - 1.
   */
  readonly send: (identity: string, channelId: number, frame: Uint8Array, logTime: bigint) => boolean;
  /**
   * Says who hears of frames that were taken and have been dropped by this end after all, before anything of them was
   * sent; to be called once, before the first one is sent. The listener is called for each of them, also within `send`
   * (for older frames), and must neither throw nor send. Absent where nothing is dropped that was taken.
   */
  readonly onDropped?: (listener: DatagramDropListener) => void;
}
