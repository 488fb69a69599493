/**
 * What a viewer of a run can do beside subscribing to channels.
 */
import type { Asked } from "./asks.ts";

export interface Abilities {
  /** Makes a request. */
  ask(asked: Asked): void;
  /** Wants to hear of parameters. */
  watch(names: ReadonlyArray<string>): void;
  /** Wants to hear of no parameters any more. */
  unwatch(): void;
  /** Wants to follow the connection graph. */
  follow(): void;
  /** Does not want to follow it any more. */
  unfollow(): void;
  /** Has a channel of its own. */
  openOwn(own: number): void;
  /** Takes it back. */
  closeOwn(own: number): void;
  /** Publishes on it. */
  publishOwn(own: number, count: number): void;
  /** After a calm time: what it follows is as the device has it. */
  checkStanding(): void;
  /** In a calm time: does everything once that is to be seen by then. */
  probe(): void;
  /** What it has done in a calm time has come to what it should. */
  checkProbe(): void;
}
