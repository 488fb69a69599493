/**
 * A viewer's link to a device: what came on one control stream since its last `serverInfo`, and the stream back.
 */
import * as Duration from "effect/Duration";
import * as Effect from "effect/Effect";
import type { Room } from "../../transport/mod.ts";
import { Backoff } from "../backoff.ts";
import type { ViewerLimits } from "../limits.ts";
import type { Log } from "../log.ts";
import { flush } from "../participant/flush.ts";
import { FrameQueue, type Offer } from "../participant/frame_queue.ts";
import { Signal } from "../signal.ts";
import {
  type ClientMessage,
  CONTROL_TOPIC,
  encodeClientFrame,
  FrameTooLarge,
  SchemaTableReader,
  type ServerInfo,
} from "../protocol/mod.ts";
import type { DeviceAccess } from "./device_access.ts";
import { DeviceChannels } from "./device_channels.ts";
import { fittingFrames } from "./fitting_frames.ts";
import type { SubscriptionIndex } from "./subscription_index.ts";

const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 30_000;
const STEADY_MS = 60_000;
/** What a device offers comes right behind its `serverInfo`; after this long it is taken to be all. */
const SETTLED_MS = 1_000;

/** What a link needs of the viewer. */
export interface DeviceLinkOptions {
  readonly room: Room;
  readonly device: string;
  readonly serverInfo: ServerInfo;
  readonly limits: ViewerLimits;
  readonly log: Log;
  /** The viewer's open subscriptions. */
  readonly subscriptions: SubscriptionIndex;
  /** A stream to the device is open, and what stands has been said on it. */
  readonly opened: () => void;
  /** What follows the session beside the subscriptions. */
  readonly access: DeviceAccess;
}

/** A frame that was queued for a device, so that one can tell later whether it may have left. */
export interface SentFrame {
  readonly queue: FrameQueue;
  /** How many frames were queued before it. */
  readonly before: number;
}

/** Whether a frame has been handed to the transport, so that it may have reached the device. */
export function mayHaveArrived({ queue, before }: SentFrame): boolean {
  return queue.taken > before;
}

/** What the viewer knows of a device from one `serverInfo` to the next, and its way to talk to it. */
export class DeviceLink {
  readonly device: string;
  readonly serverInfo: ServerInfo;
  readonly schemas: SchemaTableReader = new SchemaTableReader();
  readonly channels: DeviceChannels;
  readonly #options: DeviceLinkOptions;
  #outgoing: FrameQueue | undefined;
  readonly #overflowed: Signal = new Signal();
  /** What the smallest request that has found no room in the queue takes, in bytes; 0 where it was not looked at. */
  #refusedBytes: number | undefined;
  readonly #refused: Signal = new Signal();
  /** What the device has been asked for on the open stream. */
  readonly #subscribed = new Set<number>();
  /** Channels that may be wanted now and were not before, or the other way round. */
  readonly #changed = new Set<number>();
  #isSettled = false;
  #hasTalked = false;

  constructor(options: DeviceLinkOptions) {
    this.#options = options;
    this.device = options.device;
    this.serverInfo = options.serverInfo;
    this.channels = new DeviceChannels(options.subscriptions, options.access.ledger);
  }

  /** Whether the device has had the time to say what it offers. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** The frames that wait for the device, while a stream to it is open. */
  get outgoing(): FrameQueue | undefined {
    return this.#outgoing;
  }

  /**
   * Sends a request. `undefined`: no stream is open. `"full"`: too much waits for the device; the access tells when there
   * is room. What waits is not put at risk for one more request.
   */
  request(message: ClientMessage): SentFrame | FrameTooLarge | "full" | undefined {
    const queue = this.#outgoing;
    if (queue === undefined) return undefined;
    if (!queue.hasRoom) return this.#refuse(0);
    const frame = encodeClientFrame(message);
    if (frame instanceof FrameTooLarge) return frame;
    if (!queue.takes(frame.byteLength)) return this.#refuse(frame.byteLength);
    const sent = { queue, before: queue.taken + queue.length };
    this.#offer(frame);
    return sent;
  }

