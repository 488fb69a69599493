/**
 * What keeps the latest events of sessions, so that a reader that lost its connection can go on where it was.
 *
 * Everything here is synchronous. Numbering an event, keeping it and offering it to whoever reads live is one step, and
 * so is coming back; a store that suspended in the middle of one would let another event in between, which would then be
 * missing or come twice. A store that writes to a disk or to another machine keeps the latest events in memory as well,
 * writes behind, and has what it had written read in before it is handed to a registry; what it can not read in again
 * gets another epoch.
 */

/** An event with its number. It is one object: what is kept is what a sender is given, and never a copy. */
export interface NumberedEvent<Event> {
  /** Its number in its session, from 0, without holes. */
  readonly sequence: number;
  /** The event. Nobody changes it. */
  readonly event: Event;
}

/** The latest events of one session. */
export interface EventLog<Event> {
  /**
   * Changes when what was kept has been lost, so that a number of before is not taken for one of now. Not empty; letters,
   * digits, `-` and `_` only, 64 of them at most.
   */
  readonly epoch: string;
  /** The number that the next event gets. */
  readonly next: number;
  /** The number of the oldest event that is kept; `next` when none is. From it to `next` everything is kept. */
  readonly oldest: number;
  /**
   * Numbers an event and keeps it. Where the bounds are passed the oldest go, as many as it takes; an event that is
   * larger than the bound in bytes is not kept, and nothing before it. Never fails.
   */
  readonly append: (event: Event) => NumberedEvent<Event>;
  /** The event of that number; `undefined` when it is not kept, whatever the reason. */
  readonly at: (sequence: number) => NumberedEvent<Event> | undefined;
  /** Forgets all of it, for good. A second call does nothing. */
  readonly remove: () => void;
}

/** Where the events of sessions are kept. */
export interface EventStore<Event> {
  /** Whether anything is kept at all. If not, events are only numbered. */
  readonly isBuffering: boolean;
  /** The log of a session: what is kept of it, or an empty one of a new epoch. Called again only after `remove`. */
  readonly open: (id: string) => EventLog<Event>;
}
