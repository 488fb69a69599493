/**
 * The channels of a viewer's own, and telling devices of them (session section 8).
 */
import * as Effect from "effect/Effect";
import { ChannelError } from "../channel/context.ts";
import { schemaOf } from "../channel/descriptor.ts";
import { Closed } from "../closed_error.ts";
import type { Tally } from "../metering/tally.ts";
import type { FrameQueue, Offer } from "../participant/frame_queue.ts";
import {
  type ClientChannel,
  clientChannel,
  type ClientMessage,
  encodeClientFrame,
  FrameTooLarge,
  SchemaNotUtf8,
} from "../protocol/mod.ts";
import type { DeviceAccess, SessionPart } from "./device_access.ts";
import { type ConnectionEnd, NotSupported } from "./request_errors.ts";
import {
  type FrameIntake,
  ViewerChannel,
  type ViewerChannelOptions,
  type ViewerChannelOwner,
} from "./viewer_channel.ts";

const CAPABILITY = "clientPublish";
const AWAITED = "a device that takes its messages";

/** A channel and how it is advertised. */
interface OwnChannel {
  readonly channel: ViewerChannel;
  readonly advertised: ClientChannel;
  /** What advertising it takes. */
  readonly bytes: number;
  /** Counts its messages. */
  readonly tally: Tally;
  intake: Intake | undefined;
}

/** The queue of a stream, for the messages of one channel. */
class Intake implements FrameIntake {
  readonly queue: FrameQueue;
  readonly #tally: Tally;

  constructor(queue: FrameQueue, tally: Tally) {
    this.queue = queue;
    this.#tally = tally;
  }

  get hasRoom(): boolean {
    return this.queue.hasRoom;
  }

  offer(frame: Uint8Array): Offer {
    return this.queue.offer(frame, this.#tally);
  }
}

/** A viewer's own channels by id; they are advertised on each new stream to a device. */
export class OwnChannels implements SessionPart {
  readonly takes = [] as const;
  readonly #access: DeviceAccess;
  readonly #channels = new Map<number, OwnChannel>();
  /** What the session's device has been told of, on whatever stream. */
  readonly #told = new Set<number>();
  /** The stream on which the channels are advertised. */
  #queue: FrameQueue | undefined;
  #hasWarned = false;
  #bytes = 0;
  #lastId: number;

  constructor(access: DeviceAccess) {
    this.#access = access;
    this.#lastId = access.firstNumber;
  }

