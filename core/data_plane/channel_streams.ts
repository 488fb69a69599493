/**
 * Lossy messages where the transport has no data tracks: frames on a byte stream per channel, behind one bounded queue
 * for the session, the oldest dropped first.
 */
import * as Effect from "effect/Effect";
import type { OutgoingByteStream, Room } from "../../transport/mod.ts";
import type { ChannelEntry, Subscriber } from "../channel/channel_registry.ts";
import type { WallClock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { QueueVisitor } from "../metering/gateway_ledger.ts";
import type { Tally } from "../metering/tally.ts";
import { channelStreamTopic, encodeMessageDataFrame, MAX_MESSAGE_DATA } from "../protocol/mod.ts";
import { Signal } from "../signal.ts";
import { Throttle } from "../throttle.ts";
import { dropForAll, type LossyDataPlane } from "./data_plane.ts";
import type { DropWarnings } from "./drop_warnings.ts";

const DROP_LOG_MS = 30_000;

/** What the channel streams of a session need. */
export interface ChannelStreamPlaneOptions {
  readonly room: Room;
  /** How many messages may wait. */
  readonly maxMessages: number;
  /** How long opening a stream may take, in ms. */
  readonly openTimeoutMs: number;
  /** How long a write may take, in ms: all channels wait for it. */
  readonly writeTimeoutMs: number;
  readonly clock: WallClock;
  readonly log: Log;
  readonly warnings: DropWarnings;
}

/** One message that waits. */
interface Waiting {
  readonly entry: ChannelEntry;
  readonly frame: Uint8Array;
  /** Who was subscribed when it was logged. */
  readonly audience: ReadonlyArray<Subscriber>;
  /** The bytes of the message in the frame. */
  readonly bytes: number;
}

/** A stream to the subscribers that a channel had at some moment. */
interface ChannelStream {
  readonly stream: OutgoingByteStream;
  readonly version: number;
  readonly audience: ReadonlyArray<Subscriber>;
}

let dropLog: { readonly clock: WallClock; readonly throttle: Throttle } | undefined;

/** The channel streams of a session. {@linkcode ChannelStreamPlane.run} is the fiber that sends. */
export class ChannelStreamPlane implements LossyDataPlane {
  readonly carrier = "channel-stream";
  readonly #options: ChannelStreamPlaneOptions;
  /** There may be something to do. */
  readonly #filled: Signal = new Signal();
  /** All has been done. */
  readonly #emptied: Signal = new Signal();
  readonly #streams = new Map<number, ChannelStream>();
  /** Channels whose stream may have lost its last reader. */
  readonly #unwatched = new Set<ChannelEntry>();
  #queue: Array<Waiting> = [];
  /** The message that was taken from the queue last, until it is known what has become of it. */
  #current: Waiting | undefined;
  #sending = false;
  /** The stream that is being written to. */
  #writing: OutgoingByteStream | undefined;
  #dropped = 0;

  constructor(options: ChannelStreamPlaneOptions) {
    this.#options = options;
  }

  /** A stream is opened with the first message. */
  add(): void {}

  /** Closes the channel's stream. */
  remove(entry: ChannelEntry): void {
    this.idle(entry);
  }

  /** Closes the channel's stream, unless somebody has subscribed again by then. */
  idle(entry: ChannelEntry): void {
    this.#unwatched.add(entry);
    this.#filled.notify();
  }

  /** Queues one message; when the queue is full the oldest one is dropped. */
  send(entry: ChannelEntry, data: Uint8Array, logTime: bigint): void {
    const bytes = data.byteLength;
    const audience = entry.subscribers;
    if (bytes > MAX_MESSAGE_DATA) {
      dropForAll(audience, "frameLimit", bytes);
      this.#options.warnings.dropped(entry, MAX_MESSAGE_DATA);
      return;
    }
    if (this.#queue.length >= this.#options.maxMessages) this.#dropOldest();
    for (const { tally } of audience) tally.publish(bytes);
    this.#queue.push({ entry, frame: encodeMessageDataFrame(entry.channel.id, logTime, data), audience, bytes });
    this.#filled.notify();
  }

  /** Shows what is queued, what is being sent included: once for each that was subscribed. */
  countQueued(visit: QueueVisitor): void {
    if (this.#current !== undefined) visitEach(this.#current, visit);
    for (const waiting of this.#queue) visitEach(waiting, visit);
  }

  /** The number of messages dropped because the queue was full. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Waits until all that is queued has been sent or lost. */
  readonly awaitIdle: Effect.Effect<void> = this.#emptied.until(() => this.#queue.length === 0 && !this.#sending);

  /** Sends what is queued, for as long as the session runs; the streams end with it. */
  readonly run: Effect.Effect<never> = Effect.suspend(() => this.#sendAll()).pipe(
    Effect.ensuring(Effect.suspend(() => {
      this.countQueued((tally, bytes) => tally.drop("viewerLeft", bytes));
      this.#current = undefined;
      this.#queue = [];
      // After a write that was interrupted a stream can only be given up; the others let what is under way arrive.
      return Effect.forEach(
        this.#streams.values(),
        ({ stream }) => stream === this.#writing ? stream.abort : stream.close,
        { discard: true },
      );
    })),
  );

  #dropOldest(): void {
    const oldest = this.#queue.shift();
    if (oldest !== undefined) visitEach(oldest, (tally, bytes) => tally.drop("queueFull", bytes));
    this.#dropped += 1;
    // One line per interval for the whole process, whatever the number of sessions.
    if (dropLog?.clock !== this.#options.clock) {
      dropLog = { clock: this.#options.clock, throttle: new Throttle(DROP_LOG_MS, this.#options.clock) };
    }
    const messages = dropLog.throttle.pass();
    if (messages > 0) this.#options.log("info", "lossy messages are dropped: the queue is full", { messages });
  }

  readonly #sendAll = Effect.fnUntraced(function* (this: ChannelStreamPlane) {
    while (true) {
      for (const entry of this.#unwatched) {
        this.#unwatched.delete(entry);
        yield* this.#closeOutdated(entry);
      }
      const waiting = this.#queue.shift();
      if (waiting === undefined) {
        this.#sending = false;
        this.#emptied.notify();
        yield* this.#filled.until(() => this.#queue.length > 0 || this.#unwatched.size > 0);
      } else {
        this.#sending = true;
        this.#current = waiting;
        yield* this.#sendOne(waiting);
      }
    }
  });

  readonly #closeOutdated = Effect.fnUntraced(function* (this: ChannelStreamPlane, entry: ChannelEntry) {
    const open = this.#streams.get(entry.channel.id);
    if (open === undefined || entry.subscribers.length > 0 && open.version === entry.version) return;
    this.#streams.delete(entry.channel.id);
    yield* Effect.timeoutOption(open.stream.close, this.#options.writeTimeoutMs);
  });

  readonly #sendOne = Effect.fnUntraced(function* (this: ChannelStreamPlane, waiting: Waiting) {
    const { entry, frame } = waiting;
    const id = entry.channel.id;
    yield* this.#closeOutdated(entry);
    if (entry.subscribers.length === 0) return this.#lost(waiting);
    const current = this.#streams.get(id) ?? (yield* this.#open(entry));
    if (current === undefined) return this.#lost(waiting);
    this.#writing = current.stream;
    yield* current.stream.write(frame).pipe(
      Effect.timeout(this.#options.writeTimeoutMs),
      Effect.tap(() => Effect.sync(() => this.#sent(waiting, current.audience))),
      Effect.catch((error) => {
        this.#lost(waiting);
        this.#options.log("error", "writing to a channel stream has failed; the message is lost", {
          topic: entry.channel.topic,
          channelId: id,
          error,
        });
        this.#streams.delete(id);
        return current.stream.abort;
      }),
    );
    this.#writing = undefined;
  });

  /** The message has been written to a stream with these readers. */
  #sent({ audience, bytes }: Waiting, readers: ReadonlyArray<Subscriber>): void {
    this.#current = undefined;
    if (audience === readers) {
      for (const { tally } of audience) tally.deliver(1, bytes);
      return;
    }
    const awaited = talliesOf(audience);
    for (const tally of talliesOf(readers)) {
      // One that has subscribed since the message was logged has got it all the same.
      if (!awaited.delete(tally)) tally.publish(bytes);
      tally.deliver(1, bytes);
    }
    for (const tally of awaited) tally.drop("viewerLeft", bytes);
  }

  /** The message goes to nobody: the stream has failed, or those it was for are not subscribed any more. */
  #lost({ entry, audience, bytes }: Waiting): void {
    this.#current = undefined;
    const subscribed = talliesOf(entry.subscribers);
    for (const { tally } of audience) tally.drop(subscribed.has(tally) ? "streamFailed" : "viewerLeft", bytes);
  }

  readonly #open = Effect.fnUntraced(function* (this: ChannelStreamPlane, entry: ChannelEntry) {
    const { version, subscribers } = entry;
    const opened = yield* this.#options.room.openByteStream({
      topic: channelStreamTopic(entry.channel.id),
      destinations: subscribers.map(({ participant }) => participant.identity),
    }).pipe(
      Effect.timeout(this.#options.openTimeoutMs),
      Effect.catch((error) =>
        Effect.sync(() => {
          this.#options.log("error", "a channel stream cannot be opened; the message is lost", {
            topic: entry.channel.topic,
            channelId: entry.channel.id,
            error,
          });
          return undefined;
        })
      ),
    );
    if (opened === undefined) return undefined;
    const stream: ChannelStream = { stream: opened, version, audience: subscribers };
    this.#streams.set(entry.channel.id, stream);
    return stream;
  });
}

function visitEach({ audience, bytes }: Waiting, visit: QueueVisitor): void {
  for (const { tally } of audience) visit(tally, bytes);
}

/** A viewer has one tally for a channel, however often it subscribes. */
function talliesOf(subscribers: ReadonlyArray<Subscriber>): Set<Tally> {
  return new Set(subscribers.map(({ tally }) => tally));
}
