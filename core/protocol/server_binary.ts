/**
 * The binary messages of a device (wire protocol, section 4.1).
 */
import { BinaryReader, BinaryWriter, emptyBinary, unknownOpcode } from "./binary.ts";
import { type DecodeError, FrameTooLarge } from "./errors.ts";
import { MAX_FRAME_PAYLOAD } from "./frame.ts";
import {
  decodeMessageData,
  encodeMessageDataFrame,
  MAX_MESSAGE_DATA,
  MESSAGE_DATA_OPCODE,
  messageDataFrameBytes,
} from "./message_data.ts";
import type {
  FetchAssetResponse,
  MessageData,
  PlaybackState,
  PlaybackStatus,
  Pong,
  ServerBinaryMessage,
  ServiceCallResponse,
  Time,
} from "./messages.ts";
import { encodeText } from "./text.ts";

const TIME = 2;
const SERVICE_CALL_RESPONSE = 3;
const FETCH_ASSET_RESPONSE = 4;
const PLAYBACK_STATE = 5;
const PONG = 6;

const PLAYBACK_STATUSES: ReadonlyArray<PlaybackStatus> = ["playing", "paused", "buffering", "ended"];
const FETCH_STATUSES: ReadonlyArray<FetchAssetResponse["status"]> = ["success", "error"];

/** The frame of a message. */
export function encodeServerBinary(message: ServerBinaryMessage): Uint8Array | FrameTooLarge {
  switch (message.op) {
    case "messageData":
      return encodeMessageData(message);
    case "time":
      return BinaryWriter.frame(TIME, 9, (writer) => writer.u64(message.timestamp));
    case "serviceCallResponse":
      return encodeServiceCallResponse(message);
    case "fetchAssetResponse":
      return encodeFetchAssetResponse(message);
    case "playbackState":
      return encodePlaybackState(message);
    case "pong":
      return BinaryWriter.frame(PONG, 17, (writer) => {
        writer.u64(message.appTimestamp);
        writer.u64(message.deviceTimestamp);
      });
  }
}

function encodeMessageData(message: MessageData): Uint8Array | FrameTooLarge {
  const { channelId, logTime, data } = message;
  if (data.length <= MAX_MESSAGE_DATA) return encodeMessageDataFrame(channelId, logTime, data);
  const bytes = messageDataFrameBytes(data.length) - messageDataFrameBytes(0) + (MAX_FRAME_PAYLOAD - MAX_MESSAGE_DATA);
  return new FrameTooLarge({ bytes, limit: MAX_FRAME_PAYLOAD });
}

function encodeServiceCallResponse(message: ServiceCallResponse): Uint8Array | FrameTooLarge {
  const { payload } = message;
  const encoding = encodeText(message.encoding);
  return BinaryWriter.frame(SERVICE_CALL_RESPONSE, 13 + encoding.length + payload.length, (writer) => {
    writer.u32(message.serviceId);
    writer.u32(message.callId);
    writer.bytes(encoding);
    writer.raw(payload);
  });
}

function encodeFetchAssetResponse(message: FetchAssetResponse): Uint8Array | FrameTooLarge {
  const failed = message.status === "error";
  const rest = failed ? encodeText(message.message) : message.data;
  return BinaryWriter.frame(FETCH_ASSET_RESPONSE, 10 + rest.length, (writer) => {
    writer.u32(message.requestId);
    writer.u8(FETCH_STATUSES.indexOf(message.status));
    writer.u32(failed ? rest.length : 0);
    writer.raw(rest);
  });
}

function encodePlaybackState(message: PlaybackState): Uint8Array | FrameTooLarge {
  const requestId = encodeText(message.requestId ?? "");
  return BinaryWriter.frame(PLAYBACK_STATE, 19 + requestId.length, (writer) => {
    writer.u8(PLAYBACK_STATUSES.indexOf(message.status));
    writer.u64(message.currentTime);
    writer.f32(message.playbackSpeed);
    writer.u8(message.didSeek ? 1 : 0);
    writer.bytes(requestId);
  });
}

/** The message that the payload of a binary frame holds. Bytes in it are views of the payload, not copies. */
export function decodeServerBinary(payload: Uint8Array): ServerBinaryMessage | DecodeError {
  const opcode = payload[0];
  switch (opcode) {
    case undefined:
      return emptyBinary();
    case MESSAGE_DATA_OPCODE:
      return decodeMessageData(payload);
    case TIME:
      return decodeTime(payload);
    case SERVICE_CALL_RESPONSE:
      return decodeServiceCallResponse(payload);
    case FETCH_ASSET_RESPONSE:
      return decodeFetchAssetResponse(payload);
    case PLAYBACK_STATE:
      return decodePlaybackState(payload);
    case PONG:
      return decodePong(payload);
    default:
      return unknownOpcode(opcode);
  }
}

function decodeTime(payload: Uint8Array): Time | DecodeError {
  const reader = new BinaryReader("time", payload);
  const timestamp = reader.u64();
  return reader.error ?? { op: "time", timestamp };
}

function decodeServiceCallResponse(payload: Uint8Array): ServiceCallResponse | DecodeError {
  const reader = new BinaryReader("serviceCallResponse", payload);
  const serviceId = reader.u32();
  const callId = reader.u32();
  const encoding = reader.text();
  return reader.error ?? { op: "serviceCallResponse", serviceId, callId, encoding, payload: reader.rest() };
}

function decodeFetchAssetResponse(payload: Uint8Array): FetchAssetResponse | DecodeError {
  const reader = new BinaryReader("fetchAssetResponse", payload);
  const requestId = reader.u32();
  const status = reader.choice(FETCH_STATUSES, "invalid-fetch-asset-status");
  if (status === "error") {
    const message = reader.text();
    return reader.error ?? { op: "fetchAssetResponse", requestId, status, message };
  }
  // An error text beside data means nothing, so it may be anything.
  reader.bytes();
  return reader.error ?? { op: "fetchAssetResponse", requestId, status, data: reader.rest() };
}

function decodePlaybackState(payload: Uint8Array): PlaybackState | DecodeError {
  const reader = new BinaryReader("playbackState", payload);
  const status = reader.choice(PLAYBACK_STATUSES, "invalid-playback-status");
  const currentTime = reader.u64();
  const playbackSpeed = reader.f32();
  const didSeek = reader.u8() !== 0;
  const requestId = reader.text();
  if (reader.error !== undefined) return reader.error;
  const state = { op: "playbackState", status, currentTime, playbackSpeed, didSeek } as const;
  return requestId === "" ? state : { ...state, requestId };
}

function decodePong(payload: Uint8Array): Pong | DecodeError {
  const reader = new BinaryReader("pong", payload);
  const appTimestamp = reader.u64();
  const deviceTimestamp = reader.u64();
  return reader.error ?? { op: "pong", appTimestamp, deviceTimestamp };
}
