/**
 * This participant's own attributes, and how the others hear of it at once.
 */
import type { Room } from "livekit-client";
import type { RoomLog } from "./log.ts";
import { ACTIVE, type ParticipantInfo } from "./roster.ts";

/** How soon attributes are set again that were too early, in ms. */
const AGAIN_MS = 20;

/**
 * Sets attributes. A server tells the others of a participant that publishes nothing only every three seconds; news of
 * attributes go out at once, whether they are new or not. They are set several times therefore: before the connection
 * stands, so that the others find them from the start, again until the server has seen it stand, and once after that.
 */
export class Announcer {
  readonly #room: Room;
  readonly #log: RoomLog;
  /** What has been set, the latest of each. */
  #latest: ReadonlyMap<string, string> = new Map();
  /** Whether it is set again until the server says that this participant is active. */
  #isAnnouncing = false;
  #isConnected = false;
  #isOver = false;

  constructor(room: Room, log: RoomLog) {
    this.#room = room;
    this.#log = log;
  }

  /** The signal connection stands. */
  begin(attributes: ReadonlyMap<string, string>): void {
    this.#isAnnouncing = true;
    this.set(attributes.size > 0 ? attributes : new Map([["fieldlink", "1"]]));
  }

  /** The whole connection stands. */
  connected(): void {
    this.#isConnected = true;
    if (this.#isAnnouncing) this.#send(this.#latest);
  }

  /** The server has told this participant of itself. */
  told(own: ParticipantInfo): void {
    if (!this.#isAnnouncing || !this.#isConnected) return;
    if (own.state !== ACTIVE) return void setTimeout(() => this.#send(this.#latest), AGAIN_MS);
    this.#isAnnouncing = false;
    // Once more: the server may have said so to this participant alone, and tell the others when it likes.
    this.#send(this.#latest);
  }

  /** The room is over. */
  end(): void {
    this.#isOver = true;
  }

  /** Sets attributes of its own. Whether the server allows it shows later; it is no reason to fail. */
  set(attributes: ReadonlyMap<string, string>): void {
    this.#latest = new Map([...this.#latest, ...attributes]);
    this.#send(attributes);
  }

  #send(attributes: ReadonlyMap<string, string>): void {
    if (attributes.size === 0 || this.#isOver) return;
    this.#room.localParticipant.setAttributes(Object.fromEntries(attributes)).catch((error) => {
      if (this.#isOver) return;
      const message = "the server took no attributes: the token lacks canUpdateOwnMetadata, or the server is slow";
      this.#log("info", message, { attributes: [...attributes.keys()], error: String(error) });
    });
  }
}
