/**
 * Who is here, since when, and with what.
 */
import type { ChannelRegistry } from "../channel/channel_registry.ts";
import type { WallClock } from "../clock.ts";
import type { ClockOffsetEstimate } from "../clock_offset.ts";
import type { Participant } from "../participant/participant.ts";
import type { ParticipantRegistry } from "../participant/participant_registry.ts";
import type { ViewerState } from "../participant/vitals.ts";
import { type Client, clientOf } from "./client.ts";
import type { ClientChannel, ClientPublish } from "./client_publish.ts";
import type { Notices } from "./notices.ts";
import { type RoundTrip, roundTripOf } from "./ping.ts";

/** A viewer that is here, as it was at one moment. Times but `joinedAt` are the device's, in ms since the Unix epoch. */
export interface ViewerPresence {
  /** The viewer, as other callbacks name it. It has another number after a reset, and after it has been asleep. */
  readonly client: Client;
  /** When it joined the room, in ms since the Unix epoch, by the room's clock. */
  readonly joinedAt: number;
  /** Since when it is here; neither a reset nor sleep changes that. */
  readonly since: number;
  /**
   * `idle`: it has pinged before, and said nothing for `idleAfterMs`. `asleep`: nothing for `silentAfterMs`, so that it is
   * sent nothing any more and nothing it had is left; it is brought back by whatever it sends.
   */
  readonly state: ViewerState;
  /** Since when it has been in that state. */
  readonly stateSince: number;
  /** The version of the protocol that it speaks. */
  readonly protocolVersion: string;
  /** The topics of the channels that it is subscribed to, one for each channel. */
  readonly topics: ReadonlyArray<string>;
  /** The channels of its own that it publishes on. */
  readonly ownChannels: ReadonlyArray<ClientChannel>;
  /** How long messages take to it and back; absent until it has acked a pong. */
  readonly roundTripTime?: RoundTrip;
  /**
   * How far its clock is ahead of the device's; absent where its pings tell no time within a week of the device's, and
   * when none has come for two minutes. The bound holds for a viewer that, as this library's does, pings right behind an
   * ack. For others it does as long as the quickest of their pings takes no longer than a pong and its ack together.
   */
  readonly clockOffset?: ClockOffsetEstimate;
}

/** What has become of a viewer. */
export type PresenceChange = "joined" | "left" | ViewerState;

/** An application that wants to know who is here. */
export interface PresenceCallbacks {
  /**
   * A viewer has joined, is idle, asleep or active again, or has left. It is told as the last thing of its leaving and
   * the first of its joining. A viewer that is reset leaves, and joins when it is back.
   */
  readonly onPresence?: (viewer: ViewerPresence, change: PresenceChange) => void;
}

/** What presence needs of the session. */
export interface PresenceOptions {
  readonly registry: ParticipantRegistry;
  readonly channels: ChannelRegistry;
  readonly clientPublish: ClientPublish;
  readonly clock: WallClock;
  readonly notices: Notices;
  readonly callbacks: PresenceCallbacks;
  /** Whoever follows the list of those who are here is to look at it again. */
  readonly changed: () => void;
}

/** Those who are registered, as the application sees them. */
export class Presence {
  readonly #options: PresenceOptions;

  constructor(options: PresenceOptions) {
    this.#options = options;
  }

  /** All who are here, in the order in which they came. */
  all(): ReadonlyArray<ViewerPresence> {
    return this.#options.registry.all().map((participant) => this.#of(participant));
  }

  /** Tells of a viewer. */
  tell(participant: Participant, change: PresenceChange): void {
    const { notices, callbacks, changed } = this.#options;
    if (callbacks.onPresence !== undefined) {
      notices.tell("onPresence", callbacks.onPresence, this.#of(participant), change);
    }
    changed();
  }

  #of(participant: Participant): ViewerPresence {
    const { channels, clientPublish, clock } = this.#options;
    const { sid, joinedAt, protocolVersion, vitals } = participant;
    const roundTripTime = roundTripOf(vitals.roundTripTime);
    const clockOffset = vitals.clockOffset(clock.currentTimeMillisUnsafe());
    return {
      client: clientOf(participant),
      joinedAt,
      since: vitals.metAt,
      state: vitals.state,
      stateSince: vitals.stateSince,
      protocolVersion,
      topics: channels.subscribedBy(sid).map(({ channel }) => channel.topic),
      ownChannels: clientPublish.channels(sid),
      ...(roundTripTime === undefined ? {} : { roundTripTime }),
      ...(clockOffset === undefined ? {} : { clockOffset }),
    };
  }
}
