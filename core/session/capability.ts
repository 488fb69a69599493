/**
 * What every capability of a session builds on.
 */
import type { Log } from "../log.ts";
import type { Participant } from "../participant/participant.ts";
import type { ServerMessage } from "../protocol/mod.ts";
import type { Notices } from "./notices.ts";

/** What a capability needs of its session. */
export interface CapabilityOwner {
  readonly log: Log;
  /** Calls the application back, one callback at a time, in the order in which things happened. */
  readonly notices: Notices;
  /** Queues a message for one viewer. One that is too large is not sent, with an error in the log. */
  readonly send: (participant: Participant, message: ServerMessage) => void;
  /** Queues the same bytes for every viewer. */
  readonly broadcast: (message: ServerMessage) => void;
}

/** What a viewer is told of a refusal. */
export function errorStatus(message: string): ServerMessage {
  return { op: "status", level: "error", message };
}
