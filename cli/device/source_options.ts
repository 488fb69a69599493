/**
 * What a device is asked to send, and how.
 */

/** How fast a recording is replayed: a multiple of its own timing, or as fast as it goes. */
export type Speed = number | "max";

/** What a device is asked to send, and how. */
export interface SourceOptions {
  /** The recording; none: the simulated rover. */
  readonly file: string | undefined;
  /** The recording to play under the viewers' control instead. */
  readonly play: string | undefined;
  readonly speed: Speed;
  /** Whether to begin again at the end. */
  readonly loop: boolean;
  /** Patterns of topics to replay; none: all. */
  readonly topics: ReadonlyArray<string>;
  /** Patterns of topics that nothing may be lost of. */
  readonly reliable: ReadonlyArray<string>;
  /** Viewers whose subscriptions must stand before the replay starts. */
  readonly wait: number;
  /** Seconds of the source's own time to stop after. */
  readonly duration: number | undefined;
}
