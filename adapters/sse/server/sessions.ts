/**
 * The sessions there are, and how many there may be.
 */
import { tooMany, unavailable } from "./errors.ts";
import type { SseLimits } from "./limits.ts";
import type { Session } from "./session.ts";
import { isSameId, nameOf } from "./session_id.ts";
import { addTo, removeFrom } from "./set_map.ts";

/** The sessions of a room. */
export class Sessions {
  readonly #limits: SseLimits;
  readonly #byName: Map<string, Session> = new Map();
  readonly #hasSubjects: boolean;
  readonly #ofIdentity: Map<string, Set<Session>> = new Map();
  readonly #ofSubject: Map<string, Set<Session>> = new Map();

  /** `hasSubjects`: whether those who make sessions are told apart; otherwise they are all one. */
  constructor(limits: SseLimits, hasSubjects: boolean) {
    this.#limits = limits;
    this.#hasSubjects = hasSubjects;
  }

  /** All of them. */
  all(): ReadonlyArray<Session> {
    return [...this.#byName.values()];
  }

  /** How many there are. */
  get size(): number {
    return this.#byName.size;
  }

  /** The session of that id, of that subject. */
  find(id: string, subject: string): Session | undefined {
    const session = this.#byName.get(nameOf(id));
    return session !== undefined && isSameId(session.id, id) && session.subject === subject ? session : undefined;
  }

  /** Those that have that identity. */
  of(identity: string): ReadonlyArray<Session> {
    return [...this.#ofIdentity.get(identity) ?? []];
  }

  /** Refuses a further session of a subject that has as many as it may. */
  checkSubject(subject: string): void {
    const { sessionsPerSubject } = this.#limits;
    if (!this.#hasSubjects || (this.#ofSubject.get(subject)?.size ?? 0) < sessionsPerSubject) return;
    throw tooMany(
      "sessions",
      `whoever this is has ${sessionsPerSubject} sessions already; end one with DELETE, or let it expire`,
    );
  }

  /** Refuses a session that would be one too many. */
  checkRoom(identity: string): void {
    const { sessions, sessionsPerIdentity } = this.#limits;
    if (this.#byName.size >= sessions) {
      throw unavailable("full", `${sessions} sessions is all this device takes; try again when somebody has left`);
    }
    if ((this.#ofIdentity.get(identity)?.size ?? 0) >= sessionsPerIdentity) {
      throw tooMany(
        "sessions",
        `${
          JSON.stringify(identity)
        } has ${sessionsPerIdentity} sessions already; end one with DELETE, or let it expire`,
      );
    }
  }

  /** Adds one that was checked. */
  add(session: Session): void {
    this.#byName.set(nameOf(session.id), session);
    addTo(this.#ofIdentity, session.participant.identity, session);
    addTo(this.#ofSubject, session.subject, session);
  }

  /** Takes one out. */
  remove(session: Session): void {
    this.#byName.delete(nameOf(session.id));
    removeFrom(this.#ofIdentity, session.participant.identity, session);
    removeFrom(this.#ofSubject, session.subject, session);
  }
}
