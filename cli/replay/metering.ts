/**
 * The library's own figures of a device: what was sent on each channel, and what was not.
 */
import type { Gateway } from "../../mod.ts";
import type { ChannelCount } from "../traffic.ts";

/** What was sent to all viewers so far; `lost` is what was dropped at the device. On a data track a message counts once. */
export function sent(gateway: Pick<Gateway, "stats" | "usage">): ReadonlyArray<ChannelCount> {
  const dropped = new Map(gateway.stats().channels.map(({ channelId, total }) => [channelId, total.dropped.messages]));
  return gateway.usage().channels.map(({ channelId, messages, bytes }) => {
    return { channelId, messages, bytes, lost: dropped.get(channelId) ?? 0 };
  });
}
