/**
 * How a player is made.
 */
import * as Clock from "effect/Clock";
import * as Effect from "effect/Effect";
import * as Scheduler from "effect/Scheduler";
import { type Channel, ChannelError, type ChannelOptions, type Context } from "../../mod.ts";
import type { TransportClock } from "../../transport/mod.ts";
import type { SourceChannel } from "../source/message_source.ts";

/** How a recording is played. */
export interface PlayerOptions {
  /** Where the recording's channels are made. They are closed with the player. */
  readonly context: Context;
  /** What the channel of a topic is to be beside what the recording says, for example `{ qos: "reliable" }`. */
  readonly channel?: (topic: string) => Partial<Pick<ChannelOptions, "qos">>;
  /** Bytes of chunks that may be held in memory at a time; a recording that needs more is refused. Default: 256 MiB. */
  readonly maxBytes?: number;
  /** Whether it begins at once, instead of waiting for somebody to play it. Default: false. */
  readonly autoplay?: boolean;
  /** What time is measured by. Default: the fiber's clock; without Effect, the system's. */
  readonly clock?: TransportClock;
}

/** Runs an effect on a clock of its own, where there is one. */
export function timedBy<A, E, R>(
  effect: Effect.Effect<A, E, R>,
  clock: TransportClock | undefined,
): Effect.Effect<A, E, R> {
  if (clock === undefined) return effect;
  const timed = Effect.provideService(effect, Clock.Clock, clock);
  return clock.scheduler === undefined ? timed : Effect.provideService(timed, Scheduler.Scheduler, clock.scheduler);
}

/** A recording's channel on the context; `undefined` where the recording does not say how its messages are written. */
export function makeChannel(source: SourceChannel, { context, channel }: PlayerOptions): Channel | undefined {
  const { topic, encoding, schema, metadata } = source;
  const own = channel?.(topic) ?? {};
  try {
    // Separate, because a recording may have channels that differ in nothing but their ids.
    const shape = schema === undefined ? {} : { schema };
    return context.channel({ ...own, topic, encoding, metadata, ...shape, separate: true });
  } catch (error) {
    if (error instanceof ChannelError && encoding === "") return undefined;
    throw error;
  }
}
