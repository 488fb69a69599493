/**
 * What the replaying device is asked to do.
 */
import type { Transport } from "../../transport/mod.ts";
import type { SourceOptions } from "../device/source_options.ts";

/** What the replaying device is asked to do. */
export interface ReplayOptions extends SourceOptions {
  /** How viewers reach it. */
  readonly transport: Transport;
  /** Where that is, for people. */
  readonly where: string;
  /** What to open in a browser to view it; default none. */
  readonly urls?: ReadonlyArray<string>;
}
