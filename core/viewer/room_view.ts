/**
 * A viewer's view of one room: which device it listens to, and what comes from it.
 */
import * as Effect from "effect/Effect";
import type * as Fiber from "effect/Fiber";
import type {
  DisconnectReason,
  IncomingByteStream,
  RemoteParticipant,
  Room,
  RoomListener,
} from "../../transport/mod.ts";
import type { WallClock } from "../clock.ts";
import type { ViewerLimits } from "../limits.ts";
import { type Log, notify } from "../log.ts";
import {
  type AdvertiseInline,
  type AdvertiseTable,
  CONTROL_TOPIC,
  dataTrackName,
  parseChannelStreamTopic,
  parseDataTrackName,
  readAdvertise,
  type ServerInfo,
  type ServerMessage,
} from "../protocol/mod.ts";
import type { DeviceAccess } from "./device_access.ts";
import { MAX_CHANNELS } from "./device_channels.ts";
import { DeviceFrames } from "./device_frames.ts";
import { DeviceLink } from "./device_link.ts";
import { readDeviceMessages, type ReadingEnd } from "./device_messages.ts";
import { DeviceTracks } from "./device_tracks.ts";
import { type DevicePresence, DeviceWatch } from "./device_watch.ts";
import type { Gate } from "./gate.ts";
import type { Arrival } from "./heartbeat.ts";
import type { ChannelInfo } from "./message.ts";
import type { ConnectionEnd } from "./request_errors.ts";
import { Sequence } from "./sequence.ts";
import type { OpenSubscription, SubscriptionIndex } from "./subscription_index.ts";
import type { ViewerOptions } from "./viewer_options.ts";

const RELIABLE_KEY = "foxglove.reliable";
/** How long a device has to open another stream in the place of one that has broken. */
const BROKEN_MS = 5_000;
const MAX_WAITING_STREAMS = 16;
const MAX_CHANNEL_STREAMS = 4;

/** What a view needs of the viewer. */
export interface RoomViewOptions {
  readonly room: Room;
  readonly options: ViewerOptions;
  readonly limits: ViewerLimits;
  readonly log: Log;
  readonly clock: WallClock;
  readonly gate: Gate;
  /** The viewer's open subscriptions. */
  readonly subscriptions: SubscriptionIndex;
  /** What follows the sessions of the device beside the subscriptions. */
  readonly access: DeviceAccess;
  /** Runs for as long as the view does. */
  readonly fork: (effect: Effect.Effect<void>) => Fiber.Fiber<void>;
  /** A device has said who it is. */
  readonly onDevice: (serverInfo: ServerInfo) => void;
  /** A device is here, or none any more, or it is silent, or heard again. */
  readonly onPresence: (device: DevicePresence | undefined) => void;
  /** The room has ended, or is of no use any more. */
  readonly onDisconnected: (reason: RoomEnd) => void;
}

/** Why a viewer leaves a room to join it anew. `stream-broken`: the device speaks, and is not heard. */
export type RoomEnd = DisconnectReason | "stream-broken";

/** The reading of one control stream. From its `serverInfo` on it has a link. */
interface Reading {
  readonly stream: IncomingByteStream;
  reader: Fiber.Fiber<void> | undefined;
  link: DeviceLink | undefined;
  /** Takes the frames of tracks and datagrams. */
  frames: DeviceFrames | undefined;
  /** Keeps the stream back to the device open. */
  talker: Fiber.Fiber<void> | undefined;
}

/** One device at a time: the first that opens a control stream, or the one that the options name. */
export class RoomView {
  readonly #view: RoomViewOptions;
  readonly #tracks: DeviceTracks;
  readonly #watch: DeviceWatch;
  /** Control streams of devices other than the one that is listened to; they are read when it is gone. */
  readonly #waiting = new Map<string, IncomingByteStream>();
  readonly #channelStreams = new Map<number, number>();
  /** Streams have one reader: a transport that tells of one twice must not give it another. */
  readonly #told = new WeakSet<IncomingByteStream>();
  #reading: Reading | undefined;
  /** The latest reading, where it has broken. */
  #broken: Reading | undefined;
  #hasEnded = false;
  /** The device that the application has been told of. */
  #device: string | undefined;

