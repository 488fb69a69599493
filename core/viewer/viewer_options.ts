/**
 * How a viewer is made.
 */
import type { Log } from "../log.ts";
import type { ViewerLimits } from "../limits.ts";
import type { ReadService, ServerInfo, Status } from "../protocol/mod.ts";
import type { DevicePresence } from "./device_watch.ts";
import type { ChannelInfo } from "./message.ts";

/** Whether a viewer is in its room: `connecting` also between losing the room and being back. */
export type ViewerStatus = "connecting" | "connected" | "closed";

/** What a viewer that has lost its room does about it. */
export interface ViewerRetry {
  /** How long it waits before it joins the room again, in ms. */
  readonly delayMs: number;
  /** Why the room was lost, or could not be joined, in a word or a few. */
  readonly why: string;
}

/** How a viewer is made. Callbacks are synchronous; what they throw is logged and goes no further. */
export interface ViewerOptions {
  /** The identity of the device to view. Default: the first one that opens a control stream to the viewer. */
  readonly device?: string;
  /** Bounds, where they are to differ from the defaults. */
  readonly limits?: Partial<ViewerLimits>;
  /** Where diagnostics go. Default: the calling fiber's logging; without Effect, warnings and errors go to the console. */
  readonly log?: Log;
  /** A device has said who it is: on joining, and again after each reset or reconnect. */
  readonly onDevice?: (serverInfo: ServerInfo) => void;
  /** The device has left the room. */
  readonly onDeviceLeft?: () => void;
  /** A device is here, or is silent, or is heard again; `undefined`: there is none any more. */
  readonly onPresence?: (device: DevicePresence | undefined) => void;
  /** Channels were advertised (new ones, and known ones whose details have changed) or taken back. */
  readonly onChannels?: (advertised: ReadonlyArray<ChannelInfo>, removed: ReadonlyArray<ChannelInfo>) => void;
  /** The device has something to say, for example why it refuses this viewer. */
  readonly onStatus?: (status: Status) => void;
  /** What the device has said under these ids holds no more. */
  readonly onStatusRemoved?: (ids: ReadonlyArray<string>) => void;
  /** Services were advertised or taken back. */
  readonly onServices?: (advertised: ReadonlyArray<ReadService>, removed: ReadonlyArray<ReadService>) => void;
  /** The viewer's connection has changed. */
  readonly onConnection?: (status: ViewerStatus) => void;
  /** The room was lost, or could still not be joined again; called each time before the viewer waits to join it. */
  readonly onRetry?: (retry: ViewerRetry) => void;
}

/** How a subscription's buffer is bounded, where it is to differ from the viewer's limits. */
export interface SubscribeOptions {
  /** Lossy messages that may wait; the oldest is dropped. */
  readonly lossyMessages?: number;
  /** Bytes of lossy messages that may wait; the oldest is dropped. */
  readonly lossyBytes?: number;
  /** Messages alone; {@linkcode GapOptions} has the other choice. */
  readonly gaps?: false;
  /** Bytes of reliable messages that may wait; then the control stream is not read. */
  readonly reliableBytes?: number;
}

/** As {@linkcode SubscribeOptions}, for a subscription that tells where messages are missing. */
export interface GapOptions extends Omit<SubscribeOptions, "gaps"> {
  /** A gap is put where messages of a lossy channel are missing. */
  readonly gaps: true;
}
