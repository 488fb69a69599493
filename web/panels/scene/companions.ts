/**
 * Which channels are shown on one map.
 */
import type { ChannelInfo } from "../../../mod.ts";
import { panelsFor } from "../kinds.ts";
import { meaningOf } from "../schema_names.ts";

/** Channels on one map. */
export const MAX_CHANNELS = 4;

/** The channels of a device that belong on the map of one of them: a pose, and what was measured around it. */
export function sceneCompanions<C extends Pick<ChannelInfo, "topic" | "encoding" | "schema">>(
  channel: C,
  channels: Iterable<C>,
): ReadonlyArray<C> {
  const chosen = [channel];
  for (const one of channels) {
    if (chosen.length >= MAX_CHANNELS) break;
    if (one === channel || one.topic === channel.topic || panelsFor(one)[0] !== "scene") continue;
    // Two poses would be two devices.
    if (!isPose(one) || !chosen.some(isPose)) chosen.push(one);
  }
  return chosen.slice(1);
}

function isPose({ schema }: Pick<ChannelInfo, "schema">): boolean {
  const meaning = meaningOf(schema?.name);
  return meaning === "pose" || meaning === "odometry";
}
