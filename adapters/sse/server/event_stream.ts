/**
 * The body of an answer to `GET events`. It pulls: what is to be sent is looked up when the client has read what came
 * before, the numbered events by a cursor in the session's ring. Plain synchronous code: it runs for every event of every
 * viewer.
 */
import { allocateUnset } from "../../../core/protocol/frame.ts";
import type { EventLog, EventSender, NumberedEvent, SenderEnd } from "../../../core/resume/mod.ts";
import type { CloseReason } from "../wire.ts";
import { closeEvent, idPrefix, KEEP_ALIVE } from "./event_text.ts";
import { type LossyMessage, LossyQueue } from "./lossy_queue.ts";

/** Events are gathered into chunks of about so many bytes. */
const CHUNK_BYTES = 64 * 1024;
/** From this size on an event goes as it is, shared by all viewers, and is not copied behind its id line. */
const LARGE_BYTES = 16 * 1024;

const ZERO = 0x30;
const LINE_FEED = 0x0a;

/** Whose stream it is. */
export interface EventStreamOwner {
  /** There is something to send: `flush` is to be called, soon, and not within this call. */
  readonly changed: (stream: EventStream) => void;
  /** So many bytes of numbered events have been read. */
  readonly advanced: (stream: EventStream, bytes: number) => void;
  /** A lossy message that was taken is not sent after all. */
  readonly dropped: (message: LossyMessage) => void;
  /** The connection is lost, or was ended. Told once. */
  readonly over: (stream: EventStream, why: string) => void;
}

/** One answer to `GET events`. */
export class EventStream implements EventSender<Uint8Array> {
  readonly body: ReadableStream<Uint8Array>;
  /** Called once it is over: lets go of what was to tell of its end. */
  release: (() => void) | undefined;
  /** What its registration is undone with. */
  generation: number = 0;
  readonly #owner: EventStreamOwner;
  readonly #log: Pick<EventLog<Uint8Array>, "next" | "at">;
  readonly #prefix: Uint8Array;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  /** Whether the client waits for more. */
  #wanted = false;
  #isDirty = false;
  #isFlushing = false;
  /** The number of the event that was sent last. */
  #cursor: number;
  /** The event after that, where it has come since: one that is larger than the ring is nowhere else. */
  #next: NumberedEvent<Uint8Array> | undefined;
  #ahead: Array<Uint8Array>;
  readonly #lossy: LossyQueue;
  #ending: CloseReason | undefined;
  #isOver = false;

