/**
 * The protocol: bytes to messages and back, with no Effect and no I/O. What is wrong is returned as a value.
 *
 * @module
 */
export {
  type AdvertisedChannel,
  type AdvertiseError,
  advertiseInline,
  type Advertisement,
  advertiseTable,
  readAdvertise,
  type ReadAdvertiseError,
  type ReadAdvertisement,
  type RefusedChannel,
} from "./advertise.ts";
export { type AdvertisementFrames, encodeAdvertiseFrames, type SplittableMessage } from "./advertise_frames.ts";
export { type ClientTextMessage, decodeClientText, encodeClientText } from "./client_json.ts";
export { decodeClientFrame, decodeServerFrame, encodeClientFrame, encodeServerFrame } from "./codec.ts";
export {
  DATA_TRACK_HEADER_BYTES,
  type DataTrackFrame,
  decodeDataTrackFrame,
  encodeDataTrackFrame,
} from "./data_track_frame.ts";
export {
  DecodeError,
  type DecodeErrorFields,
  type DecodeErrorReason,
  FrameError,
  type FrameErrorFields,
  type FrameErrorReason,
  FrameTooLarge,
  type FrameTooLargeFields,
  InvalidParameter,
  type InvalidParameterFields,
  UnsupportedProtocolVersion,
  type UnsupportedProtocolVersionFields,
} from "./errors.ts";
export { Float64 } from "./float64.ts";
export {
  BINARY_OPCODE,
  encodeBinaryFrame,
  encodeTextFrame,
  type Frame,
  FRAME_HEADER_BYTES,
  MAX_FRAME_PAYLOAD,
  TEXT_OPCODE,
} from "./frame.ts";
export { FrameDecoder, type FrameDecoderOptions } from "./frame_decoder.ts";
export { MAX_JSON_DEPTH } from "./json.ts";
export {
  decodeMessageData,
  encodeMessageDataFrame,
  MAX_MESSAGE_DATA,
  MESSAGE_DATA_OPCODE,
  messageDataFrameBytes,
} from "./message_data.ts";
export type * from "./messages.ts";
export {
  channelStreamTopic,
  CONTROL_TOPIC,
  dataTrackName,
  parseChannelStreamTopic,
  parseDataTrackName,
  parseVideoTrackName,
  videoTrackName,
} from "./names.ts";
export {
  checkParameter,
  MAX_PARAMETER_DEPTH,
  type Parameter,
  type ParameterType,
  parameterType,
  type ParameterValue,
} from "./parameter.ts";
export {
  type ClientAdvertisedChannel,
  clientChannel,
  isBinarySchemaEncoding,
  needsSchema,
  readSchema,
  readServiceSide,
  resolveClientChannel,
  resolveInline,
  schemaText,
  type ServicePayload,
  serviceSide,
} from "./schema.ts";
export {
  InvalidSchemaText,
  type InvalidSchemaTextFields,
  MangledAdvertisement,
  type MangledAdvertisementFields,
  MissingSchema,
  type MissingSchemaFields,
  SchemaNotUtf8,
  type SchemaNotUtf8Fields,
  UnknownSchemaId,
  type UnknownSchemaIdFields,
} from "./schema_errors.ts";
export { MAX_SCHEMAS, SchemaTableReader, SchemaTableWriter } from "./schema_table.ts";
export { encodeServerText, type ServerTextMessage } from "./server_json.ts";
export { CAPABILITIES, decodeServerText } from "./server_json_reader.ts";
export {
  advertiseServices,
  type DeclaredService,
  readAdvertiseServices,
  type ReadService,
  type RefusedService,
} from "./services.ts";
export { nanosOf, secondsNanos } from "./time.ts";
export {
  type AcceptedProtocolVersion,
  type AdvertiseForm,
  checkProtocolVersion,
  DEFAULT_PROTOCOL_VERSION,
  PROTOCOL_VERSION,
  PROTOCOL_VERSION_ATTRIBUTE,
} from "./version.ts";
