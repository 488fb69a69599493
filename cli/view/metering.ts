/**
 * The library's own figures of a viewer: what has come on each channel, what has not, and who sends it.
 */
import type { Viewer } from "../../mod.ts";
import { formatClock, formatDuration, printable } from "../format.ts";
import type { ChannelCount } from "../traffic.ts";

/** What has come so far; `lost` is what is missing on data tracks, and what nobody took in time. */
export function received(viewer: Pick<Viewer, "stats">): ReadonlyArray<ChannelCount> {
  return viewer.stats().channels.map(({ channelId, received: { messages, bytes }, missed, dropped }) => {
    return { channelId, messages, bytes, lost: missed + dropped };
  });
}

/** The device that is here, in a line. */
export function deviceLine(
  viewer: Pick<Viewer, "status" | "devicePresence" | "roundTripTime" | "clockOffset">,
): string {
  const { status, devicePresence: device, roundTripTime, clockOffset } = viewer;
  if (status !== "connected") return "not connected";
  if (device === undefined) return "no device is here";
  const figures = [`device ${printable(device.identity)}`, device.state as string];
  if (roundTripTime !== undefined) {
    figures.push(`round trip ${formatDuration(roundTripTime.meanMs ?? roundTripTime.latestMs)}`);
  }
  if (clockOffset !== undefined) figures.push(`clock ${formatClock(clockOffset)}`);
  return figures.join(", ");
}
