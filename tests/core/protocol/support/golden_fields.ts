/**
 * Messages as golden fields.
 */
import type {
  AdvertisedService,
  ClientMessage,
  FetchAssetResponse,
  ServerMessage,
} from "../../../../core/protocol/mod.ts";
import { type Fields, hexOf, present } from "./golden.ts";
import { parameterFields } from "./golden_parameters.ts";
import { advertiseFields, clientChannelFields, metadataFields, sideFields } from "./golden_schemas.ts";

const LEVELS = ["info", "warning", "error"] as const;
const PLAYBACK = ["playing", "paused", "buffering", "ended"] as const;
const COMMANDS = ["play", "pause"] as const;

function speedFields(speed: number): number | string {
  return Number.isFinite(speed) ? speed : String(speed);
}

function littleEndian(value: bigint): string {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value, true);
  return hexOf(bytes);
}

/** The golden fields of a device's message. */
export function serverFields(message: ServerMessage): Fields {
  switch (message.op) {
    case "serverInfo": {
      const { supportedEncodings, metadata } = message;
      return present({
        ...message,
        supportedEncodings: supportedEncodings.length === 0 ? undefined : supportedEncodings,
        metadata: metadataFields(metadata),
      });
    }
    case "advertise":
      return advertiseFields(message);
    case "unadvertise":
      return { ...message, channelIds: message.channelIds.map(String) };
    case "status":
      return { ...message, level: LEVELS.indexOf(message.level) };
    case "parameterValues":
      return { ...message, parameters: message.parameters.map(parameterFields) };
    case "advertiseServices":
      return { ...message, services: message.services.map(serviceFields) };
    case "messageData": {
      const { op, channelId, logTime, data } = message;
      return { op, opcode: 1, channelId: String(channelId), logTime: String(logTime), data: hexOf(data) };
    }
    case "time":
      return { op: "time", opcode: 2, timestamp: String(message.timestamp) };
    case "serviceCallResponse":
      return { ...message, opcode: 3, payload: hexOf(message.payload) };
    case "fetchAssetResponse":
      return fetchAssetFields(message);
    case "playbackState":
      return {
        ...message,
        opcode: 5,
        status: PLAYBACK.indexOf(message.status),
        currentTime: String(message.currentTime),
        playbackSpeed: speedFields(message.playbackSpeed),
      };
    case "pong": {
      const { op, appTimestamp, deviceTimestamp } = message;
      const payload = littleEndian(appTimestamp) + littleEndian(deviceTimestamp);
      return { op, opcode: 6, appTimestamp: String(appTimestamp), deviceTimestamp: String(deviceTimestamp), payload };
    }
    default:
      return { ...message };
  }
}

function serviceFields(service: AdvertisedService): Fields {
  const { request, response } = service;
  return present({ ...service, request: sideFields(request), response: sideFields(response) });
}

function fetchAssetFields(message: FetchAssetResponse): Fields {
  const { op, requestId } = message;
  return message.status === "error"
    ? { op, opcode: 4, requestId, status: 1, errorMessage: message.message }
    : { op, opcode: 4, requestId, status: 0, data: hexOf(message.data) };
}

/** The golden fields of a viewer's message. */
export function clientFields(message: ClientMessage): Fields {
  switch (message.op) {
    case "subscribe":
      return { ...message, channels: message.channels.map((channel) => ({ ...channel, id: String(channel.id) })) };
    case "unsubscribe":
      return { ...message, channelIds: message.channelIds.map(String) };
    case "advertise":
      return { ...message, channels: message.channels.map(clientChannelFields) };
    case "setParameters":
      return { ...message, parameters: message.parameters.map(parameterFields) };
    case "messageData":
      return { ...message, opcode: 1, data: hexOf(message.data) };
    case "serviceCallRequest":
      return { ...message, opcode: 2, payload: hexOf(message.payload) };
    case "playbackControlRequest": {
      const { op, command, playbackSpeed, requestId, seekTime } = message;
      return present({
        op,
        opcode: 3,
        playbackCommand: COMMANDS.indexOf(command),
        playbackSpeed: speedFields(playbackSpeed),
        requestId,
        seekTime: seekTime === undefined ? undefined : String(seekTime),
      });
    }
    case "ping":
      return { ...message, opcode: 4, appTimestamp: String(message.appTimestamp), payload: hexOf(message.payload) };
    case "pingAck":
      return { op: "pingAck", opcode: 5, deviceTimestamp: String(message.deviceTimestamp) };
    default:
      return { ...message };
  }
}