  /** Makes a channel, and advertises it. */
  make(options: ViewerChannelOptions): ViewerChannel {
    const { topic, encoding } = options;
    const detail = this.#problem(options);
    if (detail !== undefined) throw new ChannelError({ topic: String(topic), detail });
    this.#lastId += 1;
    const schema = options.schema === undefined ? undefined : schemaOf(options.schema);
    const descriptor = schema === undefined
      ? { id: this.#lastId, topic, encoding }
      : { id: this.#lastId, topic, encoding, schema };
    const advertised = clientChannel(descriptor);
    if (advertised instanceof SchemaNotUtf8) throw advertised;
    const frame = encodeClientFrame({ op: "advertise", channels: [advertised] });
    if (frame instanceof FrameTooLarge) throw frame;
    const bytes = frame.byteLength;
    // They are all told at the start of a stream, and must leave room there for whatever comes behind them.
    const maxBytes = Math.floor(this.#access.limits.queueBytes / 2);
    if (this.#bytes + bytes > maxBytes) {
      const detail = `telling of all channels would take more than ${maxBytes} bytes, half of the limit "queueBytes"`;
      throw new ChannelError({ topic, detail });
    }
    const channel = new ViewerChannel(descriptor, this.#owner);
    if (this.#access.isClosed) {
      channel.close();
      return channel;
    }
    const tally = this.#access.ledger.openOwn(channel.id, topic);
    this.#channels.set(channel.id, { channel, advertised, bytes, tally, intake: undefined });
    this.#bytes += bytes;
    this.#warnIfUseless();
    if (this.#current() !== undefined) {
      this.#told.add(channel.id);
      this.#access.link?.send({ op: "advertise", channels: [advertised] });
    }
    return channel;
  }

  readonly met = (): void => {
    this.#told.clear();
    this.#hasWarned = false;
    this.#warnIfUseless();
  };

  readonly greeting = (): ReadonlyArray<ClientMessage> => {
    if (!this.#access.can(CAPABILITY)) return [];
    // An earlier stream may have told of them, and a repeat of an id is refused: so each id is taken back first.
    const channelIds = [...this.#told];
    this.#told.clear();
    for (const id of this.#channels.keys()) this.#told.add(id);
    this.#queue = this.#access.link?.outgoing;
    const channels = [...this.#channels.values()].map(({ advertised }) => advertised);
    return [
      ...(channelIds.length > 0 ? [{ op: "unadvertise", channelIds } as const] : []),
      ...(channels.length > 0 ? [{ op: "advertise", channels } as const] : []),
    ];
  };

  readonly handle = (): void => {};

  readonly lost = (reason: ConnectionEnd): undefined => {
    this.#queue = undefined;
    if (reason === "closed") { for (const { channel } of [...this.#channels.values()]) channel.close(); }
  };

  /** The queue of the open stream, on which the channels are advertised. */
  #current(): FrameQueue | undefined {
    return this.#queue === this.#access.link?.outgoing ? this.#queue : undefined;
  }

  /** What a channel's messages go into: the queue of the open stream, under the channel's own count. */
  #intake(id: number): FrameIntake | undefined {
    const queue = this.#current();
    const own = this.#channels.get(id);
    if (queue === undefined || own === undefined) return undefined;
    if (own.intake?.queue !== queue) own.intake = new Intake(queue, own.tally);
    return own.intake;
  }

  readonly #owner: ViewerChannelOwner = {
    queue: ({ id }) => this.#intake(id),
    run: (effect) => this.#access.run(effect),
    ready: (channel) => this.#ready(channel),
    closed: ({ id }) => {
      const own = this.#channels.get(id);
      if (own === undefined) return;
      this.#channels.delete(id);
      this.#access.ledger.closeOwn(id);
      this.#bytes -= own.bytes;
      // The device may know of it from an earlier stream of the session: then it is taken back on the next one.
      if (this.#current() !== undefined && this.#told.delete(id)) {
        this.#access.link?.send({ op: "unadvertise", channelIds: [id] });
      }
      this.#access.changed.notify();
    },
  };

  #ready(channel: ViewerChannel): Effect.Effect<void, Closed | NotSupported> {
    return Effect.suspend(() => {
      const { changed, isClosed, link } = this.#access;
      if (isClosed) return Effect.fail(new Closed({ what: "viewer", awaited: AWAITED }));
      if (channel.isClosed) return Effect.fail(new Closed({ what: "channel", awaited: AWAITED }));
      if (this.#isRefused) {
        const what = `publishing on "${channel.topic}"`;
        return Effect.fail(new NotSupported({ what, device: link?.serverInfo.name ?? "", capability: CAPABILITY }));
      }
      const queue = this.#current();
      if (queue?.hasRoom === true) return Effect.void;
      const differs = changed.until(() => channel.isClosed || this.#isRefused || this.#current() !== queue);
      return Effect.andThen(
        queue === undefined ? differs : Effect.raceFirst(queue.awaitRoom, differs),
        this.#ready(channel),
      );
    });
  }

  /** Whether there is a device, and it takes no messages of viewers. */
  get #isRefused(): boolean {
    return this.#access.link !== undefined && !this.#access.can(CAPABILITY);
  }

  #warnIfUseless(): void {
    if (this.#hasWarned || this.#channels.size === 0 || !this.#isRefused) return;
    this.#hasWarned = true;
    this.#access.log("warning", "the device takes no messages of viewers: nothing is published to it", {
      device: this.#access.link?.device,
      capability: CAPABILITY,
    });
  }

  #problem({ topic, encoding }: ViewerChannelOptions): string | undefined {
    if (typeof topic !== "string") return '"topic" must be text';
    if (typeof encoding !== "string" || encoding === "") return 'a message encoding is needed, for example "json"';
    const { ownChannels } = this.#access.limits;
    if (this.#channels.size < ownChannels) return undefined;
    return `a viewer has ${ownChannels} channels of its own at most: close one, or raise the limit "ownChannels"`;
  }
}
