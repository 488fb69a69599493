/**
 * What the demo says at its start and at its end.
 */
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
  /** What was recorded, if that was asked for. */
  readonly recording?: { readonly file: string; readonly messages: number; readonly bytes: number } | undefined;
}

/** One line that says what is going to happen. */
export function introduction(name: string, channels: number, viewers: number, options: DemoOptions): string {
  const speed = options.speed === 1
    ? ""
    : options.speed === "max"
    ? ", as fast as it goes"
    : `, ${options.speed} times as fast`;
  const what = `${printable(name)}: ${plural(channels, "channel")} to ${plural(viewers, "viewer")} over loopback`;
  return `${what}${speed}${options.loop ? ", over and over" : ""}`;
}

/** A line for each channel that viewers cannot have. */
export function notAdvertised(lines: ReadonlyArray<string>): ReadonlyArray<string> {
  return lines.map((line) => `not advertised: ${line}`);
}

/** What there is to say at the end. */
export function summary(outcome: Outcome): ReadonlyArray<string> {
  const { channels, sent, received, bytes, elapsed, recording } = outcome;
  const counts = [
    `${plural(sent, "message")} sent, ${formatCount(received)} received (${formatBytes(bytes)})`,
    ...missing(outcome),
  ].join("; ");
  const lines = [
    `${plural(channels, "channel")}, ${counts} in ${formatDuration(elapsed)}`,
    ...notAdvertised(outcome.unadvertised),
  ];
  if (recording !== undefined) {
    const { file, messages } = recording;
    lines.push(`recorded ${plural(messages, "message")} in ${printable(file)} (${formatBytes(recording.bytes)})`);
  }
  return lines;
}

function missing({ early, tooLarge, lost }: Outcome): ReadonlyArray<string> {
  const reasons: ReadonlyArray<readonly [number, string]> = [
    [early, "before any subscription"],
    [tooLarge, "too large to be sent"],
    [lost.lossy, "lost (see --reliable)"],
    [lost.reliable, "not received by the end"],
  ];
  return reasons.flatMap(([count, reason]) => count > 0 ? [`${formatCount(count)} ${reason}`] : []);
}
