/**
 * The messages of a viewer, as they are in the program: plain, immutable data, told apart by `op`.
 */
import type { Parameter } from "./parameter.ts";

/** The viewer wants the messages of channels. */
export interface Subscribe {
  /** Which message it is. */
  readonly op: "subscribe";
  /** The channels, and whether as video. */
  readonly channels: ReadonlyArray<{ readonly id: number; readonly requestVideoTrack: boolean }>;
}

/** The viewer does not want the messages of channels any more. */
export interface Unsubscribe {
  /** Which message it is. */
  readonly op: "unsubscribe";
  /** The channels' ids. */
  readonly channelIds: ReadonlyArray<number>;
}

/** A viewer's own channel; the schema is still text. */
export interface ClientChannel {
  /** The channel's id, a u32 of the viewer's choice. */
  readonly id: number;
  /** What it is about. */
  readonly topic: string;
  /** How its messages are encoded. */
  readonly encoding: string;
  /** The schema's name; empty where there is none. */
  readonly schemaName: string;
  /** The schema's encoding. */
  readonly schemaEncoding?: string;
  /** The schema as text. */
  readonly schema?: string;
}

/** The viewer has channels of its own. */
export interface ClientAdvertise {
  /** Which message it is. */
  readonly op: "advertise";
  /** The channels. */
  readonly channels: ReadonlyArray<ClientChannel>;
}

/** The viewer has channels of its own no more. */
export interface ClientUnadvertise {
  /** Which message it is. */
  readonly op: "unadvertise";
  /** The channels' ids. */
  readonly channelIds: ReadonlyArray<number>;
}

/** The viewer asks for the values of parameters. */
export interface GetParameters {
  /** Which message it is. */
  readonly op: "getParameters";
  /** Their names; none: all of them. */
  readonly parameterNames: ReadonlyArray<string>;
  /** What the answer is to be known by. */
  readonly id?: string;
}

/** The viewer sets parameters. */
export interface SetParameters {
  /** Which message it is. */
  readonly op: "setParameters";
  /** The parameters; one without a value is unset. */
  readonly parameters: ReadonlyArray<Parameter>;
  /** What the answer is to be known by; absent: no answer is wanted. */
  readonly id?: string;
}

/** The viewer wants to hear of changes of parameters. */
export interface SubscribeParameterUpdates {
  /** Which message it is. */
  readonly op: "subscribeParameterUpdates";
  /** Their names. */
  readonly parameterNames: ReadonlyArray<string>;
}

/** The viewer does not want to hear of changes of parameters any more. */
export interface UnsubscribeParameterUpdates {
  /** Which message it is. */
  readonly op: "unsubscribeParameterUpdates";
  /** Their names. */
  readonly parameterNames: ReadonlyArray<string>;
}

/** The viewer wants to hear of the connection graph. */
export interface SubscribeConnectionGraph {
  /** Which message it is. */
  readonly op: "subscribeConnectionGraph";
}

/** The viewer does not want to hear of the connection graph any more. */
export interface UnsubscribeConnectionGraph {
  /** Which message it is. */
  readonly op: "unsubscribeConnectionGraph";
}

/** The viewer asks for an asset. */
export interface FetchAsset {
  /** Which message it is. */
  readonly op: "fetchAsset";
  /** What the answer is to be known by. */
  readonly requestId: number;
  /** Where the asset is. */
  readonly uri: string;
}

// ---- viewer to device, binary ------------------------------------------------------------------------------------

/** A message of a viewer's own channel. */
export interface ClientMessageData {
  /** Which message it is. */
  readonly op: "messageData";
  /** The channel's id, the viewer's own. */
  readonly channelId: number;
  /** The message, as the channel's encoding has it. */
  readonly data: Uint8Array;
}

/** The viewer calls a service. */
export interface ServiceCallRequest {
  /** Which message it is. */
  readonly op: "serviceCallRequest";
  /** The service's id. */
  readonly serviceId: number;
  /** The call, as the viewer numbers it. */
  readonly callId: number;
  /** How the payload is encoded. */
  readonly encoding: string;
  /** What the service takes. */
  readonly payload: Uint8Array;
}

/** The viewer asks for another state of the playback. */
export interface PlaybackControlRequest {
  /** Which message it is. */
  readonly op: "playbackControlRequest";
  /** What the playback is to do. */
  readonly command: "play" | "pause";
  /** A float32. */
  readonly playbackSpeed: number;
  /** Nanoseconds since the Unix epoch; absent: no seek. */
  readonly seekTime?: bigint;
  /** What the answer is to be known by. */
  readonly requestId: string;
}

/** The viewer asks whether the device is there, and how fast. */
export interface Ping {
  /** Which message it is. */
  readonly op: "ping";
  /** The first 8 bytes: the viewer's own time, in whatever unit. */
  readonly appTimestamp: bigint;
  /** All bytes of the ping, the timestamp included; at least 8. */
  readonly payload: Uint8Array;
}

/** The viewer has got the pong, for the device to know the round-trip time. */
export interface PingAck {
  /** Which message it is. */
  readonly op: "pingAck";
  /** Milliseconds since the Unix epoch, from the pong. */
  readonly deviceTimestamp: bigint;
}

/** What a viewer sends as binary messages. */
export type ClientBinaryMessage =
  | ClientMessageData
  | ServiceCallRequest
  | PlaybackControlRequest
  | Ping
  | PingAck;

/** All that a viewer sends. */
export type ClientMessage =
  | Subscribe
  | Unsubscribe
  | ClientAdvertise
  | ClientUnadvertise
  | GetParameters
  | SetParameters
  | SubscribeParameterUpdates
  | UnsubscribeParameterUpdates
  | SubscribeConnectionGraph
  | UnsubscribeConnectionGraph
  | FetchAsset
  | ClientBinaryMessage;
