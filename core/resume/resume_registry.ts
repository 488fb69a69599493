/**
 * Sessions whose reader may lose its connection without being lost (session semantics, section 14).
 */
import type { WallClock } from "../clock.ts";
import { guardLog, type Log } from "../log.ts";
import { Throttle } from "../throttle.ts";
import { EventWithoutSession } from "./errors.ts";
import type { EventLog, EventStore, NumberedEvent } from "./event_store.ts";

const UNKNOWN_LOG_MS = 10_000;

/** Why a sender is offered no more. `let-go`: it was full or closed. */
export type SenderEnd = "replaced" | "unregistered" | "let-go" | "terminated";

/** Who reads a session live. */
export interface EventSender<Event> {
  /** Whether its reader has gone; it takes nothing any more then. */
  readonly isClosed: boolean;
  /** Offers an event, at once and without waiting. Anything but `taken` lets the sender go. */
  readonly offer: (event: NumberedEvent<Event>) => "taken" | "full" | "closed";
  /** It is offered no more. What it holds may still be read. Told once, after the registry has forgotten it. */
  readonly end: (reason: SenderEnd) => void;
}

/** Events that a reader has missed and cannot have any more: from the first to the last, both included. */
export interface EventGap {
  /** The number of the first one. */
  readonly from: number;
  /** The number of the last one. */
  readonly to: number;
}

/** What a reader has missed. */
export interface Replay<Event> {
  /** In order. Where there is a gap: all that is kept, which begins right behind it. */
  readonly events: ReadonlyArray<NumberedEvent<Event>>;
  /** What is not kept any more. Absent: nothing is missing. */
  readonly gap?: EventGap;
}

/** What a sender is to send first, having been registered in the same step. */
export interface Resumption<Event> extends Replay<Event> {
  /** What to unregister it with. */
  readonly generation: number;
}

/** How a {@linkcode ResumeRegistry} is made. */
export interface ResumeRegistryOptions<Event> {
  /** Keeps the events. */
  readonly store: EventStore<Event>;
  /** Says when a session was last active. A clock that is set back makes idle sessions wait anew. */
  readonly clock: Pick<WallClock, "currentTimeMillisUnsafe">;
  /** Is told of senders that are let go. What it throws is dropped. */
  readonly log: Log;
}

interface Session<Event> {
  readonly log: EventLog<Event>;
  sender: EventSender<Event> | undefined;
  generation: number;
  lastActivity: number;
}

const NOTHING: Replay<never> = { events: [] };

/**
 * Numbers the events of sessions, keeps the latest, and hands them to whoever reads a session live. Every method is one
 * step: nothing comes in between. How many sessions there are is for the caller to bound, by `terminate` and `evictStale`.
 *
 * @example
 * ```ts
 * import { type EventSender, ResumeRegistry, RingStore } from "@fieldlink/fieldlink";
 *
 * const registry = new ResumeRegistry<string>({
 *   store: new RingStore({ sizeOf: (event) => event.length, epoch: () => crypto.randomUUID() }),
 *   clock: { currentTimeMillisUnsafe: () => Date.now() },
 *   log: (level, message) => console.log(level, message),
 * });
 * const reader: EventSender<string> = {
 *   isClosed: false,
 *   offer: ({ sequence, event }) => (console.log(sequence, event), "taken"),
 *   end: (reason) => console.log(reason),
 * };
 * registry.preRegister("session-1");
 * registry.send("session-1", "kept until somebody reads");
 * const { events, gap } = registry.resume("session-1", reader, -1);
 * console.log(events.length, gap); // 1 undefined
 * ```
 */
export class ResumeRegistry<Event> {
  readonly #store: EventStore<Event>;
  readonly #clock: ResumeRegistryOptions<Event>["clock"];
  readonly #log: Log;
  readonly #unknown: Throttle;
  readonly #sessions: Map<string, Session<Event>> = new Map();
  #generations = 0;

