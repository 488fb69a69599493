/**
 * The library's own figures, as the demo shows them: what has come on each channel, and what has not.
 */
import type { Gateway, GatewayStats, Viewer, ViewerStats } from "../../mod.ts";
import type { ChannelCount } from "../traffic.ts";

/** What has come to the viewer of that identity so far. */
export function meter(gateway: Gateway, viewer: Viewer, identity: string): ReadonlyArray<ChannelCount> {
  const lost = losses(gateway.stats(), viewer.stats(), identity);
  return viewer.usage().received.channels.map(({ channelId, messages, bytes }) => {
    return { channelId, messages, bytes, lost: lost.get(channelId) ?? 0 };
  });
}

/** Messages of each channel that one viewer should have had and has not, as far as either side knows. */
export function losses(
  { channels }: Pick<GatewayStats, "channels">,
  viewer: Pick<ViewerStats, "channels">,
  identity: string,
): ReadonlyMap<number, number> {
  const lost = new Map<number, number>();
  for (const { channelId, carrier, total, viewers } of channels) {
    const flow = carrier === "data-track" ? total : viewers.find(({ client }) => client.identity === identity);
    // What a track or datagrams did not take has its number, so that the viewer misses it: it is counted there.
    const missed = (flow?.drops.trackFull?.messages ?? 0) + (flow?.drops.notTaken?.messages ?? 0);
    lost.set(channelId, (flow?.dropped.messages ?? 0) - missed);
  }
  for (const { channelId, missed, dropped } of viewer.channels) {
    lost.set(channelId, (lost.get(channelId) ?? 0) + missed + dropped);
  }
  return lost;
}

/** How many messages of each channel were offered to one viewer, whether or not they have reached it. */
export function offered({ channels }: Pick<GatewayStats, "channels">, identity: string): ReadonlyMap<number, number> {
  return new Map(channels.map(({ channelId, carrier, total, viewers }) => {
    const flow = carrier === "data-track" ? total : viewers.find(({ client }) => client.identity === identity);
    return [channelId, flow?.published.messages ?? 0];
  }));
}
