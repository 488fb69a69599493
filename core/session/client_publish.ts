/**
 * Channels of the viewers' own, and what they publish on them (session semantics, section 8).
 */
import type { Participant } from "../participant/participant.ts";
import { detached } from "../protocol/text.ts";
import {
  type ClientAdvertise,
  type ClientChannel as AdvertisedChannel,
  type ClientMessageData,
  type ClientUnadvertise,
  InvalidSchemaText,
  resolveClientChannel,
  type Schema,
} from "../protocol/mod.ts";
import { type CapabilityOwner, errorStatus } from "./capability.ts";
import { type Client, clientOf } from "./client.ts";
import type { Commands, WatchedChannel } from "./commands.ts";
import { notAllowed } from "./not_allowed.ts";

/** How much of a topic a viewer is told in a refusal, in UTF-16 units. */
const MAX_SHOWN = 256;

/** A viewer's own channel. */
export interface ClientChannel {
  /** The viewer's own number for it, a u32. Other viewers may use the same one. */
  readonly id: number;
  /** What the messages are about. */
  readonly topic: string;
  /** How messages are written. */
  readonly encoding: string;
  /** The shape of the messages; absent: not declared. Its data are empty where only a name was given. */
  readonly schema?: Schema;
}

/** What an application hears of the channels of its viewers. Giving one of these brings the capability `clientPublish`. */
export interface ClientPublishCallbacks {
  /** A viewer has a channel of its own. */
  readonly onClientAdvertise?: (client: Client, channel: ClientChannel) => void;
  /** A viewer's channel is there no more: it took it back, left, was reset or replaced, or the session has ended. */
  readonly onClientUnadvertise?: (client: Client, channel: ClientChannel) => void;
  /** A viewer has published a message. The bytes are a view into what arrived: copy what is to be kept for long. */
  readonly onMessageData?: (client: Client, channel: ClientChannel, data: Uint8Array) => void;
}

/** A viewer's channel, and the rule that it is under, if there is one. */
interface OwnChannel {
  readonly channel: ClientChannel;
  readonly watched: WatchedChannel | undefined;
}

/** One viewer with its channels. */
interface Publisher {
  readonly client: Client;
  readonly channels: Map<number, OwnChannel>;
}

/** How many channels one viewer may have of its own, and how many bytes of names and schemas. */
export interface ClientPublishLimits {
  /** Channels. */
  readonly clientChannels: number;
  /** Bytes of all of a viewer's channels together. */
  readonly clientChannelBytes: number;
}

/** The viewers' channels of a session, by connection instance. */
export class ClientPublish {
  readonly #owner: CapabilityOwner;
  readonly #callbacks: ClientPublishCallbacks;
  readonly #commands: Commands;
  readonly #limits: ClientPublishLimits;
  readonly #bySid = new Map<string, Publisher>();

  constructor(
    owner: CapabilityOwner,
    callbacks: ClientPublishCallbacks,
    commands: Commands,
    limits: ClientPublishLimits,
  ) {
    this.#owner = owner;
    this.#callbacks = callbacks;
    this.#commands = commands;
    this.#limits = limits;
  }