  /** With a store, a clock and a log of the caller's. */
  constructor(options: ResumeRegistryOptions<Event>) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#log = guardLog(options.log);
    this.#unknown = new Throttle(UNKNOWN_LOG_MS, options.clock);
  }

  /** The number of sessions, those that nobody reads included. */
  get size(): number {
    return this.#sessions.size;
  }

  /** The events of a session, for readers with a cursor of their own; `undefined` when it is not known. */
  events(id: string): Pick<EventLog<Event>, "epoch" | "next" | "oldest" | "at"> | undefined {
    return this.#sessions.get(id)?.log;
  }

  /** Whether somebody reads the session now. */
  isLive(id: string): boolean {
    const session = this.#sessions.get(id);
    return session !== undefined && !isDisconnected(session);
  }

  /**
   * Makes a sender the one that reads the session live, and tells its generation: one count for the whole registry, 1
   * first. A session that is not known begins, from 0; a known one goes on, and the sender it had ends.
   */
  register(id: string, sender: EventSender<Event>): number {
    const session = this.#sessions.get(id) ?? this.#begin(id);
    const before = session.sender;
    this.#generations += 1;
    session.sender = sender;
    session.generation = this.#generations;
    session.lastActivity = this.#now();
    // The step is over; what a sender does on hearing of its end may be another one.
    const { generation } = session;
    if (before !== undefined && before !== sender) this.#end(before, "replaced");
    return generation;
  }

  /**
   * Coming back, in one step: makes a sender the live one and tells what has come after `since`, which it is to send
   * first. Nothing falls between the two, and nothing comes twice. A reader that has seen nothing stands at -1.
   */
  resume(id: string, sender: EventSender<Event>, since: number): Resumption<Event> {
    const replay = this.replaySince(id, since);
    return { ...replay, generation: this.register(id, sender) };
  }

  /** Lets the sender go, when the generation still is the session's; what is kept stays. Unknown ids: nothing happens. */
  unregister(id: string, generation: number): void {
    const session = this.#sessions.get(id);
    if (session === undefined || session.generation !== generation) return;
    session.lastActivity = this.#now();
    this.#letGo(session, "unregistered");
  }

  /** Ends a session, whatever the generation. The id begins afresh, from 0, when it comes back. */
  terminate(id: string): void {
    const session = this.#sessions.get(id);
    if (session === undefined) return;
    this.#sessions.delete(id);
    session.log.remove();
    this.#letGo(session, "terminated");
  }

  /** Begins a session before anybody reads it, so that nothing is lost until then. Not where nothing would be kept. */
  preRegister(id: string): void {
    if (this.#store.isBuffering && !this.#sessions.has(id)) this.#begin(id);
  }

  /**
   * Numbers an event, keeps it, and then offers it to the live sender. One that does not take it is let go with a
   * warning; the event stays. `undefined`: the session is not known, and the event is dropped with a warning. Throws an
   * {@linkcode EventWithoutSession} when no session is named.
   */
  send(id: string | undefined, event: Event): NumberedEvent<Event> | undefined {
    if (id === undefined || id === "") throw new EventWithoutSession({ received: id });
    const session = this.#sessions.get(id);
    if (session === undefined) {
      const events = this.#unknown.pass();
      if (events > 0) this.#log("warning", "an event for a session that is not known is dropped", { events });
      return undefined;
    }
    const numbered = session.log.append(event);
    session.lastActivity = this.#now();
    const { sender } = session;
    if (sender !== undefined) this.#offer(session, sender, numbered);
    return numbered;
  }

  /**
   * What came after `since`, strictly and in order. Where some of it is not kept any more: all that is kept, and the gap.
   * Nothing, when the session is not known, nothing is newer, or that number has not been given yet.
   */
  replaySince(id: string, since: number): Replay<Event> {
    const log = this.#sessions.get(id)?.log;
    const first = since >= 0 ? Math.floor(since) + 1 : 0;
    if (log === undefined || first >= log.next) return NOTHING;
    if (first >= log.oldest) return { events: eventsFrom(log, first) };
    return { events: eventsFrom(log, log.oldest), gap: { from: first, to: log.oldest - 1 } };
  }

  /** All that is kept of a session, in order. */
  replayAll(id: string): ReadonlyArray<NumberedEvent<Event>> {
    const log = this.#sessions.get(id)?.log;
    return log === undefined ? [] : eventsFrom(log, log.oldest);
  }

  /**
   * Ends the sessions that are disconnected and have been idle for so many ms, and tells their ids. Disconnected is one
   * that was never registered, was unregistered, or whose sender was let go or is closed. Registering, unregistering
   * and every send are activity, even to nobody: who means "away for so long" counts that from the disconnection.
   */
  evictStale(ttlMs: number): ReadonlyArray<string> {
    const now = this.#now();
    const stale: Array<string> = [];
    for (const [id, session] of this.#sessions) {
      // A clock that was set back must not keep it for longer than it was set back by, nor for ever.
      if (session.lastActivity > now) session.lastActivity = now;
      if (isDisconnected(session) && now - session.lastActivity >= ttlMs) stale.push(id);
    }
    for (const id of stale) this.terminate(id);
    return stale;
  }

  #begin(id: string): Session<Event> {
    const session = { log: this.#store.open(id), sender: undefined, generation: 0, lastActivity: this.#now() };
    this.#sessions.set(id, session);
    return session;
  }

  #offer(session: Session<Event>, sender: EventSender<Event>, numbered: NumberedEvent<Event>): void {
    let answer: "taken" | "full" | "closed" | "failed";
    let error: unknown;
    try {
      answer = sender.offer(numbered);
    } catch (thrown) {
      answer = "failed";
      error = thrown;
    }
    // It may have been replaced while it was asked.
    if (answer === "taken" || session.sender !== sender) return;
    const { sequence } = numbered;
    this.#letGo(session, "let-go");
    const fields = { sequence, generation: session.generation, sender: answer, ...(answer === "failed" && { error }) };
    this.#log("warning", "the reader of a session does not take an event and is let go; the event is kept", fields);
  }

  #letGo(session: Session<Event>, reason: SenderEnd): void {
    const { sender } = session;
    session.sender = undefined;
    if (sender !== undefined) this.#end(sender, reason);
  }

  #end(sender: EventSender<Event>, reason: SenderEnd): void {
    try {
      sender.end(reason);
    } catch (error) {
      this.#log("error", "the reader of a session has failed on hearing of its end", { reason, error });
    }
  }

  #now(): number {
    return this.#clock.currentTimeMillisUnsafe();
  }
}

function isDisconnected<Event>({ sender }: Session<Event>): boolean {
  return sender === undefined || sender.isClosed;
}

function eventsFrom<Event>(log: EventLog<Event>, first: number): Array<NumberedEvent<Event>> {
  const events: Array<NumberedEvent<Event>> = [];
  for (let sequence = first; sequence < log.next; sequence += 1) {
    const event = log.at(sequence);
    if (event !== undefined) events.push(event);
  }
  return events;
}
