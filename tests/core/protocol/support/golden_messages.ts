/**
 * Messages from golden fields.
 */
import type {
  AdvertisedService,
  Capability,
  ClientMessage,
  ConnectionGraphUpdate,
  FetchAssetResponse,
  PlaybackControlRequest,
  PlaybackState,
  SecondsNanos,
  ServerInfo,
  ServerMessage,
  Status,
} from "../../../../core/protocol/mod.ts";
import { bytesOf, type Fields, list } from "./golden.ts";
import { parameterOf } from "./golden_parameters.ts";
import { clientChannelOf, inlineChannelOf, metadataOf, rowOf, sideOf, tableChannelOf } from "./golden_schemas.ts";

const LEVELS = ["info", "warning", "error"] as const;
const PLAYBACK = ["playing", "paused", "buffering", "ended"] as const;
const COMMANDS = ["play", "pause"] as const;

function text(fields: Fields, key: string): string {
  return fields[key] as string;
}

function texts(fields: Fields, key: string): ReadonlyArray<string> {
  return fields[key] as ReadonlyArray<string>;
}

function number(fields: Fields, key: string): number {
  return Number(fields[key]);
}

function numbers(fields: Fields, key: string): ReadonlyArray<number> {
  return texts(fields, key).map(Number);
}

function big(fields: Fields, key: string): bigint {
  return BigInt(text(fields, key));
}

function bytes(fields: Fields, key: string): Uint8Array {
  return bytesOf(text(fields, key));
}

/** Fields that are there only where the golden fields have them. */
function optional<K extends string, T>(fields: Fields, key: K, read: (value: unknown) => T): { readonly [P in K]?: T } {
  const value = fields[key];
  const none: { readonly [P in K]?: T } = {};
  return value === undefined ? none : { ...none, [key]: read(value) };
}

function optionalText<K extends string>(fields: Fields, key: K): { readonly [P in K]?: string } {
  return optional(fields, key, (value) => value as string);
}

/** The device's message of golden fields. */
export function serverMessageOf(fields: Fields): ServerMessage {
  const op = fields["op"] as ServerMessage["op"];
  switch (op) {
    case "serverInfo":
      return serverInfo(fields);
    case "advertise": {
      const channels = list(fields["channels"]);
      if (fields["form"] === "inline") return { op, form: "inline", channels: channels.map(inlineChannelOf) };
      const schemas = list(fields["schemas"] ?? []).map(rowOf);
      return { op, form: "table", schemas, channels: channels.map(tableChannelOf) };
    }
    case "unadvertise":
      return { op, channelIds: numbers(fields, "channelIds") };
    case "status":
      return status(fields);
    case "removeStatus":
      return { op, statusIds: texts(fields, "statusIds") };
    case "parameterValues":
      return { op, parameters: list(fields["parameters"]).map(parameterOf), ...optionalText(fields, "id") };
    case "advertiseServices":
      return { op, services: list(fields["services"]).map(service) };
    case "unadvertiseServices":
      return { op, serviceIds: numbers(fields, "serviceIds") };
    case "serviceCallFailure": {
      const [serviceId, callId] = [number(fields, "serviceId"), number(fields, "callId")];
      return { op, serviceId, callId, message: text(fields, "message") };
    }
    case "connectionGraphUpdate":
      return connectionGraph(fields);
    case "messageData": {
      const [channelId, logTime] = [number(fields, "channelId"), big(fields, "logTime")];
      return { op, channelId, logTime, data: bytes(fields, "data") };
    }
    case "time":
      return { op, timestamp: big(fields, "timestamp") };
    case "serviceCallResponse": {
      const [serviceId, callId] = [number(fields, "serviceId"), number(fields, "callId")];
      return { op, serviceId, callId, encoding: text(fields, "encoding"), payload: bytes(fields, "payload") };
    }
    case "fetchAssetResponse":
      return fetchAsset(fields);
    case "playbackState":
      return playbackState(fields);
    case "pong":
      return { op, appTimestamp: big(fields, "appTimestamp"), deviceTimestamp: big(fields, "deviceTimestamp") };
  }
}

function serverInfo(fields: Fields): ServerInfo {
  return {
    op: "serverInfo",
    name: text(fields, "name"),
    capabilities: fields["capabilities"] as ReadonlyArray<Capability>,
    supportedEncodings: texts(fields, "supportedEncodings") ?? [],
    metadata: metadataOf(fields["metadata"]),
    ...optionalText(fields, "sessionId"),
    ...optional(fields, "dataStartTime", (value) => value as SecondsNanos),
    ...optional(fields, "dataEndTime", (value) => value as SecondsNanos),
  };
}