  /** A viewer advertises channels; each is taken or refused by itself. */
  advertise(participant: Participant, message: ClientAdvertise): void {
    const taken: Array<[Client, ClientChannel]> = [];
    // All of them are asked for before any is taken: the application, which is asked, may let the viewer go.
    const [allowed, refused]: [Array<AdvertisedChannel>, Array<string>] = [[], []];
    for (const channel of message.channels) {
      if (participant.access.allows("publish", channel.topic)) allowed.push(channel);
      else refused.push(channel.topic);
    }
    // One message tells of all of them: one for each would overflow the queue where there are many.
    if (refused.length > 0) this.#owner.send(participant, notAllowed("publish", refused));
    for (const advertised of allowed) {
      // Its queue may overflow with refusals as well; there is nobody to record anything for then.
      if (participant.isGone) break;
      const channel = this.#take(participant, advertised);
      if (channel !== undefined) taken.push([this.#bySid.get(participant.sid)!.client, channel]);
    }
    this.#owner.notices.tellEach("onClientAdvertise", this.#callbacks.onClientAdvertise, taken);
  }

  /** A viewer takes channels back. Unknown ids say nothing. */
  unadvertise(participant: Participant, message: ClientUnadvertise): void {
    const publisher = this.#bySid.get(participant.sid);
    const removed: Array<OwnChannel> = [];
    for (const id of message.channelIds) {
      const own = publisher?.channels.get(id);
      if (publisher === undefined || own === undefined) {
        this.#owner.log("debug", "a viewer takes back a channel that it does not have", { channelId: id });
        continue;
      }
      publisher.channels.delete(id);
      participant.account.takenBack(own.channel);
      removed.push(own);
    }
    if (publisher === undefined) return;
    if (publisher.channels.size === 0) this.#bySid.delete(participant.sid);
    this.#end(publisher.client, removed)();
  }

  /** A viewer publishes a message. */
  messageData(participant: Participant, message: ClientMessageData): void {
    const publisher = this.#bySid.get(participant.sid);
    const own = publisher?.channels.get(message.channelId);
    if (publisher === undefined || own === undefined) {
      const refusal = `a message is refused: this viewer has not advertised channel ${message.channelId}`;
      return this.#owner.send(participant, errorStatus(refusal));
    }
    participant.account.published(own.channel, message.data.byteLength);
    if (own.watched?.take(message.data) === false) return;
    const { onMessageData } = this.#callbacks;
    this.#owner.notices.tell("onMessageData", onMessageData, publisher.client, own.channel, message.data);
  }

  /** The channels of one instance. */
  channels(sid: string): ReadonlyArray<ClientChannel> {
    return [...(this.#bySid.get(sid)?.channels.values() ?? [])].map(({ channel }) => channel);
  }

  /** Takes out the channels that an instance may not have any more; what it gives back tells of them. */
  revoke(participant: Participant): () => void {
    const publisher = this.#bySid.get(participant.sid);
    if (publisher === undefined) return () => {};
    const removed = [...publisher.channels.values()].filter(({ channel }) =>
      !participant.access.allows("publish", channel.topic)
    );
    for (const { channel } of removed) {
      publisher.channels.delete(channel.id);
      participant.account.takenBack(channel);
    }
    if (publisher.channels.size === 0) this.#bySid.delete(participant.sid);
    const tell = this.#end(publisher.client, removed);
    return () => {
      if (removed.length === 0) return;
      this.#owner.send(participant, notAllowed("publish", removed.map(({ channel }) => channel.topic)));
      tell();
    };
  }

  /** Takes out an instance; what it gives back tells the application of the channels that have gone with it. */
  remove(participant: Participant): () => void {
    const publisher = this.#bySid.get(participant.sid);
    this.#bySid.delete(participant.sid);
    return publisher === undefined ? () => {} : this.#end(publisher.client, [...publisher.channels.values()]);
  }

  #take(participant: Participant, advertised: AdvertisedChannel): ClientChannel | undefined {
    const { id, topic, encoding } = advertised;
    const which = `channel ${id} (${topic.slice(0, MAX_SHOWN).toWellFormed()})`;
    const schema = resolveClientChannel(advertised);
    if (schema instanceof InvalidSchemaText) {
      this.#owner.send(participant, errorStatus(`${which} is refused: ${schema.message}`));
      return undefined;
    }
    const own = this.#bySid.get(participant.sid)?.channels;
    if (own?.has(id) === true) {
      const message = `${which} is advertised already and stays as it is; take it back first`;
      this.#owner.send(participant, { op: "status", level: "warning", message });
      return undefined;
    }
    const names = { id, topic: detached(topic), encoding: detached(encoding) };
    const channel: ClientChannel = schema === undefined ? names : { ...names, schema: detachedSchema(schema) };
    const excess = this.#excess(own, channel);
    if (excess !== undefined) {
      this.#owner.send(
        participant,
        errorStatus(`${which} is refused: a viewer may have ${excess} of its own`),
      );
      return undefined;
    }
    const client = this.#bySid.get(participant.sid)?.client ?? clientOf(participant);
    const taken: OwnChannel = { channel, watched: this.#commands.watch(participant.sid, client, channel) };
    if (own !== undefined) own.set(id, taken);
    else this.#bySid.set(participant.sid, { client, channels: new Map([[id, taken]]) });
    return channel;
  }

  /** Of what the viewer would have too much with another channel, if it would. */
  #excess(own: ReadonlyMap<number, OwnChannel> | undefined, another: ClientChannel): string | undefined {
    const { clientChannels, clientChannelBytes } = this.#limits;
    if ((own?.size ?? 0) >= clientChannels) return `${clientChannels} channels`;
    let bytes = bytesOf(another);
    for (const { channel } of own?.values() ?? []) bytes += bytesOf(channel);
    return bytes > clientChannelBytes ? `channels with ${clientChannelBytes} bytes of names and schemas` : undefined;
  }

  /** Channels have gone; what it gives back tells the application: first that their commands are over. */
  #end(client: Client, channels: ReadonlyArray<OwnChannel>): () => void {
    const silences = channels.map(({ watched }) => watched?.end());
    return () => {
      for (const tell of silences) tell?.();
      const each = channels.map(({ channel }): [Client, ClientChannel] => [client, channel]);
      this.#owner.notices.tellEach("onClientUnadvertise", this.#callbacks.onClientUnadvertise, each);
    };
  }
}

/** What keeping a channel takes: its text at two bytes a unit, and the data of its schema. */
function bytesOf({ topic, encoding, schema }: ClientChannel): number {
  const units = topic.length + encoding.length + (schema?.name.length ?? 0) + (schema?.encoding.length ?? 0);
  return 2 * units + (schema?.data.byteLength ?? 0);
}

/** What is kept for as long as a channel must not keep the message that it came in. */
function detachedSchema({ name, encoding, data }: Schema): Schema {
  return { name: detached(name), encoding: detached(encoding), data };
}
