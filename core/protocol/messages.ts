/**
 * The messages of the protocol, as they are in the program: plain, immutable data, told apart by `op`.
 */
import type { Parameter } from "./parameter.ts";

/** What a device can do, as it says in its `serverInfo`. */
export type Capability =
  | "clientPublish"
  | "parameters"
  | "parametersSubscribe"
  | "time"
  | "services"
  | "connectionGraph"
  | "assets"
  | "playbackControl";

/** A schema: the shape of a channel's messages. */
export interface Schema {
  /** The schema's name, for example `foxglove.PoseInFrame`. May be empty. */
  readonly name: string;
  /** How `data` is written, for example `jsonschema`, `protobuf`, `ros2msg`. May be empty. */
  readonly encoding: string;
  /** The schema itself. May be empty. */
  readonly data: Uint8Array;
}

/** Text by key. Keys come from outside, so it is a map and no plain object. */
export type Metadata = ReadonlyMap<string, string>;

/** A point in time as `serverInfo` writes it. */
export interface SecondsNanos {
  /** Seconds since the Unix epoch, a u32. */
  readonly sec: number;
  /** Nanoseconds within the second, a u32. */
  readonly nsec: number;
}

// ---- device to viewer, text --------------------------------------------------------------------------------------

/** What a device says of itself, first of all. */
export interface ServerInfo {
  /** Which message it is. */
  readonly op: "serverInfo";
  /** The device's name, for people. */
  readonly name: string;
  /** What the device can do beside sending messages. */
  readonly capabilities: ReadonlyArray<Capability>;
  /** Message encodings that the device takes from viewers. */
  readonly supportedEncodings: ReadonlyArray<string>;
  /** Text by key; `fg-library` names the device's library and its version. */
  readonly metadata: Metadata;
  /** The id of the session; the same over reconnects of one device. */
  readonly sessionId?: string;
  /** When the data begin, for a device that plays back a recording. */
  readonly dataStartTime?: SecondsNanos;
  /** When the data end, likewise. */
  readonly dataEndTime?: SecondsNanos;
}

/** A device's channel as it stands in an `advertise`; the schema is still text (see schema.ts). */
export interface InlineChannel {
  readonly id: number;
  readonly topic: string;
  readonly encoding: string;
  readonly schemaName: string;
  readonly schemaEncoding?: string;
  readonly schema: string;
  readonly metadata: Metadata;
}

export interface TableChannel {
  readonly id: number;
  readonly topic: string;
  readonly encoding: string;
  readonly schemaId?: number;
  readonly metadata: Metadata;
}

/** One row of the schema table; `data` is still text. */
export interface TableSchema {
  readonly id: number;
  readonly name: string;
  readonly encoding: string;
  readonly data: string;
}

/** A channel of an `advertise` that was read and does not have the shape of its message; the others are kept. */
export interface MangledChannel {
  readonly id: number;
  readonly topic: string;
  /** What does not fit, in words. */
  readonly detail: string;
}

export interface AdvertiseInline {
  readonly op: "advertise";
  readonly form: "inline";
  readonly channels: ReadonlyArray<InlineChannel>;
  /** Only on messages that were read, and only where there are any. Never written. */
  readonly mangled?: ReadonlyArray<MangledChannel>;
}

export interface AdvertiseTable {
  readonly op: "advertise";
  readonly form: "table";
  readonly schemas: ReadonlyArray<TableSchema>;
  readonly channels: ReadonlyArray<TableChannel>;
  /** Only on messages that were read, and only where there are any. Never written. */
  readonly mangled?: ReadonlyArray<MangledChannel>;
}

export interface Unadvertise {
  readonly op: "unadvertise";
  readonly channelIds: ReadonlyArray<number>;
}

/** 0 info, 1 warning, 2 error on the wire. */
export type StatusLevel = "info" | "warning" | "error";

/** Something that a device tells the people at its viewers. */
export interface Status {
  /** Which message it is. */
  readonly op: "status";
  /** How much it matters. */
  readonly level: StatusLevel;
  /** What there is to say. */
  readonly message: string;
  /** A later status of the same id takes its place. */
  readonly id?: string;
}

export interface RemoveStatus {
  readonly op: "removeStatus";
  readonly statusIds: ReadonlyArray<string>;
}

export interface ParameterValues {
  readonly op: "parameterValues";
  readonly parameters: ReadonlyArray<Parameter>;
  readonly id?: string;
}

/** One side of a service as it stands in `advertiseServices`; the schema is still text. */
export interface ServiceSide {
  readonly encoding: string;
  readonly schemaName: string;
  readonly schemaEncoding: string;
  readonly schema: string;
}

export interface AdvertisedService {
  readonly id: number;
  readonly name: string;
  readonly type: string;
  readonly request?: ServiceSide;
  readonly response?: ServiceSide;
  /** Instead of `request`: `""`, or the bare name of a schema from an older peer. */
  readonly requestSchema?: string;
  /** Instead of `response`, likewise. */
  readonly responseSchema?: string;
}

export interface AdvertiseServices {
  readonly op: "advertiseServices";
  readonly services: ReadonlyArray<AdvertisedService>;
}

export interface UnadvertiseServices {
  readonly op: "unadvertiseServices";
  readonly serviceIds: ReadonlyArray<number>;
}

export interface ServiceCallFailure {
  readonly op: "serviceCallFailure";
  readonly serviceId: number;
  readonly callId: number;
  readonly message: string;
}

