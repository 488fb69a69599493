/**
 * How the messages of reliable channels leave: encoded once, the same bytes queued for every subscriber.
 */
import type { ChannelEntry } from "../channel/channel_registry.ts";
import { encodeMessageDataFrame, MAX_MESSAGE_DATA } from "../protocol/mod.ts";
import { dropForAll } from "./data_plane.ts";
import type { DropWarnings } from "./drop_warnings.ts";

/**
 * Sends one message of a reliable channel to all of its subscribers, or drops it for all when its frame would be too large.
 * `encoded`: its frame, where there is one already.
 */
export function sendReliable(
  entry: ChannelEntry,
  data: Uint8Array,
  logTime: bigint,
  warnings: DropWarnings,
  encoded?: Uint8Array,
): void {
  const subscribers = entry.subscribers;
  if (data.byteLength > MAX_MESSAGE_DATA) {
    dropForAll(subscribers, "frameLimit", data.byteLength);
    warnings.dropped(entry, MAX_MESSAGE_DATA);
    return;
  }
  const frame = encoded ?? encodeMessageDataFrame(entry.channel.id, logTime, data);
  for (let index = 0; index < subscribers.length; index += 1) {
    const { participant, tally } = subscribers[index]!;
    participant.send(frame, tally);
  }
}
