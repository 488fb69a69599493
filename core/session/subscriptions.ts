/**
 * Who is subscribed to what: the handlers of `subscribe` and `unsubscribe`, and the clean-up after a viewer or a channel
 * (session semantics, sections 4 to 6). Each is one synchronous step: first the state, then those who are to know.
 */
import type { Channel } from "../channel/channel.ts";
import type { ChannelEntry, ChannelRegistry } from "../channel/channel_registry.ts";
import type { Context } from "../channel/context.ts";
import type { Sink } from "../channel/sink.ts";
import type { LossyDataPlane } from "../data_plane/data_plane.ts";
import { dropStatusId, type DropWarnings } from "../data_plane/drop_warnings.ts";
import type { Participant } from "../participant/participant.ts";
import type { ServerMessage, Subscribe, Unsubscribe } from "../protocol/mod.ts";
import { errorStatus } from "./capability.ts";
import { type Client, clientOf } from "./client.ts";
import { notAllowed } from "./not_allowed.ts";
import type { Notices } from "./notices.ts";
import type { SessionCallbacks } from "./session_options.ts";

/** What subscriptions need of the session. */
export interface SubscriptionsOptions {
  readonly sink: Sink;
  readonly context: Context;
  readonly channels: ChannelRegistry;
  readonly plane: LossyDataPlane;
  readonly warnings: DropWarnings;
  readonly callbacks: SessionCallbacks;
  readonly notices: Notices;
  readonly send: (participant: Participant, message: ServerMessage) => void;
}

/** The subscriptions of a session. */
export class Subscriptions {
  readonly #options: SubscriptionsOptions;

  constructor(options: SubscriptionsOptions) {
    this.#options = options;
  }

  /** A viewer subscribes. Unknown channels and repeats are skipped; a request for video is refused, channel by channel. */
  subscribe(participant: Participant, message: Subscribe): void {
    const { sink, context, channels, callbacks, notices, send } = this.#options;
    const wanted: Array<number> = [];
    // It is told of all of them in one message: one for each would overflow the queue where there are many channels.
    const refused: Array<string> = [];
    for (const { id, requestVideoTrack } of message.channels) {
      // Its queue may overflow with refusals; there is nobody to tell the others then.
      if (participant.isGone) return;
      if (requestVideoTrack) send(participant, noVideo(id));
      else if (this.#mayHave(participant, id, refused)) wanted.push(id);
    }
    // The application, which is asked what it may have, may have let it go.
    if (participant.isGone) return;
    if (refused.length > 0) send(participant, notAllowed("subscribe", refused));
    const { firstSubscribed, added } = channels.subscribe(participant, wanted);
    // In this very step, so that what comes live continues what is kept; as one burst, however much that is.
    const latched = added.flatMap(({ channel }) => {
      return (channel.latch?.frames ?? []).map((frame) => ({ frame, tally: participant.account.tally(channel) }));
    });
    participant.sendBurst(latched.map(({ frame }) => frame), latched.map(({ tally }) => tally));
    context.subscribeChannels(sink, idsOf(firstSubscribed));
    notices.tellEach("onSubscribe", callbacks.onSubscribe, eachOf(participant, added));
    for (const { channel } of added) {
      const standing = this.#options.warnings.standing(channel.id);
      if (standing !== undefined) send(participant, standing);
    }
  }

  /**
   * What the viewer is subscribed to and may not be any more, by the policy that holds for it now, ends. Returns how to
   * tell of it, the application last, when all that the policy changes has been changed.
   */
  revoke(participant: Participant): () => void {
    const { channels, send } = this.#options;
    const mayStay = ({ channel }: ChannelEntry) =>
      participant.access.channels.has(channel.id) && participant.access.allows("subscribe", channel.topic);
    const ended = channels.subscribedBy(participant.sid).filter((entry) => !mayStay(entry));
    const { lastUnsubscribed, removed } = channels.unsubscribe(participant.sid, idsOf(ended));
    this.#lost(lastUnsubscribed);
    return () => {
      this.#takeWarningsBack(participant, removed);
      // That a channel has been hidden says it all.
      const inSight = removed.filter(({ channel }) => participant.access.channels.has(channel.id));
      if (inSight.length > 0) {
        send(participant, notAllowed("subscribe", inSight.map(({ channel }) => channel.topic)));
      }
      this.#tellUnsubscribed(eachOf(participant, removed));
    };
  }

  /** A viewer unsubscribes. Channels that it is not subscribed to are skipped. */
  unsubscribe(participant: Participant, message: Unsubscribe): void {
    const { lastUnsubscribed, removed } = this.#options.channels.unsubscribe(participant.sid, message.channelIds);
    this.#lost(lastUnsubscribed);
    this.#takeWarningsBack(participant, removed);
    this.#tellUnsubscribed(eachOf(participant, removed));
  }

  #takeWarningsBack(participant: Participant, removed: ReadonlyArray<ChannelEntry>): void {
    const { send, warnings } = this.#options;
    const statusIds = removed
      .filter(({ channel }) => warnings.standing(channel.id) !== undefined)
      .map(({ channel }) => dropStatusId(channel.id));
    if (statusIds.length > 0) send(participant, { op: "removeStatus", statusIds });
  }

  /** A channel that the viewer may not see is like one that is not there; that it may not subscribe to one, it is told. */
  #mayHave(participant: Participant, channelId: number, refused: Array<string>): boolean {
    const { access } = participant;
    if (access.policy === undefined) return true;
    const entry = this.#options.channels.get(channelId);
    if (entry === undefined || !access.channels.has(channelId)) return false;
    if (access.allows("subscribe", entry.channel.topic)) return true;
    refused.push(entry.channel.topic);
    return false;
  }

  /** Takes out an instance; what it gives back tells first the context and then the application. */
  remove(participant: Participant): { readonly context: () => void; readonly application: () => void } {
    const { lastUnsubscribed, removed } = this.#options.channels.removeSubscriber(participant.sid);
    return {
      context: () => this.#lost(lastUnsubscribed),
      application: () => this.#tellUnsubscribed(eachOf(participant, removed)),
    };
  }

  /** Tells the application that these viewers are subscribed to a channel no more, because it is gone. */
  channelGone(entry: ChannelEntry, subscribers: ReadonlyArray<Participant>): void {
    this.#tellUnsubscribed(subscribers.flatMap((participant) => eachOf(participant, [entry])));
  }

  #lost(entries: ReadonlyArray<ChannelEntry>): void {
    const { context, sink, plane } = this.#options;
    context.unsubscribeChannels(sink, idsOf(entries));
    for (const entry of entries) if (entry.reliability === "lossy") plane.idle(entry);
  }

  #tellUnsubscribed(each: ReadonlyArray<[Client, Channel]>): void {
    this.#options.notices.tellEach("onUnsubscribe", this.#options.callbacks.onUnsubscribe, each);
  }
}

/** What a callback about these channels is given. */
function eachOf(
  participant: Participant,
  entries: ReadonlyArray<ChannelEntry>,
): ReadonlyArray<[Client, Channel]> {
  const client = clientOf(participant);
  return entries.map(({ channel }) => [client, channel]);
}

function idsOf(entries: ReadonlyArray<ChannelEntry>): Array<number> {
  return entries.map(({ channel }) => channel.id);
}

function noVideo(channelId: number): ServerMessage {
  return errorStatus(`channel ${channelId} does not support video transcoding`);
}
