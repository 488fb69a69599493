/**
 * What the viewer says at its end.
 */
import { nonzero } from "../device/wording.ts";
import { formatBytes, formatDuration, plural } from "../format.ts";
import type { ChannelTraffic } from "../traffic.ts";

/** What has come in all; `elapsed` in ms, since the device was met. */
export function summary(traffic: ReadonlyArray<ChannelTraffic>, elapsed: number): string {
  const sum = (of: (row: ChannelTraffic) => number): number => traffic.reduce((total, row) => total + of(row), 0);
  const counts = [
    `${plural(sum(({ messages }) => messages), "message")} received (${formatBytes(sum(({ bytes }) => bytes))})`,
    ...nonzero([[sum(({ lost }) => lost), "lost"]]),
  ].join("; ");
  return `${plural(traffic.length, "channel")}; ${counts} in ${formatDuration(elapsed)}`;
}
