/**
 * Ids that a device has given, from what it has advertised.
 */
import type { PeerEvent } from "./peer_process.ts";

/** The id of the service of that name, of an event that tells of `advertiseServices`. */
export function serviceId(event: PeerEvent, name: string): number {
  return idOf(event, "services", (service) => Reflect.get(service, "name") === name);
}

/** The id of the channel of that topic, of an event that tells of `advertise`. */
export function channelId(event: PeerEvent, topic: string): number {
  return idOf(event, "channels", (channel) => Reflect.get(channel, "topic") === topic);
}

function idOf(event: PeerEvent, list: string, isIt: (one: object) => boolean): number {
  const message = event["message"];
  const all: unknown = typeof message === "object" && message !== null ? Reflect.get(message, list) : undefined;
  if (Array.isArray(all)) {
    for (const one of all) {
      if (typeof one === "object" && one !== null && isIt(one)) return Number(Reflect.get(one, "id"));
    }
  }
  throw new Error(`what is wanted is not advertised in ${JSON.stringify(event)}`);
}
