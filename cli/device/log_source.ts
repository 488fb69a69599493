/**
 * A device that logs what its source has.
 */
import type * as Effect from "effect/Effect";
import type { SourceError } from "../../files/source/errors.ts";
import type { MessageSource } from "../../files/source/message_source.ts";
import type { Device, DeviceChannel } from "./device.ts";
import { replay } from "./replay.ts";
import type { SourceOptions } from "./source_options.ts";

const NANOSECONDS = 1e9;

/** Replays a source on a device's channels, until it ends; `onLog` is called right before each message is logged. */
export function logSource(
  source: MessageSource,
  device: Device,
  { speed, loop, duration }: SourceOptions,
  onLog: (channel: DeviceChannel["channel"], logTime: bigint, bytes: number) => void,
): Effect.Effect<void, SourceError> {
  const channels = new Map(device.channels.map(({ sourceId, channel }) => [sourceId, channel]));
  return replay({
    source,
    channels,
    speed,
    loop,
    duration: duration === undefined ? undefined : BigInt(Math.round(duration * NANOSECONDS)),
    onLog: (sourceId, logTime, bytes) => {
      const channel = channels.get(sourceId);
      if (channel !== undefined) onLog(channel, logTime, bytes);
    },
  });
}
