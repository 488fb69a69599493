/**
 * What the replaying device says at its start and at its end.
 */
import { nonzero, notAdvertised, pace } from "../device/wording.ts";
import { formatBytes, formatCount, formatDuration, plural, printable } from "../format.ts";
import type { ReplayOptions } from "./options.ts";

/** What has come of a run. */
export interface Outcome {
  readonly channels: number;
  /** Messages that were logged, those that nobody was subscribed to, and those that were too large; none: not known. */
  readonly logged: { readonly sent: number; readonly early: number; readonly tooLarge: number } | undefined;
  /** Messages that were sent, to all viewers. */
  readonly sent: number;
  readonly bytes: number;
  /** Messages that were dropped at the device, those that were too large included. */
  readonly dropped: number;
  /** In ms. */
  readonly elapsed: number;
  /** A line for each channel that was not advertised. */
  readonly unadvertised: ReadonlyArray<string>;
}

/** One line that says what is going to happen. */
export function introduction(name: string, channels: number, options: ReplayOptions): string {
  const what = `${printable(name)}: ${plural(channels, "channel")} by ${options.where}`;
  return `${what}${options.play === undefined ? pace(options) : ", as viewers play it"}`;
}

/** What there is to say at the end. */
export function summary(outcome: Outcome): ReadonlyArray<string> {
  const { channels, logged, sent, bytes, dropped, elapsed } = outcome;
  const tooLarge = logged?.tooLarge ?? 0;
  const counts = [
    ...(logged === undefined ? [] : [`${plural(logged.sent, "message")} logged`]),
    `${logged === undefined ? plural(sent, "message") : formatCount(sent)} sent (${formatBytes(bytes)})`,
    ...nonzero([
      [logged?.early ?? 0, "before any subscription"],
      [tooLarge, "too large to be sent"],
      [Math.max(0, dropped - tooLarge), "dropped (see --reliable)"],
    ]),
  ].join("; ");
  return [
    `${plural(channels, "channel")}; ${counts} in ${formatDuration(elapsed)}`,
    ...notAdvertised(outcome.unadvertised),
  ];
}
