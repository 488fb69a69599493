/**
 * The sessions there are, and how many there may be.
 */
import { tooMany, unavailable } from "./errors.ts";
import type { SseLimits } from "./limits.ts";
import type { Session } from "./session.ts";
import { isSameId, nameOf } from "./session_id.ts";

/** The sessions of a room. */
export class Sessions {
  readonly #limits: SseLimits;
  readonly #byName: Map<string, Session> = new Map();
  readonly #ofIdentity: Map<string, Set<Session>> = new Map();

  constructor(limits: SseLimits) {
    this.#limits = limits;
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

  /** Whether somebody else has a session of that identity. */
  isTaken(identity: string, subject: string): boolean {
    const [first] = this.#ofIdentity.get(identity) ?? [];
    return first !== undefined && first.subject !== subject;
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
    const { identity } = session.participant;
    const others = this.#ofIdentity.get(identity);
    if (others === undefined) this.#ofIdentity.set(identity, new Set([session]));
    else others.add(session);
  }

  /** Takes one out. */
  remove(session: Session): void {
    this.#byName.delete(nameOf(session.id));
    const { identity } = session.participant;
    const others = this.#ofIdentity.get(identity);
    others?.delete(session);
    if (others?.size === 0) this.#ofIdentity.delete(identity);
  }
}