  constructor(view: RoomViewOptions) {
    this.#view = view;
    this.#tracks = new DeviceTracks({ log: view.log, fork: view.fork });
    const { pingIntervalMs, deviceSilentAfterMs: silentAfterMs } = view.limits;
    this.#watch = new DeviceWatch({ clock: view.clock, pingIntervalMs, silentAfterMs, changed: view.onPresence });
    view.fork(this.#watch.run);
  }

  /** What is known of the device's being here, and of its clock. */
  get watch(): DeviceWatch {
    return this.#watch;
  }

  /** The link to the device that is listened to. */
  get link(): DeviceLink | undefined {
    return this.#reading?.link;
  }

  /** What is to hear of the room. */
  readonly listener: RoomListener = {
    participantDisconnected: (participant) => this.#participantDisconnected(participant),
    byteStreamOpened: (stream) => this.#streamOpened(stream),
    dataTrackPublished: (track) => {
      this.#tracks.published(track);
      const channelId = parseDataTrackName(track.name);
      if (channelId !== undefined && track.publisher === this.link?.device) this.#receiveTrack(channelId);
    },
    dataTrackUnpublished: (track) => this.#tracks.unpublished(track),
    datagramReceived: ({ identity }, channelId, frame, logTime) => {
      if (identity === this.link?.device) this.#reading?.frames?.takeDatagram(channelId, frame, logTime);
    },
    disconnected: (reason) => this.#view.onDisconnected(reason),
  };

  /** A subscription has come or gone. */
  subscriptionChanged(subscription: OpenSubscription): void {
    const link = this.link;
    if (link !== undefined) this.#follow(link, link.channels.rebind(subscription));
  }

  /** The room is lost or left: nothing is heard from it any more. */
  end(): void {
    this.#hasEnded = true;
    this.#stopReading("room-lost");
    this.#deviceLeft();
  }

  #streamOpened(stream: IncomingByteStream): void {
    if (this.#told.has(stream)) return;
    this.#told.add(stream);
    const channelId = parseChannelStreamTopic(stream.topic);
    if (channelId !== undefined) this.#channelStreamOpened(stream, channelId);
    else if (stream.topic === CONTROL_TOPIC) this.#controlStreamOpened(stream);
    else {
      this.#view.log("warning", "a byte stream of an unknown topic is ignored", {
        sender: stream.sender,
        topic: stream.topic,
      });
      this.#cancel(stream);
    }
  }

  #controlStreamOpened(stream: IncomingByteStream): void {
    const { device } = this.#view.options;
    // A device whose stream has ended is still the one that is listened to, until it has left.
    const current = this.#reading?.stream.sender ?? this.#device;
    if (device !== undefined && device !== stream.sender) return this.#cancel(stream);
    if (current === undefined || current === stream.sender) return this.#read(stream);
    const older = this.#waiting.get(stream.sender);
    if (older !== undefined) this.#cancel(older);
    else if (this.#waiting.size >= MAX_WAITING_STREAMS) {
      return this.#refuse(stream, "too many other devices are in the room; this one is not listened to");
    }
    this.#waiting.set(stream.sender, stream);
    this.#view.log("info", "another device is in the room; the viewer stays with the one it has", {
      device: current,
      other: stream.sender,
    });
  }

  /** Reads a control stream in the place of the current one. */
  #read(stream: IncomingByteStream): void {
    this.#stopReading("reset");
    if (this.#hasEnded) return;
    const reading: Reading = { stream, reader: undefined, link: undefined, frames: undefined, talker: undefined };
    this.#reading = reading;
    const read = readDeviceMessages(stream, {
      log: this.#view.log,
      ledger: this.#view.access.ledger,
      arrived: () => this.#watch.arrived(stream.sender),
      handle: (message, arrival) => this.#handle(reading, message, arrival),
      waitForRoom: () => this.#view.gate.wait(),
    });
    this.#broken = undefined;
    reading.reader = this.#view.fork(
      Effect.flatMap(read, (end) => Effect.sync(() => this.#readingEnded(reading, end))),
    );
  }

  #readingEnded(reading: Reading, end: ReadingEnd): void {
    if (this.#reading !== reading) return;
    this.#stopReading("stream-ended");
    if (end === "broken" && !this.#hasEnded) {
      this.#broken = reading;
      const lookAgain = Effect.sync(() => this.#stillBroken(reading));
      this.#view.fork(Effect.andThen(Effect.sleep(BROKEN_MS), lookAgain));
    }
    if (this.#device === undefined) this.#readNext();
    else if (this.#view.room.participant(this.#device) === undefined) this.#deviceLeft();
  }

  /** The device may know nothing of what has broken, and would speak into the void for ever. */
  #stillBroken(reading: Reading): void {
    const device = reading.stream.sender;
    if (this.#broken !== reading || this.#view.room.participant(device) === undefined) return;
    this.#view.log("warning", "the device's stream has broken, and it opens no other; the room is joined anew", {
      device,
    });
    this.#view.onDisconnected("stream-broken");
  }

  /** Goes over to a device that has been waiting, if there is one. */
  #readNext(): void {
    const next = this.#waiting.entries().next();
    if (next.done === true) return;
    const [identity, stream] = next.value;
    this.#waiting.delete(identity);
    this.#read(stream);
  }

  #stopReading(reason: ConnectionEnd): void {
    const reading = this.#reading;
    this.#reading = undefined;
    if (reading === undefined) return;
    this.#view.access.lost(reason);
    reading.reader?.interruptUnsafe();
    reading.talker?.interruptUnsafe();
    this.#tracks.releaseAll();
    const channels = [...(reading.link?.channels.infos().values() ?? [])];
    if (channels.length > 0) this.#tellChannels([], channels);
  }

  #participantDisconnected({ identity }: RemoteParticipant): void {
    if (this.#view.room.participant(identity) !== undefined) return;
    const waiting = this.#waiting.get(identity);
    if (waiting !== undefined) {
      this.#waiting.delete(identity);
      this.#cancel(waiting);
    }
    // What it sent before it left is read first; the end of its stream tells then.
    if (identity === this.#device && this.#reading?.stream.sender !== identity) this.#deviceLeft();
  }

  #deviceLeft(): void {
    if (this.#device === undefined) return;
    this.#device = undefined;
    notify(this.#view.log, "onDeviceLeft", this.#view.options.onDeviceLeft);
    this.#watch.left();
    if (!this.#hasEnded) this.#readNext();
  }

  #handle(reading: Reading, message: ServerMessage, arrival: Arrival): void {
    // A callback has closed the viewer: what came in the same chunk is not told any more.
    if (this.#reading !== reading) return;
    const { log, access } = this.#view;
    const link = reading.link;
    if (message.op === "serverInfo") return this.#meet(reading, message);
    if (message.op === "status") return void access.handle(message);
    if (link === undefined) {
      return log("warning", "a device's message before its serverInfo is ignored", {
        device: reading.stream.sender,
        op: message.op,
      });
    }
    switch (message.op) {
      case "advertise":
        return this.#advertised(link, message);
      case "unadvertise":
        return this.#unadvertised(link, message.channelIds);
      case "messageData":
        return link.channels.deliver(message.channelId, message.logTime, message.data, arrival);
      case "pong":
        if (this.#watch.heartbeat?.answered(message) === true) return;
        return log("debug", "a pong that answers no ping is ignored", { device: link.device });
      default:
        if (access.handle(message)) return;
        log("debug", "a device's message is of no use to this viewer", { device: link.device, op: message.op });
    }
  }

  /** A device says who it is: what was known of it before counts no more. */
  #meet(reading: Reading, serverInfo: ServerInfo): void {
    const { room, limits, log, fork, options, subscriptions, access } = this.#view;
    access.lost("reset");
    // It has told the application, which may have closed the viewer.
    if (this.#reading !== reading) return;
    const before = [...(reading.link?.channels.infos().values() ?? [])];
    reading.talker?.interruptUnsafe();
    this.#tracks.releaseAll();
    const device = reading.stream.sender;
    const heartbeat = this.#watch.met(device, serverInfo);
    const opened = () => heartbeat.begin((message) => link.send(message));
    access.ledger.met(device);
    const link = new DeviceLink({ room, device, serverInfo, limits, log, subscriptions, access, opened });
    reading.link = link;
    reading.frames = new DeviceFrames({ channels: link.channels, log, arrived: () => this.#watch.arrived(device) });
    access.met(link);
    reading.talker = fork(Effect.raceFirst(link.run, heartbeat.run));
    if (before.length > 0) this.#tellChannels([], before);
    if (this.#reading !== reading) return;
    this.#device = device;
    this.#view.onDevice(serverInfo);
    notify(log, "onDevice", options.onDevice, serverInfo);
  }

  #advertised(link: DeviceLink, message: AdvertiseInline | AdvertiseTable): void {
    const { channels, refused } = readAdvertise(message, link.schemas);
    for (const { id, topic, error } of refused) {
      this.#view.log("error", "an advertised channel cannot be taken", { channelId: id, topic, error });
    }
    let room = link.channels.room;
    const infos = channels.flatMap((channel): Array<ChannelInfo> => {
      if (link.channels.get(channel.id) === undefined) {
        room -= 1;
        if (room < 0) return [];
      }
      return [{ ...channel, reliable: channel.metadata.get(RELIABLE_KEY) === "true" }];
    });
    if (infos.length < channels.length) {
      this.#view.log("error", "a device offers more channels than a viewer keeps; the others are left out", {
        device: link.device,
        kept: MAX_CHANNELS,
      });
    }
    if (infos.length === 0) return;
    for (const info of infos) link.channels.advertise(info);
    this.#follow(link, infos.map(({ id }) => id));
    this.#tellChannels(infos, []);
  }

  #unadvertised(link: DeviceLink, channelIds: ReadonlyArray<number>): void {
    const removed = channelIds.flatMap((id) => link.channels.unadvertise(id) ?? []);
    link.forget(channelIds);
    this.#follow(link, removed.map(({ id }) => id));
    if (removed.length > 0) this.#tellChannels([], removed);
  }

  #tellChannels(advertised: ReadonlyArray<ChannelInfo>, removed: ReadonlyArray<ChannelInfo>): void {
    notify(this.#view.log, "onChannels", this.#view.options.onChannels, advertised, removed);
  }

  /** Has of these channels what is wanted now, and no more. */
  #follow(link: DeviceLink, channelIds: ReadonlyArray<number>): void {
    for (const id of channelIds) {
      if (link.channels.isWanted(id) && link.channels.isLossy(id)) {
        this.#receiveTrack(id);
      } else {
        this.#tracks.release(link.device, dataTrackName(id));
        this.#reading?.frames?.forget(id);
      }
    }
    link.tell(channelIds);
  }

  #receiveTrack(channelId: number): void {
    const { link, frames } = this.#reading ?? {};
    if (link === undefined || frames === undefined) return;
    if (!link.channels.isWanted(channelId) || !link.channels.isLossy(channelId)) return;
    const sequence = new Sequence();
    this.#tracks.receive(
      link.device,
      dataTrackName(channelId),
      (bytes, logTime) => frames.take(channelId, sequence, bytes, logTime),
    );
  }

  /** Lossy messages where the transport has no data tracks. A set of subscribers has a stream of its own, one after another. */
  #channelStreamOpened(stream: IncomingByteStream, channelId: number): void {
    const link = this.link;
    const open = this.#channelStreams.get(channelId) ?? 0;
    if (link?.device !== stream.sender || !link.channels.isLossy(channelId)) return this.#cancel(stream);
    if (open >= MAX_CHANNEL_STREAMS) {
      return this.#refuse(stream, "a channel has too many streams open; the newest is not read");
    }
    this.#channelStreams.set(channelId, open + 1);
    const read = readDeviceMessages(stream, {
      log: this.#view.log,
      ledger: this.#view.access.ledger,
      arrived: () => this.#watch.arrived(stream.sender),
      handle: (message, arrival) => {
        if (message.op !== "messageData" || message.channelId !== channelId) return;
        if (this.link === link && link.channels.isLossy(channelId)) {
          link.channels.deliver(channelId, message.logTime, message.data, arrival);
        }
      },
      waitForRoom: () => undefined,
    });
    this.#view.fork(Effect.ensuring(
      Effect.asVoid(read),
      Effect.sync(() => {
        const left = (this.#channelStreams.get(channelId) ?? 1) - 1;
        if (left === 0) this.#channelStreams.delete(channelId);
        else this.#channelStreams.set(channelId, left);
      }),
    ));
  }

  #refuse(stream: IncomingByteStream, reason: string): void {
    this.#view.log("warning", reason, { sender: stream.sender, topic: stream.topic });
    this.#cancel(stream);
  }

  #cancel(stream: IncomingByteStream): void {
    this.#view.fork(stream.cancel);
  }
}
