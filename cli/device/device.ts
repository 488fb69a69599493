/**
 * A source's channels, advertised by a gateway.
 */
import * as Deferred from "effect/Deferred";
import * as Duration from "effect/Duration";
import * as Effect from "effect/Effect";
import type * as Scope from "effect/Scope";
import {
  type Channel,
  ChannelError,
  type ChannelOptions,
  type ConfigurationError,
  Context,
  Gateway,
  type GatewayOptions,
} from "../../mod.ts";
import type { Player } from "../../files/mod.ts";
import { printable } from "../format.ts";
import type { SourceChannel } from "../../files/source/message_source.ts";
import type { Offering } from "../rover/rover_offering.ts";
import type { TopicMatcher } from "../topic_glob.ts";

/** When no viewer has subscribed to more for so long, in ms, they have what they want. */
const QUIET_MS = 500;

/** A channel on the device, with its number in the source; a channel that a player has made has only its own. */
export interface DeviceChannel {
  readonly sourceId: number;
  readonly channel: Channel;
}

/** A gateway with a source's channels. */
export interface Device {
  readonly gateway: Gateway;
  /** The channels that are advertised. */
  readonly channels: ReadonlyArray<DeviceChannel>;
  /** A line for each channel that is not. */
  readonly unadvertised: ReadonlyArray<string>;
  /**
   * Done once that many viewers have subscribed: to all channels, or to some of them, when none has subscribed to more
   * for half a second.
   */
  readonly subscribed: (viewers: number) => Effect.Effect<void>;
}

/** A recording that is played under the viewers' control. */
export interface Played {
  readonly player: Player;
  /** Where its channels are. */
  readonly context: Context;
  readonly isWanted: TopicMatcher;
}

/** How the device is made. */
export interface DeviceOptions {
  readonly name: string;
  readonly transport: GatewayOptions["transport"];
  readonly channels: ReadonlyArray<SourceChannel>;
  /** A recording that is played under the viewers' control, in place of `channels`, and the topics of it that are offered. */
  readonly played?: Played | undefined;
  /** Told of who comes and goes. */
  readonly onPresence?: GatewayOptions["onPresence"];
  /** Of which topics nothing may be lost. */
  readonly isReliable: TopicMatcher;
  /** What it offers beside its channels. Default: nothing. */
  readonly offering?: Offering | undefined;
}

/** Starts a gateway; it is closed with the scope. */
export const makeDevice: (
  options: DeviceOptions,
) => Effect.Effect<Device, ConfigurationError, Scope.Scope> = Effect.fnUntraced(function* (options) {
  const { played } = options;
  const context = played?.context ?? (yield* Context.make);
  const unadvertised: Array<string> = [];
  const made: Array<DeviceChannel> = [];
  for (const source of options.channels) {
    const isLatched = options.offering?.latched.has(source.topic) === true;
    const channel = makeChannel(
      context,
      source,
      isLatched ? { latch: 1 } : {
        qos: options.isReliable(source.topic) ? "reliable" : "lossy",
      },
    );
    if (channel instanceof ChannelError) unadvertised.push(`${printable(source.topic)}: it has no message encoding`);
    else made.push({ sourceId: source.id, channel });
  }
  for (const channel of played?.player.channels ?? []) {
    if (played?.isWanted(channel.topic) === true) made.push({ sourceId: channel.id, channel });
  }
  const standing = new Standing();
  const gateway = yield* Gateway.make({
    ...options.offering?.options,
    name: options.name,
    context,
    transport: options.transport,
    ...(options.onPresence === undefined ? {} : { onPresence: options.onPresence }),
    ...(played === undefined ? {} : { playback: played.player, channelFilter: ({ topic }) => played.isWanted(topic) }),
    onSubscribe: (client, channel) => {
      standing.add(client.id, channel.id);
      played?.player.refresh();
    },
    onUnsubscribe: (client, channel) => standing.remove(client.id, channel.id),
  });
  options.offering?.attach(gateway);
  const refused = new Map(gateway.unadvertisable.map(({ channel, error }) => [channel.id, error.message]));
  for (const { channel } of made) {
    const reason = refused.get(channel.id);
    if (reason !== undefined) unadvertised.push(`${printable(channel.topic)}: ${printable(reason)}`);
  }
  const channels = made.filter(({ channel }) => !refused.has(channel.id));
  return { gateway, channels, unadvertised, subscribed: (viewers: number) => standing.wait(viewers, channels.length) };
});

function makeChannel(
  context: Context,
  source: SourceChannel,
  delivery: Pick<ChannelOptions, "qos" | "latch">,
): Channel | ChannelError {
  const { topic, encoding, schema, metadata } = source;
  try {
    // Separate, because a recording may have channels that differ in nothing but their ids.
    return context.channel({
      topic,
      encoding,
      metadata,
      ...delivery,
      separate: true,
      ...(schema === undefined ? {} : { schema }),
    });
  } catch (error) {
    if (error instanceof ChannelError) return error;
    throw error;
  }
}

/** Who is subscribed to how much. */
class Standing {
  readonly #byClient = new Map<number, Set<number>>();
  #changed: Deferred.Deferred<void> = Deferred.makeUnsafe();

  add(clientId: number, channelId: number): void {
    const channels = this.#byClient.get(clientId) ?? new Set();
    this.#byClient.set(clientId, channels.add(channelId));
    this.#tell();
  }

  remove(clientId: number, channelId: number): void {
    this.#byClient.get(clientId)?.delete(channelId);
    this.#tell();
  }

  wait(viewers: number, channels: number): Effect.Effect<void> {
    const step: Effect.Effect<void> = Effect.suspend(() => {
      if (channels === 0 || this.#count(channels) >= viewers) return Effect.void;
      const changed = Effect.as(Deferred.await(this.#changed), false);
      const quiet = this.#count(1) < viewers ? Effect.never : Effect.as(Effect.sleep(Duration.millis(QUIET_MS)), true);
      return Effect.flatMap(Effect.raceFirst(changed, quiet), (isQuiet) => isQuiet ? Effect.void : step);
    });
    return step;
  }

  /** Viewers that are subscribed to so many channels at the least. */
  #count(channels: number): number {
    return [...this.#byClient.values()].filter(({ size }) => size >= channels).length;
  }

  #tell(): void {
    const changed = this.#changed;
    this.#changed = Deferred.makeUnsafe();
    Deferred.doneUnsafe(changed, Effect.void);
  }
}
