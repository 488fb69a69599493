/**
 * What the demo is asked to do.
 */

/** How fast a recording is replayed: a multiple of its own timing, or as fast as it goes. */
export type Speed = number | "max";

/** What the demo is asked to do. */
export interface DemoOptions {
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
  /** The recording to write. */
  readonly record: string | undefined;
  /** Whether to print messages rather than a table. */
  readonly json: boolean;
  /** Whether the demo's viewer shows what it can do, where there is something to show. */
  readonly tour: boolean;
  /** Seconds of the source's own time to stop after. */
  readonly duration: number | undefined;
}
