/**
 * Viewers becoming participants, falling asleep and going: what is told to whom, in which order (session semantics,
 * section 4).
 */
import * as Effect from "effect/Effect";
import type { OutgoingByteStream } from "../../transport/mod.ts";
import type { ChannelRegistry } from "../channel/channel_registry.ts";
import type { WallClock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Participant, ParticipantInfo } from "../participant/participant.ts";
import type { ParticipantRegistry } from "../participant/participant_registry.ts";
import { encodeServerFrame, type ServerInfo } from "../protocol/mod.ts";
import { AdvertiseFrames } from "./advertising.ts";
import type { Capabilities } from "./capabilities.ts";
import type { OfferedChannels } from "./offered_channels.ts";
import type { Presence } from "./presence.ts";
import type { Subscriptions } from "./subscriptions.ts";

/** What attendance needs of the session. */
export interface AttendanceOptions {
  readonly serverInfo: ServerInfo;
  readonly registry: ParticipantRegistry;
  readonly channels: ChannelRegistry;
  readonly offered: OfferedChannels;
  readonly subscriptions: Subscriptions;
  readonly capabilities: Capabilities;
  readonly presence: Presence;
  readonly clock: WallClock;
  readonly log: Log;
  /** Who is here has changed. */
  readonly changed: () => void;
}

/** Who attends a session. Each member is one synchronous step: first the state, then those who are to know. */
export class Attendance {
  readonly #options: AttendanceOptions;

  constructor(options: AttendanceOptions) {
    this.#options = options;
  }

  /** Registers an instance whose stream is open, in one step with its first frames and the clean-up after its prior. */
  register(info: ParticipantInfo, stream: OutgoingByteStream): void {
    const { registry, channels, offered, capabilities, presence, serverInfo, clock, log, changed } = this.#options;
    // A playback is asked where it stands, and may make channels meanwhile.
    const position = capabilities.positionFrames();
    // The new one has them all in its first frames.
    offered.tell();
    const isWoken = registry.bySid(info.sid)?.isAsleep === true;
    // It has been cleaned up after when it fell asleep.
    if (isWoken) registry.remove(info.sid);
    const { outcome, participant, prior } = registry.register(info, stream, (participant) => {
      const first = encodeServerFrame(serverInfo);
      return [
        ...(first instanceof Uint8Array ? [first] : []),
        ...new AdvertiseFrames(channels.all()).for(participant),
        ...capabilities.firstFrames(participant, position),
      ];
    });
    if (prior !== undefined) {
      log("info", "a viewer has connected anew before its earlier instance was told as gone", {
        identity: info.identity,
        sid: info.sid,
        priorSid: prior.sid,
      });
      this.#left(prior);
    }
    if (outcome === "inserted") {
      participant.vitals.met(clock.currentTimeMillisUnsafe());
      presence.tell(participant, isWoken ? "active" : "joined");
    }
    changed();
  }

  /** Lets go of all that a viewer has which is not heard any more, as if it had left. It stays registered. */
  sleep(participant: Participant): void {
    const { presence, log, changed } = this.#options;
    const { identity, sid } = participant;
    log("info", "a viewer has been silent for long; it is sent nothing until it is heard", {
      identity,
      sid,
    });
    participant.sleep();
    this.#cleanUp(participant);
    presence.tell(participant, "asleep");
    changed();
  }

  /** Removes an instance and cleans up after it, in one step. */
  remove(sid: string): Participant | undefined {
    const participant = this.#options.registry.remove(sid);
    if (participant === undefined) return undefined;
    this.#left(participant);
    this.#options.changed();
    return participant;
  }

  /** Ends the flush fibers of all that are here, and cleans up after each of them. `inTime`: waits for that with a bound. */
  end(inTime: (end: Effect.Effect<void>) => Effect.Effect<void>): Effect.Effect<void> {
    return Effect.suspend(() => {
      const { registry } = this.#options;
      const participants = registry.all();
      const cleanUp = Effect.sync(() => participants.forEach((participant) => this.#left(participant)));
      return Effect.andThen(inTime(registry.shutdown), cleanUp);
    });
  }

  #left(participant: Participant): void {
    this.#cleanUp(participant);
    this.#options.presence.tell(participant, "left");
  }

  /** Cleans up after an instance that has been removed: its state goes first, then those hear of it who are to know. */
  #cleanUp(participant: Participant): void {
    const subscriptions = this.#options.subscriptions.remove(participant);
    const capabilities = this.#options.capabilities.remove(participant);
    subscriptions.context();
    capabilities.parameters();
    capabilities.graph();
    subscriptions.application();
    capabilities.clientChannels();
  }
}
