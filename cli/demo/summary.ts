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
  /** Messages that were logged while a viewer was subscribed to their channel. */
  readonly awaited: number;
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
  const { channels, sent, awaited, received, bytes, elapsed, recording } = outcome;
  const early = sent > awaited ? `; ${formatCount(sent - awaited)} before any subscription` : "";
  const lost = awaited > received ? `; ${formatCount(awaited - received)} lost (see --reliable)` : "";
  const counts = `${plural(sent, "message")} sent, ${formatCount(received)} received (${
    formatBytes(bytes)
  })${early}${lost}`;
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
