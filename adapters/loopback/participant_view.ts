/**
 * Who is in the room as far as one participant has been told.
 */
import type { RemoteParticipant } from "../../transport/participant.ts";

/** The view: the newest instance per identity, and older ones whose end has not been told yet. */
export class ParticipantView {
  readonly #newest: Map<string, RemoteParticipant> = new Map();
  readonly #older: Map<string, RemoteParticipant> = new Map();

  /** One per identity, in the order in which the identities were first told. */
  all(): ReadonlyArray<RemoteParticipant> {
    return [...this.#newest.values()];
  }

  /** The newest instance of that identity. */
  get(identity: string): RemoteParticipant | undefined {
    return this.#newest.get(identity);
  }

  /** Whether that instance is known. */
  has(participant: RemoteParticipant): boolean {
    return this.#newest.get(participant.identity)?.sid === participant.sid || this.#older.has(participant.sid);
  }

  /** An instance has come. Of two that joined in the same ms the one told later counts as the newer. */
  add(participant: RemoteParticipant): void {
    const known = this.#newest.get(participant.identity);
    if (known === undefined || known.sid === participant.sid) {
      this.#newest.set(participant.identity, participant);
    } else if (known.joinedAt <= participant.joinedAt) {
      this.#older.set(known.sid, known);
      this.#newest.set(participant.identity, participant);
    } else {
      this.#older.set(participant.sid, participant);
    }
  }

  /** An instance has changed. */
  update(participant: RemoteParticipant): void {
    if (this.#newest.get(participant.identity)?.sid === participant.sid) {
      this.#newest.set(participant.identity, participant);
    } else if (this.#older.has(participant.sid)) {
      this.#older.set(participant.sid, participant);
    }
  }

  /** An instance has gone. Returns what was last known of it. */
  remove(participant: RemoteParticipant): RemoteParticipant | undefined {
    const known = this.#newest.get(participant.identity);
    if (known?.sid !== participant.sid) {
      const old = this.#older.get(participant.sid);
      this.#older.delete(participant.sid);
      return old;
    }
    const next = this.#newestOlder(participant.identity);
    if (next === undefined) {
      this.#newest.delete(participant.identity);
    } else {
      this.#older.delete(next.sid);
      this.#newest.set(participant.identity, next);
    }
    return known;
  }

  /** Forgets everybody. */
  clear(): void {
    this.#newest.clear();
    this.#older.clear();
  }

  #newestOlder(identity: string): RemoteParticipant | undefined {
    let newest: RemoteParticipant | undefined;
    for (const one of this.#older.values()) {
      if (one.identity === identity && (newest === undefined || one.joinedAt >= newest.joinedAt)) newest = one;
    }
    return newest;
  }
}
