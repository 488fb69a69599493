/**
 * A viewer as the application's callbacks see it.
 */

/** A viewer's connection instance. */
export interface Client {
  /** A number for this instance, counted from 1, never reused in the process. */
  readonly id: number;
  /** Who it is; the same across reconnects. */
  readonly identity: string;
}
