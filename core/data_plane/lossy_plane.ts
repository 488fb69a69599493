/**
 * The way that lossy messages leave a session, by what its transport can do.
 */
import type * as Effect from "effect/Effect";
import type { Room } from "../../transport/mod.ts";
import type { WallClock } from "../clock.ts";
import type { GatewayLimits } from "../limits.ts";
import type { Log } from "../log.ts";
import { ChannelStreamPlane } from "./channel_streams.ts";
import { DataTrackPlane } from "./data_tracks.ts";
import { DatagramPlane } from "./datagrams.ts";
import type { DropWarnings } from "./drop_warnings.ts";

/** What any of the ways needs of the session. */
export interface LossyPlaneOptions {
  readonly room: Room;
  readonly limits: GatewayLimits;
  readonly clock: WallClock;
  readonly log: Log;
  readonly warnings: DropWarnings;
  /** Runs for as long as the session does. */
  readonly fork: (effect: Effect.Effect<void>) => void;
}

/** Datagrams, where the room has them; then data tracks; channel streams, where it has neither. */
export type LossyPlane = DatagramPlane | DataTrackPlane | ChannelStreamPlane;

/** Makes the plane of a session, and has it run for as long as the session does. */
export function makeLossyPlane({ room, limits, clock, log, warnings, fork }: LossyPlaneOptions): LossyPlane {
  const maxMessageBytes = limits.dataTrackBytes;
  if (room.datagrams !== undefined) {
    return new DatagramPlane({ datagrams: room.datagrams, maxMessageBytes, clock, log, warnings });
  }
  if (room.dataTracks !== undefined) {
    return new DataTrackPlane({ tracks: room.dataTracks, maxMessageBytes, clock, log, warnings, fork });
  }
  return new ChannelStreamPlane({
    room,
    maxMessages: limits.channelStreamMessages,
    openTimeoutMs: limits.openTimeoutMs,
    writeTimeoutMs: limits.streamWriteTimeoutMs,
    clock,
    log,
    warnings,
  });
}
