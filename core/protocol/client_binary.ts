/**
 * The binary messages of a viewer (wire protocol, section 4.2).
 */
import { BinaryReader, BinaryWriter, emptyBinary, unknownOpcode } from "./binary.ts";
import type { DecodeError, FrameTooLarge } from "./errors.ts";
import { MESSAGE_DATA_OPCODE } from "./message_data.ts";
import type {
  ClientBinaryMessage,
  ClientMessageData,
  Ping,
  PingAck,
  PlaybackControlRequest,
  ServiceCallRequest,
} from "./messages.ts";
import { encodeText } from "./text.ts";
import { readU64 } from "./u64.ts";

const SERVICE_CALL_REQUEST = 2;
const PLAYBACK_CONTROL_REQUEST = 3;
const PING = 4;
const PING_ACK = 5;

const PLAYBACK_COMMANDS: ReadonlyArray<PlaybackControlRequest["command"]> = ["play", "pause"];

/** The frame of a message. */
export function encodeClientBinary(message: ClientBinaryMessage): Uint8Array | FrameTooLarge {
  switch (message.op) {
    case "messageData":
      return BinaryWriter.frame(MESSAGE_DATA_OPCODE, 5 + message.data.length, (writer) => {
        writer.u32(message.channelId);
        writer.raw(message.data);
      });
    case "serviceCallRequest":
      return encodeServiceCallRequest(message);
    case "playbackControlRequest":
      return encodePlaybackControlRequest(message);
    case "ping":
      return BinaryWriter.frame(PING, 1 + message.payload.length, (writer) => writer.raw(message.payload));
    case "pingAck":
      return BinaryWriter.frame(PING_ACK, 9, (writer) => writer.u64(message.deviceTimestamp));
  }
}

function encodeServiceCallRequest(message: ServiceCallRequest): Uint8Array | FrameTooLarge {
  const { payload } = message;
  const encoding = encodeText(message.encoding);
  return BinaryWriter.frame(SERVICE_CALL_REQUEST, 13 + encoding.length + payload.length, (writer) => {
    writer.u32(message.serviceId);
    writer.u32(message.callId);
    writer.bytes(encoding);
    writer.raw(payload);
  });
}

function encodePlaybackControlRequest(message: PlaybackControlRequest): Uint8Array | FrameTooLarge {
  const requestId = encodeText(message.requestId);
  return BinaryWriter.frame(PLAYBACK_CONTROL_REQUEST, 19 + requestId.length, (writer) => {
    writer.u8(PLAYBACK_COMMANDS.indexOf(message.command));
    writer.f32(message.playbackSpeed);
    writer.u8(message.seekTime === undefined ? 0 : 1);
    writer.u64(message.seekTime ?? 0n);
    writer.bytes(requestId);
  });
}

/** The message that the payload of a binary frame holds. Bytes in it are views of the payload, not copies. */
export function decodeClientBinary(payload: Uint8Array): ClientBinaryMessage | DecodeError {
  const opcode = payload[0];
  switch (opcode) {
    case undefined:
      return emptyBinary();
    case MESSAGE_DATA_OPCODE:
      return decodeClientMessageData(payload);
    case SERVICE_CALL_REQUEST:
      return decodeServiceCallRequest(payload);
    case PLAYBACK_CONTROL_REQUEST:
      return decodePlaybackControlRequest(payload);
    case PING:
      return decodePing(payload);
    case PING_ACK:
      return decodePingAck(payload);
    default:
      return unknownOpcode(opcode);
  }
}

function decodeClientMessageData(payload: Uint8Array): ClientMessageData | DecodeError {
  const reader = new BinaryReader("messageData", payload);
  const channelId = reader.u32();
  return reader.error ?? { op: "messageData", channelId, data: reader.rest() };
}

function decodeServiceCallRequest(payload: Uint8Array): ServiceCallRequest | DecodeError {
  const reader = new BinaryReader("serviceCallRequest", payload);
  const serviceId = reader.u32();
  const callId = reader.u32();
  const encoding = reader.text();
  return reader.error ?? { op: "serviceCallRequest", serviceId, callId, encoding, payload: reader.rest() };
}

function decodePlaybackControlRequest(payload: Uint8Array): PlaybackControlRequest | DecodeError {
  const reader = new BinaryReader("playbackControlRequest", payload);
  const command = reader.choice(PLAYBACK_COMMANDS, "invalid-playback-command");
  const playbackSpeed = reader.f32();
  const hadSeek = reader.u8() !== 0;
  const seekTime = reader.u64();
  const requestId = reader.text();
  if (reader.error !== undefined) return reader.error;
  const request = { op: "playbackControlRequest", command, playbackSpeed, requestId } as const;
  return hadSeek ? { ...request, seekTime } : request;
}

function decodePing(payload: Uint8Array): Ping | DecodeError {
  const reader = new BinaryReader("ping", payload);
  const all = reader.rest();
  reader.u64();
  return reader.error ?? { op: "ping", appTimestamp: readU64(all, 0), payload: all };
}

function decodePingAck(payload: Uint8Array): PingAck | DecodeError {
  const reader = new BinaryReader("pingAck", payload);
  const deviceTimestamp = reader.u64();
  return reader.error ?? { op: "pingAck", deviceTimestamp };
}
