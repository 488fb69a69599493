/**
 * What comes from a device as data-track frames, on tracks or as datagrams: numbered, and may be lost.
 */
import type { Log } from "../log.ts";
import { decodeDataTrackFrame, DecodeError } from "../protocol/mod.ts";
import type { DeviceChannels } from "./device_channels.ts";
import type { Arrival } from "./heartbeat.ts";
import { Sequence } from "./sequence.ts";

/** What taking frames needs of the viewer. */
export interface DeviceFramesOptions {
  readonly channels: DeviceChannels;
  readonly log: Log;
  /** Something has arrived from the device. */
  readonly arrived: () => Arrival;
}

/** The frames of one device, from one `serverInfo` to the next. */
export class DeviceFrames {
  readonly #options: DeviceFramesOptions;
  /** The numbers of datagrams, by channel: only of channels that are wanted, so that there are no more than those. */
  readonly #sequences = new Map<number, Sequence>();

  constructor(options: DeviceFramesOptions) {
    this.#options = options;
  }

  /** A frame of a channel has come, one of those with these numbers. */
  take(channelId: number, sequence: Sequence, bytes: Uint8Array, logTime: bigint): void {
    const { channels, log, arrived } = this.#options;
    const frame = decodeDataTrackFrame(bytes);
    if (frame instanceof DecodeError) {
      channels.undecodable(channelId);
      log("debug", "a data-track frame cannot be read and is skipped", { channelId, error: frame });
    } else {
      channels.arrived(channelId, sequence, frame.sequence);
      channels.deliver(channelId, logTime, frame.data, arrived());
    }
  }

  /** A datagram has come. One of a channel that is not known, not lossy or not wanted any more is ignored. */
  takeDatagram(channelId: number, bytes: Uint8Array, logTime: bigint): void {
    const { channels } = this.#options;
    if (!channels.isWanted(channelId) || !channels.isLossy(channelId)) return;
    let sequence = this.#sequences.get(channelId);
    if (sequence === undefined) {
      sequence = new Sequence();
      this.#sequences.set(channelId, sequence);
    }
    this.take(channelId, sequence, bytes, logTime);
  }

  /** The channel is not wanted any more: its numbers begin anew when it is again. */
  forget(channelId: number): void {
    this.#sequences.delete(channelId);
  }
}
