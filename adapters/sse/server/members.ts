/**
 * The viewers that are in the room: of each identity one instance, from when its events are first read.
 */
import type { RemoteParticipant } from "../../../transport/participant.ts";
import type { Listening } from "../../../transport/listening.ts";
import type { RoomServices } from "./room_services.ts";
import type { Session } from "./session.ts";

/** Those that are active. */
export class Members {
  readonly #services: RoomServices;
  readonly #listening: Listening;
  readonly #active: Map<string, Session> = new Map();

  constructor(services: RoomServices, listening: Listening) {
    this.#services = services;
    this.#listening = listening;
  }

  /** All of them, as the core sees them. */
  participants(): ReadonlyArray<RemoteParticipant> {
    return Array.from(this.#active.values(), ({ participant }) => participant);
  }

  /** The one of that identity. */
  get(identity: string): Session | undefined {
    return this.#active.get(identity);
  }

  /**
   * The events of a session are read, so that its instance is in the room. One that was reset over and over is so after a
   * while only (session semantics, section 4), for as long as somebody reads: to be in the room costs a whole start-up.
   */
  enter(session: Session): void {
    session.stopWaiting?.();
    if (session.isActive || session.isGone || session.stream === undefined) return;
    const wait = session.activeFromMs - this.#services.nowMs();
    if (wait > 0) {
      session.stopWaiting = this.#services.after(wait, () => this.enter(session));
      return;
    }
    session.isActive = true;
    this.#active.set(session.participant.identity, session);
    this.#listening.tell((listener) => listener.participantActive?.(session.participant));
  }

  /** The instance of a session is in the room no more. */
  leave(session: Session): void {
    session.stopWaiting?.();
    if (!session.isActive) return;
    session.isActive = false;
    const { participant } = session;
    if (this.#active.get(participant.identity) === session) this.#active.delete(participant.identity);
    this.#listening.tell((listener) => listener.participantDisconnected?.(participant));
  }

  /** An instance is reset, which is to be logged; another one takes its place by {@linkcode enter}. */
  reset(session: Session): void {
    // One that has not been in the room again since the last time has cost nothing.
    if (!session.isActive) return void (session.idleResets += 1);
    this.leave(session);
    const now = this.#services.nowMs();
    const delayMs = session.resets.next(now);
    session.activeFromMs = now + delayMs;
    const { identity, sid } = session.participant;
    this.#services.log("warning", "a viewer has missed what cannot be sent again, and is reset", {
      identity,
      sid,
      delayMs,
      ...(session.idleResets > 0 && { idleResets: session.idleResets }),
    });
    session.idleResets = 0;
  }
}
