/**
 * A viewer as the application's callbacks see it.
 */
import type { Participant } from "../participant/participant.ts";

/** A viewer's connection instance. */
export interface Client {
  /** A number for this instance, counted from 1, never reused in the process. */
  readonly id: number;
  /** Who it is; the same across reconnects. */
  readonly identity: string;
}

/** A participant as callbacks see it. */
export function clientOf(participant: Participant): Client {
  return { id: participant.clientId, identity: participant.identity };
}
