/**
 * What the viewer is asked to do.
 */
import type { Parameter } from "../../mod.ts";
import type { Transport } from "../../transport/mod.ts";

/** A service to be called. */
export interface Call {
  readonly service: string;
  /** The text of the request, which is JSON; none: an empty request. */
  readonly request: string | undefined;
}

/** What the viewer is asked to do. */
export interface ViewOptions {
  /** How the device is reached. */
  readonly transport: Transport;
  /** Where that is, for people. */
  readonly where: string;
  /** The identity of the device; none: the first one that is there. */
  readonly device: string | undefined;
  /** Patterns of topics to subscribe to; none: all. */
  readonly topics: ReadonlyArray<string>;
  /** Whether to print messages rather than a table. */
  readonly json: boolean;
  /** The recording to write. */
  readonly record: string | undefined;
  /** Seconds to stop after, from meeting the device on. */
  readonly duration: number | undefined;
  /** Seconds that the device may take to come, and to come back when the viewer's own connection was lost. */
  readonly wait: number;
  /** Parameters to set. */
  readonly set: ReadonlyArray<Parameter>;
  /** A service to call, after that. */
  readonly call: Call | undefined;
}

/** Whether the device is only asked, and nothing of it watched. */
export function onlyAsks({ topics, json, record, duration, set, call }: ViewOptions): boolean {
  const asks = set.length > 0 || call !== undefined;
  return asks && topics.length === 0 && !json && record === undefined && duration === undefined;
}