function status(fields: Fields): Status {
  const level = LEVELS[number(fields, "level")]!;
  return { op: "status", level, message: text(fields, "message"), ...optionalText(fields, "id") };
}

function service(fields: Fields): AdvertisedService {
  const request = sideOf(fields["request"] as Fields | undefined);
  const response = sideOf(fields["response"] as Fields | undefined);
  return {
    id: number(fields, "id"),
    name: text(fields, "name"),
    type: text(fields, "type"),
    ...(request !== undefined && { request }),
    ...(response !== undefined && { response }),
    ...optionalText(fields, "requestSchema"),
    ...optionalText(fields, "responseSchema"),
  };
}

function connectionGraph(fields: Fields): ConnectionGraphUpdate {
  return {
    op: "connectionGraphUpdate",
    publishedTopics: fields["publishedTopics"] as ConnectionGraphUpdate["publishedTopics"],
    subscribedTopics: fields["subscribedTopics"] as ConnectionGraphUpdate["subscribedTopics"],
    advertisedServices: fields["advertisedServices"] as ConnectionGraphUpdate["advertisedServices"],
    removedTopics: texts(fields, "removedTopics"),
    removedServices: texts(fields, "removedServices"),
  };
}

function fetchAsset(fields: Fields): FetchAssetResponse {
  const requestId = number(fields, "requestId");
  return fields["status"] === 0
    ? { op: "fetchAssetResponse", requestId, status: "success", data: bytes(fields, "data") }
    : { op: "fetchAssetResponse", requestId, status: "error", message: text(fields, "errorMessage") };
}

function playbackState(fields: Fields): PlaybackState {
  return {
    op: "playbackState",
    status: PLAYBACK[number(fields, "status")]!,
    currentTime: big(fields, "currentTime"),
    playbackSpeed: number(fields, "playbackSpeed"),
    didSeek: fields["didSeek"] as boolean,
    ...optionalText(fields, "requestId"),
  };
}

/** The viewer's message of golden fields. */
export function clientMessageOf(fields: Fields): ClientMessage {
  const op = fields["op"] as ClientMessage["op"];
  switch (op) {
    case "subscribe": {
      const channels = list(fields["channels"]).map((channel) => ({
        id: number(channel, "id"),
        requestVideoTrack: channel["requestVideoTrack"] as boolean,
      }));
      return { op, channels };
    }
    case "unsubscribe":
    case "unadvertise":
      return { op, channelIds: numbers(fields, "channelIds") };
    case "advertise":
      return { op, channels: list(fields["channels"]).map(clientChannelOf) };
    case "getParameters":
      return { op, parameterNames: texts(fields, "parameterNames"), ...optionalText(fields, "id") };
    case "setParameters":
      return { op, parameters: list(fields["parameters"]).map(parameterOf), ...optionalText(fields, "id") };
    case "subscribeParameterUpdates":
    case "unsubscribeParameterUpdates":
      return { op, parameterNames: texts(fields, "parameterNames") };
    case "subscribeConnectionGraph":
    case "unsubscribeConnectionGraph":
      return { op };
    case "fetchAsset":
      return { op, requestId: number(fields, "requestId"), uri: text(fields, "uri") };
    case "messageData":
      return { op, channelId: number(fields, "channelId"), data: bytes(fields, "data") };
    case "serviceCallRequest": {
      const [serviceId, callId] = [number(fields, "serviceId"), number(fields, "callId")];
      return { op, serviceId, callId, encoding: text(fields, "encoding"), payload: bytes(fields, "payload") };
    }
    case "playbackControlRequest":
      return playbackControl(fields);
    case "ping":
      return { op, appTimestamp: big(fields, "appTimestamp"), payload: bytes(fields, "payload") };
    case "pingAck":
      return { op, deviceTimestamp: big(fields, "deviceTimestamp") };
  }
}

function playbackControl(fields: Fields): PlaybackControlRequest {
  return {
    op: "playbackControlRequest",
    command: COMMANDS[number(fields, "playbackCommand")]!,
    playbackSpeed: number(fields, "playbackSpeed"),
    requestId: text(fields, "requestId"),
    ...optional(fields, "seekTime", (value) => BigInt(value as string)),
  };
}
