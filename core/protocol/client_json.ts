/**
 * The text messages of a viewer (wire protocol, section 3.2).
 */
import type { DecodeError } from "./errors.ts";
import type { JsonValue } from "./json.ts";
import { jsonIntegers, jsonList, jsonString, jsonStrings, optionalString } from "./json_writer.ts";
import type { ClientBinaryMessage, ClientChannel, ClientMessage } from "./messages.ts";
import { parameterJson, readParameter } from "./parameter_json.ts";
import { ObjectShape, type Shape } from "./shape.ts";
import { openTextMessage, unknownOp } from "./text_message.ts";

/** A message of a viewer that travels as text. */
export type ClientTextMessage = Exclude<ClientMessage, ClientBinaryMessage>;

/** The text of a message. */
export function encodeClientText(message: ClientTextMessage): string {
  const { op } = message;
  switch (op) {
    case "subscribe":
      return `{"op":"subscribe","channels":${jsonList(message.channels, subscriptionJson)}}`;
    case "unsubscribe":
    case "unadvertise":
      return `{"op":"${op}","channelIds":${jsonIntegers(message.channelIds)}}`;
    case "advertise":
      return `{"op":"advertise","channels":${jsonList(message.channels, clientChannelJson)}}`;
    case "getParameters":
      return `{"op":"getParameters","parameterNames":${jsonStrings(message.parameterNames)}` +
        `${optionalString("id", message.id)}}`;
    case "setParameters":
      return `{"op":"setParameters","parameters":${jsonList(message.parameters, parameterJson)}` +
        `${optionalString("id", message.id)}}`;
    case "subscribeParameterUpdates":
    case "unsubscribeParameterUpdates":
      return `{"op":"${op}","parameterNames":${jsonStrings(message.parameterNames)}}`;
    case "subscribeConnectionGraph":
    case "unsubscribeConnectionGraph":
      return `{"op":"${op}"}`;
    case "fetchAsset":
      return `{"op":"fetchAsset","requestId":${message.requestId},"uri":${jsonString(message.uri)}}`;
  }
}

function subscriptionJson(channel: { readonly id: number; readonly requestVideoTrack: boolean }): string {
  return `{"id":${channel.id},"requestVideoTrack":${channel.requestVideoTrack}}`;
}

/** A viewer's channel as it stands in its `advertise`. */
export function clientChannelJson(channel: ClientChannel): string {
  return `{"id":${channel.id},"topic":${jsonString(channel.topic)},"encoding":${jsonString(channel.encoding)},` +
    `"schemaName":${jsonString(channel.schemaName)}${optionalString("schemaEncoding", channel.schemaEncoding)}` +
    `${optionalString("schema", channel.schema)}}`;
}

/** The message that a viewer's text holds. */
export function decodeClientText(text: string): ClientTextMessage | DecodeError {
  const open = openTextMessage(text);
  if ("_tag" in open) return open;
  const message = readMessage(open.op, open.shape, open.keys);
  return open.shape.error ?? message ?? unknownOp(open.op);
}

function readMessage(op: string, shape: Shape, keys: ObjectShape): ClientTextMessage | undefined {
  switch (op) {
    case "subscribe":
      return { op, channels: keys.list("channels", (value, path) => readSubscription(shape, value, path)) };
    case "unsubscribe":
      return { op, channelIds: keys.u64s("channelIds") };
    case "advertise":
      return { op, channels: keys.list("channels", (value, path) => readChannel(shape, value, path)) };
    case "unadvertise":
      return { op, channelIds: keys.u32s("channelIds") };
    case "getParameters":
      return withId({ op, parameterNames: keys.strings("parameterNames") }, keys);
    case "setParameters":
      return withId(
        { op, parameters: keys.list("parameters", (value, path) => readParameter(shape, value, path)) },
        keys,
      );
    case "subscribeParameterUpdates":
    case "unsubscribeParameterUpdates":
      return { op, parameterNames: keys.strings("parameterNames") };
    case "subscribeConnectionGraph":
    case "unsubscribeConnectionGraph":
      return { op };
    case "fetchAsset":
      return { op, requestId: keys.u32("requestId"), uri: keys.string("uri") };
  }
  return undefined;
}

function withId<M>(message: M, keys: ObjectShape): M | (M & { readonly id: string }) {
  const id = keys.optionalString("id");
  return id === undefined ? message : { ...message, id };
}

function readSubscription(
  shape: Shape,
  value: JsonValue,
  path: string,
): { readonly id: number; readonly requestVideoTrack: boolean } {
  const keys = new ObjectShape(shape, value, path);
  return { id: keys.u64("id"), requestVideoTrack: keys.flag("requestVideoTrack") };
}

function readChannel(shape: Shape, value: JsonValue, path: string): ClientChannel {
  const keys = new ObjectShape(shape, value, path);
  const schemaEncoding = keys.optionalString("schemaEncoding");
  const schema = keys.optionalString("schema");
  return {
    id: keys.u32("id"),
    topic: keys.string("topic"),
    encoding: keys.string("encoding"),
    schemaName: keys.string("schemaName"),
    ...(schemaEncoding !== undefined && { schemaEncoding }),
    ...(schema !== undefined && { schema }),
  };
}
