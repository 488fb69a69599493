/**
 * Messages to frames and back, in both directions.
 */
import { decodeClientBinary, encodeClientBinary } from "./client_binary.ts";
import { decodeClientText, encodeClientText } from "./client_json.ts";
import { DecodeError, type FrameTooLarge } from "./errors.ts";
import { BINARY_OPCODE, encodeTextFrame, type Frame } from "./frame.ts";
import type { ClientMessage, ServerMessage } from "./messages.ts";
import { decodeServerBinary, encodeServerBinary } from "./server_binary.ts";
import { encodeServerText } from "./server_json.ts";
import { decodeServerText } from "./server_json_reader.ts";
import { textOf } from "./text.ts";

/** The frame of a device's message. */
export function encodeServerFrame(message: ServerMessage): Uint8Array | FrameTooLarge {
  switch (message.op) {
    case "messageData":
    case "time":
    case "serviceCallResponse":
    case "fetchAssetResponse":
    case "playbackState":
    case "pong":
      return encodeServerBinary(message);
    default:
      return encodeTextFrame(encodeServerText(message));
  }
}

/** The frame of a viewer's message. */
export function encodeClientFrame(message: ClientMessage): Uint8Array | FrameTooLarge {
  switch (message.op) {
    case "messageData":
    case "serviceCallRequest":
    case "playbackControlRequest":
    case "ping":
    case "pingAck":
      return encodeClientBinary(message);
    default:
      return encodeTextFrame(encodeClientText(message));
  }
}

/** A device's message. Bytes in it are views of the frame, not copies. */
export function decodeServerFrame(frame: Frame): ServerMessage | DecodeError {
  if (frame.opcode === BINARY_OPCODE) return decodeServerBinary(frame.payload);
  const text = textOf(frame.payload);
  return text === undefined ? notUtf8() : decodeServerText(text);
}

/** A viewer's message. Bytes in it are views of the frame, not copies. */
export function decodeClientFrame(frame: Frame): ClientMessage | DecodeError {
  if (frame.opcode === BINARY_OPCODE) return decodeClientBinary(frame.payload);
  const text = textOf(frame.payload);
  return text === undefined ? notUtf8() : decodeClientText(text);
}

function notUtf8(): DecodeError {
  const detail = "the text is no UTF-8";
  return new DecodeError({ reason: "invalid-utf8", what: "text message", where: "the payload", detail });
}
