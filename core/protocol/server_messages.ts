/**
 * The messages of a device, as they are in the program: plain, immutable data, told apart by `op`.
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
  /** The channel's id. */
  readonly id: number;
  /** What it is about. */
  readonly topic: string;
  /** How its messages are encoded. */
  readonly encoding: string;
  /** The schema's name; empty where there is none. */
  readonly schemaName: string;
  /** The schema's encoding; absent where there is no schema. */
  readonly schemaEncoding?: string;
  /** The schema as text; empty where there is none. */
  readonly schema: string;
  /** Text by key. */
  readonly metadata: Metadata;
}

/** A device's channel as it stands in an `advertise` with a schema table. */
export interface TableChannel {
  /** The channel's id. */
  readonly id: number;
  /** What it is about. */
  readonly topic: string;
  /** How its messages are encoded. */
  readonly encoding: string;
  /** The schema's row in the table; absent where there is none. */
  readonly schemaId?: number;
  /** Text by key. */
  readonly metadata: Metadata;
}

/** One row of the schema table; `data` is still text. */
export interface TableSchema {
  /** The row's id, counted from 1. */
  readonly id: number;
  /** The schema's name. */
  readonly name: string;
  /** The schema's encoding; may be empty. */
  readonly encoding: string;
  /** The schema as text. */
  readonly data: string;
}

/** A channel of an `advertise` that was read and does not have the shape of its message; the others are kept. */
export interface MangledChannel {
  /** The channel's id. */
  readonly id: number;
  /** What it is about. */
  readonly topic: string;
  /** What does not fit, in words. */
  readonly detail: string;
}

/** Channels are there: to viewers below 2.3.0, each with its schema. */
export interface AdvertiseInline {
  /** Which message it is. */
  readonly op: "advertise";
  /** Which of the two shapes it has; the wire does not say. */
  readonly form: "inline";
  /** The channels. */
  readonly channels: ReadonlyArray<InlineChannel>;
  /** Only on messages that were read, and only where there are any. Never written. */
  readonly mangled?: ReadonlyArray<MangledChannel>;
}

/** Channels are there: to viewers of 2.3.0 and later, their schemas in a table. */
export interface AdvertiseTable {
  /** Which message it is. */
  readonly op: "advertise";
  /** Which of the two shapes it has; the wire does not say. */
  readonly form: "table";
  /** The schemas that have not been told on this connection. */
  readonly schemas: ReadonlyArray<TableSchema>;
  /** The channels. */
  readonly channels: ReadonlyArray<TableChannel>;
  /** Only on messages that were read, and only where there are any. Never written. */
  readonly mangled?: ReadonlyArray<MangledChannel>;
}

/** Channels are there no more. */
export interface Unadvertise {
  /** Which message it is. */
  readonly op: "unadvertise";
  /** The channels' ids. */
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

/** Statuses hold no more. */
export interface RemoveStatus {
  /** Which message it is. */
  readonly op: "removeStatus";
  /** The statuses' ids. */
  readonly statusIds: ReadonlyArray<string>;
}

/** Values of parameters: asked for, or changed. */
export interface ParameterValues {
  /** Which message it is. */
  readonly op: "parameterValues";
  /** The parameters. */
  readonly parameters: ReadonlyArray<Parameter>;
  /** The id of the request that this answers. */
  readonly id?: string;
}

/** One side of a service as it stands in `advertiseServices`; the schema is still text. */
export interface ServiceSide {
  /** How the payload is encoded. */
  readonly encoding: string;
  /** The schema's name. */
  readonly schemaName: string;
  /** The schema's encoding. */
  readonly schemaEncoding: string;
  /** The schema as text. */
  readonly schema: string;
}

/** A device's service as it stands in an `advertiseServices`. */
export interface AdvertisedService {
  /** The service's id, a u32. */
  readonly id: number;
  /** The name to call it by. */
  readonly name: string;
  /** What kind of service it is. */
  readonly type: string;
  /** What it takes; absent where no schema was declared. */
  readonly request?: ServiceSide;
  /** What it gives; absent where no schema was declared. */
  readonly response?: ServiceSide;
  /** Instead of `request`: `""`, or the bare name of a schema from an older peer. */
  readonly requestSchema?: string;
  /** Instead of `response`, likewise. */
  readonly responseSchema?: string;
}

/** Services are there. */
export interface AdvertiseServices {
  /** Which message it is. */
  readonly op: "advertiseServices";
  /** The services. */
  readonly services: ReadonlyArray<AdvertisedService>;
}

/** Services are there no more. */
export interface UnadvertiseServices {
  /** Which message it is. */
  readonly op: "unadvertiseServices";
  /** The services' ids. */
  readonly serviceIds: ReadonlyArray<number>;
}

/** A call has failed. */
export interface ServiceCallFailure {
  /** Which message it is. */
  readonly op: "serviceCallFailure";
  /** The service that was called. */
  readonly serviceId: number;
  /** The call, as the viewer has numbered it. */
  readonly callId: number;
  /** Why, in words. */
  readonly message: string;
}

/** What has changed in the connection graph: who publishes, subscribes and provides what. */
export interface ConnectionGraphUpdate {
  /** Which message it is. */
  readonly op: "connectionGraphUpdate";
  /** Topics whose publishers are new or have changed. */
  readonly publishedTopics: ReadonlyArray<{ readonly name: string; readonly publisherIds: ReadonlyArray<string> }>;
  /** Topics whose subscribers are new or have changed. */
  readonly subscribedTopics: ReadonlyArray<{ readonly name: string; readonly subscriberIds: ReadonlyArray<string> }>;
  /** Services whose providers are new or have changed. */
  readonly advertisedServices: ReadonlyArray<{ readonly name: string; readonly providerIds: ReadonlyArray<string> }>;
  /** Topics that nobody publishes or subscribes to any more. */
  readonly removedTopics: ReadonlyArray<string>;
  /** Services that nobody provides any more. */
  readonly removedServices: ReadonlyArray<string>;
}

// ---- device to viewer, binary ------------------------------------------------------------------------------------

/** A message of a device's channel. */
export interface MessageData {
  /** Which message it is. */
  readonly op: "messageData";
  /** The channel's id. */
  readonly channelId: number;
  /** Nanoseconds since the Unix epoch. */
  readonly logTime: bigint;
  /** The message, as the channel's encoding has it. */
  readonly data: Uint8Array;
}

/** What time it is at the device, where that is not the viewer's. */
export interface Time {
  /** Which message it is. */
  readonly op: "time";
  /** Nanoseconds since the Unix epoch. */
  readonly timestamp: bigint;
}

/** What a call has given. */
export interface ServiceCallResponse {
  /** Which message it is. */
  readonly op: "serviceCallResponse";
  /** The service that was called. */
  readonly serviceId: number;
  /** The call, as the viewer has numbered it. */
  readonly callId: number;
  /** How the payload is encoded. */
  readonly encoding: string;
  /** What the service gives. */
  readonly payload: Uint8Array;
}

/** An asset, or why it cannot be had. */
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

/** Where the playback of a recording stands. */
export interface PlaybackState {
  /** Which message it is. */
  readonly op: "playbackState";
  /** What the playback does. */
  readonly status: PlaybackStatus;
  /** Nanoseconds since the Unix epoch. */
  readonly currentTime: bigint;
  /** A float32; it may be infinite or no number. */
  readonly playbackSpeed: number;
  /** Whether it has jumped since the last one. */
  readonly didSeek: boolean;
  /** The request that this answers; never empty. */
  readonly requestId?: string;
}

/** The answer to a ping. */
export interface Pong {
  /** Which message it is. */
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
