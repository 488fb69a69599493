/**
 * What the demo says at its start and at its end.
 */
import { nonzero, notAdvertised, pace } from "../device/wording.ts";
import { formatBytes, formatCount, formatDuration, plural, printable } from "../format.ts";
import type { DemoOptions } from "./options.ts";

/** What has come of a run. */
export interface Outcome {
  readonly channels: number;
  /** Messages that were logged. */
  readonly sent: number;
  /** Those of them that nobody was subscribed to yet. */
  readonly early: number;
  /** Those of them that were larger than any message may be. */
  readonly tooLarge: number;
  /** Those of them that might have arrived and have not. */
  readonly lost: { readonly lossy: number; readonly reliable: number };
  readonly received: number;
  readonly bytes: number;
  /** In ms. */
  readonly elapsed: number;
  /** A line for each channel that was not advertised. */
  readonly unadvertised: ReadonlyArray<string>;
}

/** One line that says what is going to happen. */
export function introduction(name: string, channels: number, viewers: number, options: DemoOptions): string {
  const what = `${printable(name)}: ${plural(channels, "channel")} to ${plural(viewers, "viewer")} over ${
    options.serve === undefined ? "loopback" : "HTTP"
  }`;
  return `${what}${pace(options)}`;
}

/** What there is to say at the end. */
export function summary(outcome: Outcome): ReadonlyArray<string> {
  const { channels, sent, received, bytes, elapsed } = outcome;
  const counts = [
    `${plural(sent, "message")} sent, ${formatCount(received)} received (${formatBytes(bytes)})`,
    ...missing(outcome),
  ].join("; ");
  return [
    `${plural(channels, "channel")}, ${counts} in ${formatDuration(elapsed)}`,
    ...notAdvertised(outcome.unadvertised),
  ];
}

function missing({ early, tooLarge, lost }: Outcome): ReadonlyArray<string> {
  return nonzero([
    [early, "before any subscription"],
    [tooLarge, "too large to be sent"],
    [lost.lossy, "lost (see --reliable)"],
    [lost.reliable, "not received by the end"],
  ]);
}