  #refuse(bytes: number): "full" {
    this.#refusedBytes = Math.min(bytes, this.#refusedBytes ?? bytes);
    this.#refused.notify();
    return "full";
  }

  /**
   * Sends a message to the device, or drops it while no stream is open: what stands is said on the next one. A stream
   * that takes no more is given up for a new one.
   */
  send(message: ClientMessage): void {
    const frame = encodeClientFrame(message);
    if (!(frame instanceof Uint8Array)) {
      this.#options.log("error", "a message to the device is too large and is not sent", { error: frame });
      return;
    }
    this.#offer(frame);
  }

  /** Sends a message, in several parts when it is too large for one frame. */
  sendInParts(message: ClientMessage): void {
    for (const frame of fittingFrames(message, this.#options.log)) this.#offer(frame);
  }

  #offer(frame: Uint8Array): Offer | undefined {
    const offer = this.#outgoing?.offer(frame);
    if (offer === "full") {
      this.#outgoing = undefined;
      this.#overflowed.notify();
    }
    return offer;
  }

  /** Tells the device what of these channels is wanted now. What changes in one go is told in one message. */
  tell(channelIds: Iterable<number>): void {
    const isDue = this.#changed.size > 0;
    for (const id of channelIds) this.#changed.add(id);
    if (!isDue && this.#changed.size > 0) queueMicrotask(() => this.#tellChanged());
  }

  /** The device has taken channels back, and with them what was subscribed: if they come again, they are asked for anew. */
  forget(channelIds: Iterable<number>): void {
    for (const id of channelIds) this.#subscribed.delete(id);
  }

  #tellChanged(): void {
    const changed = [...this.#changed];
    this.#changed.clear();
    if (this.#outgoing === undefined) return;
    const subscribe = changed.filter((id) => this.channels.isWanted(id) && !this.#subscribed.has(id));
    const unsubscribe = changed.filter((id) => !this.channels.isWanted(id) && this.#subscribed.delete(id))
      .filter((id) => this.channels.get(id) !== undefined);
    if (unsubscribe.length > 0) this.send({ op: "unsubscribe", channelIds: unsubscribe });
    this.#subscribe(subscribe);
  }

  #subscribe(channelIds: ReadonlyArray<number>): void {
    if (channelIds.length > 0) this.send(this.#subscription(channelIds));
  }

  #subscription(channelIds: ReadonlyArray<number>): ClientMessage {
    for (const id of channelIds) this.#subscribed.add(id);
    return { op: "subscribe", channels: channelIds.map((id) => ({ id, requestVideoTrack: false })) };
  }

  /** What stands comes first on a stream: an earlier one may have taken it along. */
  #greeting(): ReadonlyArray<ClientMessage> {
    this.#subscribed.clear();
    const wanted = this.channels.wanted();
    const isFirst = !this.#hasTalked;
    this.#hasTalked = true;
    const others = this.#options.access.greeting(isFirst);
    return wanted.length === 0 ? others : [this.#subscription(wanted), ...others];
  }

  /** Keeps a control stream to the device open, for as long as the link is of use. */
  get run(): Effect.Effect<never> {
    return Effect.raceFirst(this.#keepTalking, this.#settle);
  }

  readonly #settle: Effect.Effect<never> = Effect.andThen(
    Effect.sleep(SETTLED_MS),
    Effect.suspend(() => {
      this.#isSettled = true;
      this.#options.access.changed.notify();
      return Effect.never;
    }),
  );

  get #keepTalking(): Effect.Effect<never> {
    return Effect.suspend(() => {
      const backoff = new Backoff(FIRST_RETRY_MS, MAX_RETRY_MS);
      return Effect.forever(Effect.flatMap(Effect.timed(Effect.suspend(() => this.#talk())), ([lasted]) => {
        if (Duration.toMillis(lasted) >= STEADY_MS) backoff.reset();
        return Effect.sleep(backoff.next());
      }));
    });
  }

  /** Tells those who have found no room in the queue when there is some. */
  #tellRoom(queue: FrameQueue): Effect.Effect<never> {
    const tell = Effect.sync(() => {
      this.#refusedBytes = undefined;
      this.#options.access.changed.notify();
    });
    return Effect.forever(Effect.andThen(
      this.#refused.until(() => this.#refusedBytes !== undefined),
      Effect.suspend(() => Effect.andThen(queue.awaitRoomFor(this.#refusedBytes ?? 0), tell)),
    ));
  }

  /** Has one stream to the device, until it fails. */
  #talk(): Effect.Effect<void> {
    const { room, device, log, limits, access } = this.#options;
    const bounds = { maxFrames: limits.queueFrames, maxBytes: limits.queueBytes };
    const queue = new FrameQueue(bounds, access.ledger.controlSent);
    const opened = Effect.acquireRelease(
      room.openByteStream({ topic: CONTROL_TOPIC, destinations: [device] }).pipe(Effect.timeout(limits.openTimeoutMs)),
      // Chunks hold whole frames, so only a write that has been cut short leaves something broken behind.
      (stream) => queue.isWriting ? stream.abort : stream.close,
      { interruptible: true },
    );
    return Effect.gen({ self: this }, function* () {
      const stream = yield* opened;
      this.#outgoing = queue;
      queue.offerBurst(this.#greeting().flatMap((message) => fittingFrames(message, log)));
      access.streamOpened();
      this.#options.opened();
      yield* Effect.raceFirst(
        flush(queue, stream, room.writeBytes),
        Effect.raceFirst(this.#overflowed.until(() => this.#outgoing !== queue), this.#tellRoom(queue)),
      );
      log("warning", "the device does not take what it is sent; the stream is opened anew", { device });
    }).pipe(
      Effect.ensuring(Effect.sync(() => {
        this.#outgoing = undefined;
        access.streamFailed(this);
      })),
      Effect.scoped,
      Effect.catch((error) =>
        Effect.sync(() => log("warning", "the stream to the device has failed; it is opened anew", { device, error }))
      ),
    );
  }
}
