/**
 * What the demo is asked to do.
 */
import type { SourceOptions } from "../device/source_options.ts";
import type { ServeOptions } from "../serve/options.ts";

/** What the demo is asked to do. */
export interface DemoOptions extends SourceOptions {
  /** The recording to write. */
  readonly record: string | undefined;
  /** Whether to print messages rather than a table. */
  readonly json: boolean;
  /** How the device is served, for others to view it; none: it is this process's own, over loopback. */
  readonly serve: ServeOptions | undefined;
  /** Whether the demo's viewer shows what it can do, where there is something to show. */
  readonly tour: boolean;
}
