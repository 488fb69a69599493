/**
 * The text messages of a device (wire protocol, section 3.1).
 */
import { inlineChannelJson, metadataJson, tableChannelJson, tableSchemaJson } from "./advertise_json.ts";
import { jsonIntegers, jsonList, jsonString, jsonStrings, optionalString } from "./json_writer.ts";
import type {
  AdvertisedService,
  AdvertiseInline,
  AdvertiseTable,
  ConnectionGraphUpdate,
  SecondsNanos,
  ServerBinaryMessage,
  ServerInfo,
  ServerMessage,
  ServiceSide,
  Status,
  StatusLevel,
} from "./messages.ts";
import { parameterJson } from "./parameter_json.ts";

/** A message of a device that travels as text. */
export type ServerTextMessage = Exclude<ServerMessage, ServerBinaryMessage>;

/** The levels of a status, by the number that stands for each on the wire. */
export const STATUS_LEVELS: ReadonlyArray<StatusLevel> = ["info", "warning", "error"];

/** The text of a message. */
export function encodeServerText(message: ServerTextMessage): string {
  switch (message.op) {
    case "serverInfo":
      return serverInfoJson(message);
    case "advertise":
      return advertiseJson(message);
    case "unadvertise":
      return `{"op":"unadvertise","channelIds":${jsonIntegers(message.channelIds)}}`;
    case "status":
      return statusJson(message);
    case "removeStatus":
      return `{"op":"removeStatus","statusIds":${jsonStrings(message.statusIds)}}`;
    case "parameterValues":
      return `{"op":"parameterValues","parameters":${jsonList(message.parameters, parameterJson)}` +
        `${optionalString("id", message.id)}}`;
    case "advertiseServices":
      return `{"op":"advertiseServices","services":${jsonList(message.services, serviceJson)}}`;
    case "unadvertiseServices":
      return `{"op":"unadvertiseServices","serviceIds":${jsonIntegers(message.serviceIds)}}`;
    case "serviceCallFailure":
      return `{"op":"serviceCallFailure","serviceId":${message.serviceId},"callId":${message.callId},` +
        `"message":${jsonString(message.message)}}`;
    case "connectionGraphUpdate":
      return connectionGraphJson(message);
  }
}

function serverInfoJson(message: ServerInfo): string {
  const { supportedEncodings } = message;
  return `{"op":"serverInfo","name":${jsonString(message.name)},"capabilities":${jsonStrings(message.capabilities)}` +
    (supportedEncodings.length === 0 ? "" : `,"supportedEncodings":${jsonStrings(supportedEncodings)}`) +
    metadataJson(message.metadata) +
    optionalString("sessionId", message.sessionId) +
    timeJson("dataStartTime", message.dataStartTime) +
    timeJson("dataEndTime", message.dataEndTime) +
    "}";
}

function timeJson(key: string, time: SecondsNanos | undefined): string {
  return time === undefined ? "" : `,"${key}":{"sec":${time.sec},"nsec":${time.nsec}}`;
}

function advertiseJson(message: AdvertiseInline | AdvertiseTable): string {
  if (message.form === "inline") {
    return `{"op":"advertise","channels":${jsonList(message.channels, inlineChannelJson)}}`;
  }
  const schemas = message.schemas.length === 0 ? "" : `"schemas":${jsonList(message.schemas, tableSchemaJson)},`;
  return `{"op":"advertise",${schemas}"channels":${jsonList(message.channels, tableChannelJson)}}`;
}

function statusJson(message: Status): string {
  return `{"op":"status","level":${STATUS_LEVELS.indexOf(message.level)},"message":${jsonString(message.message)}` +
    `${optionalString("id", message.id)}}`;
}

/** A service as it stands in an `advertiseServices`. */
export function serviceJson(service: AdvertisedService): string {
  return `{"id":${service.id},"name":${jsonString(service.name)},"type":${jsonString(service.type)}` +
    sideJson("request", service.request) +
    optionalString("requestSchema", service.requestSchema) +
    sideJson("response", service.response) +
    optionalString("responseSchema", service.responseSchema) +
    "}";
}

function sideJson(key: string, side: ServiceSide | undefined): string {
  if (side === undefined) return "";
  return `,"${key}":{"encoding":${jsonString(side.encoding)},"schemaName":${jsonString(side.schemaName)},` +
    `"schemaEncoding":${jsonString(side.schemaEncoding)},"schema":${jsonString(side.schema)}}`;
}

function connectionGraphJson(message: ConnectionGraphUpdate): string {
  const named = (key: string, name: string, ids: ReadonlyArray<string>): string =>
    `{"name":${jsonString(name)},"${key}":${jsonStrings(ids)}}`;
  const published = jsonList(message.publishedTopics, (topic) => named("publisherIds", topic.name, topic.publisherIds));
  const subscribed = jsonList(
    message.subscribedTopics,
    (topic) => named("subscriberIds", topic.name, topic.subscriberIds),
  );
  const services = jsonList(message.advertisedServices, (one) => named("providerIds", one.name, one.providerIds));
  return `{"op":"connectionGraphUpdate","publishedTopics":${published},"subscribedTopics":${subscribed},` +
    `"advertisedServices":${services},"removedTopics":${jsonStrings(message.removedTopics)},` +
    `"removedServices":${jsonStrings(message.removedServices)}}`;
}