  constructor(options: {
    readonly owner: EventStreamOwner;
    readonly log: Pick<EventLog<Uint8Array>, "next" | "at" | "epoch">;
    /** Where the reader stands. */
    readonly cursor: number;
    /** What is sent before anything else. */
    readonly open: Uint8Array;
    readonly lossyBytes: number;
  }) {
    this.#owner = options.owner;
    this.#log = options.log;
    this.#prefix = idPrefix(options.log.epoch);
    this.#cursor = options.cursor;
    this.#ahead = [options.open];
    this.#lossy = new LossyQueue(options.lossyBytes, options.owner.dropped);
    this.body = new ReadableStream<Uint8Array>({
      start: (controller) => void (this.#controller = controller),
      pull: () => {
        this.#wanted = true;
        this.flush();
      },
      cancel: () => this.lose("the client has gone"),
    }, { highWaterMark: 0 });
  }

  /** Whether nothing can be sent any more. */
  get isClosed(): boolean {
    return this.#isOver;
  }

  /** The number of the event that was sent last. */
  get cursor(): number {
    return this.#cursor;
  }

  /** A numbered event is there. What waits to be read is in the ring; how much that may be is for the writers to heed. */
  offer(event: NumberedEvent<Uint8Array>): "taken" | "closed" {
    if (this.#isOver) return "closed";
    if (event.sequence === this.#cursor + 1) this.#next = event;
    this.#change();
    return "taken";
  }

  /** Offers a lossy message, for which older ones may go; `false`: the stream is over, or about to be. */
  offerLossy(message: LossyMessage): boolean {
    if (this.#isOver || this.#ending !== undefined) return false;
    this.#lossy.add(message);
    this.#change();
    return true;
  }

  /** Another stream has taken the session over; other ends are the session's own doing. */
  end(reason: SenderEnd): void {
    if (reason === "replaced") this.close("replaced");
  }

  /** Says something to a client that waits, so that nobody takes the connection for dead. */
  keepAlive(): void {
    if (this.#wanted && !this.#isOver) this.#enqueue(KEEP_ALIVE);
  }

  /** Ends after all numbered events have been read. */
  finish(reason: CloseReason): void {
    if (this.#isOver) return;
    this.#ending = reason;
    this.#lossy.clear();
    if (this.#wanted) this.flush();
  }

  /** Ends at once: what was not read yet is not sent any more. */
  close(reason: CloseReason): void {
    if (this.#isOver) return;
    this.#end(closeEvent({ reason }));
    this.#owner.over(this, reason);
  }

  /** The connection is lost. */
  lose(why: string): void {
    if (this.#isOver) return;
    this.#end();
    this.#owner.over(this, why);
  }

  /** Sends what there is, if the client waits for it. */
  flush(): void {
    this.#isDirty = false;
    // It may be asked for more within the call.
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    let isMore = true;
    while (isMore && this.#wanted && !this.#isOver) isMore = this.#sendSome();
    this.#isFlushing = false;
  }

  #change(): void {
    if (!this.#wanted || this.#isDirty) return;
    this.#isDirty = true;
    this.#owner.changed(this);
  }

  /** Sends a chunk; `false`: there is nothing to send. */
  #sendSome(): boolean {
    if (this.#ahead.length === 0 && this.#log.next === this.#cursor + 1 && this.#lossy.length === 1) {
      this.#sendLossy();
      return true;
    }
    const events: Array<NumberedEvent<Uint8Array>> = [];
    let bytes = 0;
    let advanced = 0;
    for (let at = this.#cursor + 1; at < this.#log.next && bytes < CHUNK_BYTES; at += 1) {
      const event = this.#next?.sequence === at ? this.#next : this.#log.at(at);
      if (event === undefined) {
        // The ring has turned past this reader. When it comes back it is told what it has missed.
        if (events.length > 0 || this.#ahead.length > 0) break;
        this.close("reset");
        return false;
      }
      if (event.event.length >= LARGE_BYTES && events.length > 0) break;
      events.push(event);
      advanced += event.event.length;
      bytes += this.#prefix.length + digits(at) + 1 + event.event.length;
      if (event.event.length >= LARGE_BYTES) break;
    }
    if (events.length > 0) {
      this.#cursor += events.length;
      this.#next = undefined;
    }
    const isSent = this.#send(events, bytes);
    if (advanced > 0) this.#owner.advanced(this, advanced);
    return isSent;
  }

  #send(events: ReadonlyArray<NumberedEvent<Uint8Array>>, bytes: number): boolean {
    const [first] = events;
    const large = events.length === 1 && first !== undefined && first.event.length >= LARGE_BYTES ? first : undefined;
    let total = this.#lossy.bytes + (large === undefined ? bytes : bytes - large.event.length);
    for (const one of this.#ahead) total += one.length;
    if (total === 0) {
      // All has been read that was to be.
      if (this.#ending !== undefined) this.close(this.#ending);
      return false;
    }
    const chunk = allocateUnset(total);
    let at = 0;
    for (const one of this.#ahead) {
      chunk.set(one, at);
      at += one.length;
    }
    this.#ahead = [];
    for (const { event } of this.#lossy.take()) {
      chunk.set(event, at);
      at += event.length;
    }
    for (const { sequence, event } of events) {
      chunk.set(this.#prefix, at);
      at = writeDigits(chunk, at + this.#prefix.length, sequence);
      chunk[at++] = LINE_FEED;
      if (large !== undefined) break;
      chunk.set(event, at);
      at += event.length;
    }
    this.#enqueue(chunk);
    if (large !== undefined) this.#enqueue(large.event);
    return true;
  }

  /** One message alone goes to all viewers in the same piece of memory. */
  #sendLossy(): void {
    for (const { event } of this.#lossy.take()) this.#enqueue(event);
  }

  #enqueue(chunk: Uint8Array): void {
    // Before, as more may be wanted within the call.
    this.#wanted = false;
    try {
      this.#controller?.enqueue(chunk);
    } catch {
      this.lose("nothing can be written to it any more");
    }
  }

  #end(last?: Uint8Array): void {
    this.#isOver = true;
    this.#ahead = [];
    this.#next = undefined;
    this.#lossy.clear();
    this.release?.();
    try {
      if (last !== undefined) this.#controller?.enqueue(last);
      this.#controller?.close();
    } catch {
      // The client has gone first.
    }
  }
}

function digits(number: number): number {
  let count = 1;
  for (let rest = number; rest >= 10; rest = Math.floor(rest / 10)) count += 1;
  return count;
}

/** Writes a whole number, and tells the offset behind it. */
function writeDigits(target: Uint8Array, offset: number, number: number): number {
  const end = offset + digits(number);
  let rest = number;
  for (let at = end - 1; at >= offset; at -= 1) {
    const next = Math.floor(rest / 10);
    target[at] = ZERO + rest - next * 10;
    rest = next;
  }
  return end;
}
