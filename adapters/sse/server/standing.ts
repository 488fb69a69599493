/**
 * Where a reader that comes back stands, and whether it is the one that came last.
 */
import type { EventGap, ResumeRegistry } from "../../../core/resume/mod.ts";
import { ATTEMPT_HEADER, parseEventId, parseNumber } from "../wire.ts";
import { badRequest, HttpRefusal } from "./errors.ts";
import type { Session } from "./session.ts";

/** Where a reader stands. */
export interface Standing {
  /** The number of the event that it has read last; -1: it begins. */
  readonly since: number;
  /** Whether it goes on where it was. If not, whoever has read before is reset. */
  readonly resumed: boolean;
  /** What is missing, where that can be named. */
  readonly gap?: EventGap;
}

const BEGINNING: Standing = { since: -1, resumed: false };

/** Where a reader stands, and whether the session can go on from there. */
export function standing(
  registry: ResumeRegistry<Uint8Array>,
  session: Session,
  lastEventId: string | null,
): Standing {
  const log = registry.events(session.id);
  if (!session.hasBeenRead || log === undefined) return BEGINNING;
  // Who says nothing has seen nothing: its first connection broke before it was told where it stands.
  const id = lastEventId === null ? { epoch: log.epoch, sequence: -1 } : parseEventId(lastEventId);
  if (id === undefined || id.epoch !== log.epoch || id.sequence >= log.next) return BEGINNING;
  const { gap } = registry.replaySince(session.id, id.sequence);
  return gap === undefined ? { since: id.sequence, resumed: true } : { ...BEGINNING, gap };
}

/**
 * Takes note of which attempt of its viewer's a request is. Refuses one that was made before another that has been
 * answered: it was held up on the way, and its viewer has given it up. One that does not say is taken as it comes.
 */
export function takeAttempt(session: Session, attempt: string | null): void {
  if (attempt === null) return;
  const number = parseNumber(attempt);
  if (number === undefined) {
    throw badRequest(`the header ${ATTEMPT_HEADER} must number the attempts to read events: 0, 1, 2 and so on`);
  }
  if (number <= session.attempt) {
    throw new HttpRefusal({
      status: 409,
      error: "attempt",
      detail:
        `attempt ${session.attempt} to read these events has been answered, so that attempt ${number} comes too ` +
        "late; one that is to take over needs a higher number",
    });
  }
  session.attempt = number;
}
