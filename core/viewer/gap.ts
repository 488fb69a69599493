/**
 * Where messages are missing.
 */
import type { ChannelInfo } from "./message.ts";

/**
 * Messages of a lossy channel that a subscription does not have, at their place among those that it has. A message that
 * comes late all the same is delivered, after its gap.
 *
 * @example
 * ```ts
 * import { Gap, type Viewer } from "@fieldlink/fieldlink";
 *
 * async function watch(viewer: Viewer) {
 *   for await (const item of viewer.subscribe("/scan", { gaps: true })) {
 *     if (item instanceof Gap) console.log(`${item.missed} messages are missing: ${item.cause}`);
 *     else console.log(item.json());
 *   }
 * }
 * console.log(watch);
 * ```
 */
export class Gap {
  /** The channel of the messages. */
  readonly channel: ChannelInfo;
  /** The number of messages. */
  readonly missed: number;
  /** `network`: they have not come, by their numbers. `buffer`: they have come, and were not taken in time. */
  readonly cause: "network" | "buffer";

  /** Made by the viewer. */
  constructor(channel: ChannelInfo, missed: number, cause: "network" | "buffer") {
    this.channel = channel;
    this.missed = missed;
    this.cause = cause;
  }

  /** The topic of the channel. */
  get topic(): string {
    return this.channel.topic;
  }
}