export interface ConnectionGraphUpdate {
  readonly op: "connectionGraphUpdate";
  readonly publishedTopics: ReadonlyArray<{ readonly name: string; readonly publisherIds: ReadonlyArray<string> }>;
  readonly subscribedTopics: ReadonlyArray<{ readonly name: string; readonly subscriberIds: ReadonlyArray<string> }>;
  readonly advertisedServices: ReadonlyArray<{ readonly name: string; readonly providerIds: ReadonlyArray<string> }>;
  readonly removedTopics: ReadonlyArray<string>;
  readonly removedServices: ReadonlyArray<string>;
}

// ---- device to viewer, binary ------------------------------------------------------------------------------------

export interface MessageData {
  readonly op: "messageData";
  readonly channelId: number;
  /** Nanoseconds since the Unix epoch. */
  readonly logTime: bigint;
  readonly data: Uint8Array;
}

export interface Time {
  readonly op: "time";
  /** Nanoseconds since the Unix epoch. */
  readonly timestamp: bigint;
}

export interface ServiceCallResponse {
  readonly op: "serviceCallResponse";
  readonly serviceId: number;
  readonly callId: number;
  readonly encoding: string;
  readonly payload: Uint8Array;
}

export type FetchAssetResponse =
  | {
    readonly op: "fetchAssetResponse";
    readonly requestId: number;
    readonly status: "success";
    readonly data: Uint8Array;
  }
  | {
    readonly op: "fetchAssetResponse";
    readonly requestId: number;
    readonly status: "error";
    readonly message: string;
  };

/** 0 playing, 1 paused, 2 buffering, 3 ended on the wire. */
export type PlaybackStatus = "playing" | "paused" | "buffering" | "ended";

export interface PlaybackState {
  readonly op: "playbackState";
  readonly status: PlaybackStatus;
  /** Nanoseconds since the Unix epoch. */
  readonly currentTime: bigint;
  /** A float32; it may be infinite or no number. */
  readonly playbackSpeed: number;
  readonly didSeek: boolean;
  readonly requestId?: string;
}

export interface Pong {
  readonly op: "pong";
  /** The ping's first 8 bytes. */
  readonly appTimestamp: bigint;
  /** Milliseconds since the Unix epoch. */
  readonly deviceTimestamp: bigint;
}

/** What a device sends as binary messages. */
export type ServerBinaryMessage =
  | MessageData
  | Time
  | ServiceCallResponse
  | FetchAssetResponse
  | PlaybackState
  | Pong;

/** All that a device sends. */
export type ServerMessage =
  | ServerInfo
  | AdvertiseInline
  | AdvertiseTable
  | Unadvertise
  | Status
  | RemoveStatus
  | ParameterValues
  | AdvertiseServices
  | UnadvertiseServices
  | ServiceCallFailure
  | ConnectionGraphUpdate
  | ServerBinaryMessage;

// ---- viewer to device, text --------------------------------------------------------------------------------------

export interface Subscribe {
  readonly op: "subscribe";
  readonly channels: ReadonlyArray<{ readonly id: number; readonly requestVideoTrack: boolean }>;
}

export interface Unsubscribe {
  readonly op: "unsubscribe";
  readonly channelIds: ReadonlyArray<number>;
}

/** A viewer's own channel; the schema is still text. */
export interface ClientChannel {
  readonly id: number;
  readonly topic: string;
  readonly encoding: string;
  readonly schemaName: string;
  readonly schemaEncoding?: string;
  readonly schema?: string;
}

export interface ClientAdvertise {
  readonly op: "advertise";
  readonly channels: ReadonlyArray<ClientChannel>;
}

export interface ClientUnadvertise {
  readonly op: "unadvertise";
  readonly channelIds: ReadonlyArray<number>;
}

export interface GetParameters {
  readonly op: "getParameters";
  readonly parameterNames: ReadonlyArray<string>;
  readonly id?: string;
}

export interface SetParameters {
  readonly op: "setParameters";
  readonly parameters: ReadonlyArray<Parameter>;
  readonly id?: string;
}

export interface SubscribeParameterUpdates {
  readonly op: "subscribeParameterUpdates";
  readonly parameterNames: ReadonlyArray<string>;
}

export interface UnsubscribeParameterUpdates {
  readonly op: "unsubscribeParameterUpdates";
  readonly parameterNames: ReadonlyArray<string>;
}

export interface SubscribeConnectionGraph {
  readonly op: "subscribeConnectionGraph";
}

export interface UnsubscribeConnectionGraph {
  readonly op: "unsubscribeConnectionGraph";
}

export interface FetchAsset {
  readonly op: "fetchAsset";
  readonly requestId: number;
  readonly uri: string;
}

// ---- viewer to device, binary ------------------------------------------------------------------------------------

export interface ClientMessageData {
  readonly op: "messageData";
  readonly channelId: number;
  readonly data: Uint8Array;
}

export interface ServiceCallRequest {
  readonly op: "serviceCallRequest";
  readonly serviceId: number;
  readonly callId: number;
  readonly encoding: string;
  readonly payload: Uint8Array;
}

export interface PlaybackControlRequest {
  readonly op: "playbackControlRequest";
  readonly command: "play" | "pause";
  /** A float32. */
  readonly playbackSpeed: number;
  /** Nanoseconds since the Unix epoch; absent: no seek. */
  readonly seekTime?: bigint;
  readonly requestId: string;
}

export interface Ping {
  readonly op: "ping";
  readonly appTimestamp: bigint;
  /** All bytes of the ping, the timestamp included; at least 8. */
  readonly payload: Uint8Array;
}

export interface PingAck {
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
