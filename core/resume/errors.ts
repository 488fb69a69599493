/**
 * What is wrong with an event that cannot be sent.
 */
import type * as Cause from "effect/Cause";
import * as Data from "effect/Data";

/** Fields of {@linkcode EventWithoutSession}. */
export interface EventWithoutSessionFields {
  /** What was given for the id of a session. */
  readonly received: string | undefined;
}

const EventWithoutSessionBase: new (fields: EventWithoutSessionFields) =>
  & Cause.YieldableError
  & { readonly _tag: "EventWithoutSession" }
  & Readonly<EventWithoutSessionFields> = Data.TaggedError("EventWithoutSession");

/**
 * An event was to be sent without saying to which session. Nothing has been sent, nor kept.
 *
 * @example
 * ```ts
 * import { EventWithoutSession } from "@fieldlink/fieldlink";
 *
 * console.log(new EventWithoutSession({ received: undefined }).message);
 * ```
 */
export class EventWithoutSession extends EventWithoutSessionBase {
  /** What was wrong, in one line. */
  override get message(): string {
    const received = this.received === undefined ? "nothing" : "an empty text";
    return `an event can only be sent to a session: give the id that the session was registered with; received ${received}`;
  }
}
