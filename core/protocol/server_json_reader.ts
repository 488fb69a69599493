/**
 * Reads the text messages of a device (wire protocol, section 3.1).
 */
import { readAdvertiseMessage } from "./advertise_reader.ts";
import type { DecodeError } from "./errors.ts";
import type { JsonValue } from "./json.ts";
import type { AdvertisedService, Capability, SecondsNanos, ServerInfo, ServiceSide, Status } from "./messages.ts";
import { readParameter } from "./parameter_json.ts";
import { type ServerTextMessage, STATUS_LEVELS } from "./server_json.ts";
import { ObjectShape, type Shape } from "./shape.ts";
import { openTextMessage, unknownOp } from "./text_message.ts";

/** The capabilities that there are. */
export const CAPABILITIES: ReadonlySet<string> = new Set<Capability>([
  "clientPublish",
  "parameters",
  "parametersSubscribe",
  "time",
  "services",
  "connectionGraph",
  "assets",
  "playbackControl",
]);

/** The message that a device's text holds. */
export function decodeServerText(text: string): ServerTextMessage | DecodeError {
  const open = openTextMessage(text);
  if ("_tag" in open) return open;
  const message = readMessage(open.op, open.shape, open.keys);
  return open.shape.error ?? message ?? unknownOp(open.op);
}

function readMessage(op: string, shape: Shape, keys: ObjectShape): ServerTextMessage | undefined {
  switch (op) {
    case "serverInfo":
      return readServerInfo(shape, keys);
    case "advertise":
      return readAdvertiseMessage(shape, keys);
    case "unadvertise":
      return { op, channelIds: keys.u64s("channelIds") };
    case "status":
      return readStatus(shape, keys);
    case "removeStatus":
      return { op, statusIds: keys.strings("statusIds") };
    case "parameterValues": {
      const parameters = keys.list("parameters", (value, path) => readParameter(shape, value, path));
      const id = keys.optionalString("id");
      return id === undefined ? { op, parameters } : { op, parameters, id };
    }
    case "advertiseServices":
      return { op, services: keys.list("services", (value, path) => readService(shape, value, path)) };
    case "unadvertiseServices":
      return { op, serviceIds: keys.u32s("serviceIds") };
    case "serviceCallFailure":
      return { op, serviceId: keys.u32("serviceId"), callId: keys.u32("callId"), message: keys.string("message") };
    case "connectionGraphUpdate":
      return readConnectionGraph(shape, keys);
  }
  return undefined;
}

function readServerInfo(shape: Shape, keys: ObjectShape): ServerInfo {
  const name = keys.string("name");
  const capabilities = keys.strings("capabilities").filter(isCapability);
  const supportedEncodings = keys.optionalStrings("supportedEncodings");
  const metadata = keys.optionalMetadata("metadata");
  const sessionId = keys.optionalString("sessionId");
  const dataStartTime = readTime(shape, keys, "dataStartTime");
  const dataEndTime = readTime(shape, keys, "dataEndTime");
  return {
    op: "serverInfo",
    name,
    capabilities,
    supportedEncodings,
    metadata,
    ...(sessionId !== undefined && { sessionId }),
    ...(dataStartTime !== undefined && { dataStartTime }),
    ...(dataEndTime !== undefined && { dataEndTime }),
  };
}

/** Capabilities of devices newer than this library are left out: there is nothing that it could do with them. */
function isCapability(name: string): name is Capability {
  return CAPABILITIES.has(name);
}

function readTime(shape: Shape, keys: ObjectShape, key: string): SecondsNanos | undefined {
  const value = keys.optional(key);
  if (value === undefined) return undefined;
  const time = new ObjectShape(shape, value, keys.at(key));
  return { sec: time.u32("sec"), nsec: time.u32("nsec") };
}

function readStatus(shape: Shape, keys: ObjectShape): Status {
  const number = keys.u32("level");
  const level = STATUS_LEVELS[number];
  if (level === undefined) shape.fail("invalid-value", keys.at("level"), `${number} is not from 0 to 2`);
  const message = keys.string("message");
  const id = keys.optionalString("id");
  const status = { op: "status", level: level ?? "error", message } as const;
  return id === undefined ? status : { ...status, id };
}

function readService(shape: Shape, value: JsonValue, path: string): AdvertisedService {
  const keys = new ObjectShape(shape, value, path);
  const request = readSide(shape, keys, "request");
  const requestSchema = keys.optionalString("requestSchema");
  const response = readSide(shape, keys, "response");
  const responseSchema = keys.optionalString("responseSchema");
  return {
    id: keys.u32("id"),
    name: keys.string("name"),
    type: keys.string("type"),
    ...(request !== undefined && { request }),
    ...(requestSchema !== undefined && { requestSchema }),
    ...(response !== undefined && { response }),
    ...(responseSchema !== undefined && { responseSchema }),
  };
}

function readSide(shape: Shape, keys: ObjectShape, key: string): ServiceSide | undefined {
  const value = keys.optional(key);
  if (value === undefined) return undefined;
  const side = new ObjectShape(shape, value, keys.at(key));
  return {
    encoding: side.string("encoding"),
    schemaName: side.string("schemaName"),
    schemaEncoding: side.string("schemaEncoding"),
    schema: side.string("schema"),
  };
}

function readConnectionGraph(shape: Shape, keys: ObjectShape): ServerTextMessage {
  const named = <K extends string>(key: K) => (value: JsonValue, path: string) => {
    const entry = new ObjectShape(shape, value, path);
    return { name: entry.string("name"), ids: entry.strings(key) };
  };
  const published = keys.list("publishedTopics", named("publisherIds"));
  const subscribed = keys.list("subscribedTopics", named("subscriberIds"));
  const services = keys.list("advertisedServices", named("providerIds"));
  return {
    op: "connectionGraphUpdate",
    publishedTopics: published.map(({ name, ids }) => ({ name, publisherIds: ids })),
    subscribedTopics: subscribed.map(({ name, ids }) => ({ name, subscriberIds: ids })),
    advertisedServices: services.map(({ name, ids }) => ({ name, providerIds: ids })),
    removedTopics: keys.strings("removedTopics"),
    removedServices: keys.strings("removedServices"),
  };
}
