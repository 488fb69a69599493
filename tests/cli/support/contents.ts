/**
 * What a recording holds, in a form in which two recordings can be compared.
 */
import type { SourceChannel } from "../../../files/source/message_source.ts";
import { openSource } from "../../../files/source/open_source.ts";

/** One channel: what it is, and its messages in order. */
export interface ChannelContents {
  readonly about: string;
  readonly messages: ReadonlyArray<string>;
}

/** The channels that have messages, in an order that does not depend on their ids. */
export async function contents(path: string): Promise<ReadonlyArray<ChannelContents>> {
  const source = await openSource(path);
  const byId = new Map<number, Array<string>>();
  for await (const { channelId, logTime, data } of source.messages()) {
    const list = byId.get(channelId) ?? [];
    list.push(`${logTime} ${Buffer.from(data).toString("base64")}`);
    byId.set(channelId, list);
  }
  await source.close();
  const channels = source.channels.filter(({ id }) => byId.has(id));
  const all = channels.map((channel) => ({ about: about(channel), messages: byId.get(channel.id) ?? [] }));
  return all.toSorted((a, b) => key(a) < key(b) ? -1 : 1);
}

/** The number of messages in all. */
export function total(channels: ReadonlyArray<ChannelContents>): number {
  return channels.reduce((sum, { messages }) => sum + messages.length, 0);
}

function key({ about, messages }: ChannelContents): string {
  return `${about} ${messages[0]}`;
}

function about({ topic, encoding, schema, metadata }: SourceChannel): string {
  const shape = schema === undefined
    ? null
    : [schema.name, schema.encoding, Buffer.from(schema.data).toString("base64")];
  return JSON.stringify([topic, encoding, shape, [...metadata].toSorted()]);
}
