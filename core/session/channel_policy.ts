/**
 * What the application decides about a channel, made safe.
 */
import type { Channel } from "../channel/channel.ts";
import type { Reliability } from "../channel/descriptor.ts";
import type { Log } from "../log.ts";
import { isVideoSource } from "./video_source.ts";
import type { ChannelPolicy } from "./session_options.ts";

/** Whether the channel is to be advertised, by the application's filter. */
export function isChannelWanted(channel: Channel, policy: ChannelPolicy, log: Log): boolean {
  try {
    return policy.channelFilter?.(channel) ?? true;
  } catch (error) {
    log("error", "the channel filter has thrown; the channel is not advertised", { topic: channel.topic, error });
    return false;
  }
}

/** How the channel's messages travel: by the application's classifier, else by the channel itself. */
export function channelReliability(
  channel: Channel,
  policy: ChannelPolicy,
  hasVideo: boolean,
  log: Log,
): Reliability {
  const reliability = classified(channel, policy, log);
  if (channel.latch !== undefined) {
    if (reliability === "reliable" && !(hasVideo && isVideoSource(channel))) return "reliable";
    log("warning", "a channel with a latch is reliable, whatever was asked for", { topic: channel.topic });
    return "reliable";
  }
  if (reliability === "lossy" || !hasVideo || !isVideoSource(channel)) return reliability;
  log("warning", "a channel that can be had as video is lossy, whatever was asked for", { topic: channel.topic });
  return "lossy";
}

function classified(channel: Channel, policy: ChannelPolicy, log: Log): Reliability {
  try {
    const reliability = policy.qos?.(channel) ?? channel.qos;
    if (reliability === "lossy" || reliability === "reliable") return reliability;
    throw new RangeError(`it must be "lossy" or "reliable": received ${reliability}`);
  } catch (error) {
    log("error", "the QoS classifier has thrown; the channel's own class counts", { topic: channel.topic, error });
    return channel.qos;
  }
}
