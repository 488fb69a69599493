/**
 * Where a reader that comes back stands.
 */
import type { EventGap, ResumeRegistry } from "../../../core/resume/mod.ts";
import { parseEventId } from "../wire.ts";
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
