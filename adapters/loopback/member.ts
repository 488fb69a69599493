/**
 * One connection instance in one room.
 */
import * as Effect from "effect/Effect";
import type * as Scope from "effect/Scope";
import type { ByteStreamOptions, OutgoingByteStream } from "../../transport/byte_stream.ts";
import type { Datagrams } from "../../transport/datagrams.ts";
import { StreamError, TrackError } from "../../transport/errors.ts";
import type { ConnectionQuality, DisconnectReason, RemoteParticipant } from "../../transport/participant.ts";
import type { Room } from "../../transport/room.ts";
import type { DataTracks, OutgoingDataTrack, VideoTracks } from "../../transport/track.ts";
import { DatagramPath } from "./datagram_path.ts";
import type { Fabric } from "./fabric.ts";
import type { HubRoom } from "./hub_room.ts";
import { Inbox } from "./inbox.ts";
import { Signal } from "./leg.ts";
import { LocalTrack } from "./local_track.ts";
import { Receiver } from "./receiver.ts";
import { RemoteTrack } from "./remote_track.ts";
import { Sender } from "./sender.ts";
import type { Station, StationMember } from "./station.ts";

/** What a participant's connection can do. */
export interface MemberSettings {
  /** See `Room.writeBytes`. */
  readonly writeBytes: number;
  /** The most bytes of one stream between its sender and its reader, per destination. */
  readonly windowBytes: number;
  /** The largest frame of a data track or a datagram. */
  readonly maxFrameBytes: number;
  /** Whether it has data tracks. */
  readonly dataTracks: boolean;
  /** Whether it can send datagrams. */
  readonly datagrams: boolean;
  /** Video, if there is any. */
  readonly videoTracks: VideoTracks | undefined;
}

/** The instance. */
export class Member implements StationMember {
  readonly station: Station;
  /** When it came, in the order in which everything in the hub came. */
  readonly serial: number;
  /** As the server knows it. */
  participant: RemoteParticipant;
  /** What it hears. */
  readonly inbox: Inbox;
  /** Whether its room is over, or it has left. */
  over = false;
  /** The port's view of it. */
  readonly room: Room;
  readonly #fabric: Fabric;
  readonly #home: HubRoom;
  readonly #scope: Scope.Scope;
  readonly #settings: MemberSettings;
  readonly #senders: Set<Sender> = new Set();
  readonly #receivers: Set<Receiver> = new Set();
  readonly #tracks: Map<string, LocalTrack> = new Map();
  /** By the instance that they lead to. */
  readonly #datagramPaths: Map<string, DatagramPath> = new Map();
  #attributes: ReadonlyMap<string, string>;

  constructor(options: {
    readonly fabric: Fabric;
    readonly home: HubRoom;
    readonly station: Station;
    readonly scope: Scope.Scope;
    readonly attributes: ReadonlyMap<string, string>;
    readonly settings: MemberSettings;
  }) {
    const { fabric, station } = options;
    this.#fabric = fabric;
    this.#home = options.home;
    this.#scope = options.scope;
    this.#settings = options.settings;
    this.#attributes = options.attributes;
    this.station = station;
    this.serial = fabric.serial();
    this.participant = {
      identity: station.identity,
      sid: `LB_${this.serial.toString(36).padStart(6, "0")}`,
      joinedAt: fabric.joiningTime(),
      attributes: options.attributes,
    };
    this.inbox = new Inbox(fabric, station, options.scope, () => this.end("connection-lost"));
    this.room = this.#makeRoom();
  }

  /** Whether nothing is to be told to it any more: also from when its scope has begun to close. */
  get deaf(): boolean {
    return this.over || this.#scope.state._tag === "Closed";
  }

  /** Whether it takes part in data tracks. */
  get hasTracks(): boolean {
    return this.#settings.dataTracks;
  }

  /** The track as this participant sees it. */
  seeTrack(local: LocalTrack): RemoteTrack {
    return new RemoteTrack(this.#fabric, local, this);
  }

  pump(): void {
    for (const sender of [...this.#senders]) sender.pump();
  }

  qualityChanged(quality: ConnectionQuality): void {
    const { identity } = this.participant;
    this.#home.tell(this, "connectionQualityChanged", (other) => other.inbox.qualityChanged(quality, identity));
    this.inbox.hear("connectionQualityChanged", identity, () => this.inbox.qualityChanged(quality, undefined));
  }

  /** The room ends for it, by the hub's doing. */
  end(reason: DisconnectReason): void {
    if (this.over) return;
    this.#stop(`the room has ended (${reason})`);
    this.#home.remove(this);
    this.inbox.end(reason);
    this.#fabric.trace?.add(`end ${this.participant.identity} ${this.participant.sid} ${reason}`);
    this.#home.tellGone(this);
  }

  /** It leaves. What it wrote goes first. */
  leave(): void {
    this.inbox.close();
    if (this.over) return;
    this.#fabric.trace?.add(`leave ${this.participant.identity} ${this.participant.sid}`);
    this.#stop("this participant has left the room");
    this.#home.remove(this);
    this.#afterUp(() => this.#home.tellGone(this));
  }

  /** Another participant is gone: nothing goes to it any more. */
  forget(sid: string): void {
    for (const sender of [...this.#senders]) sender.forget(sid);
    this.#datagramPaths.delete(sid);
  }

  #stop(detail: string): void {
    this.over = true;
    this.station.members.delete(this);
    for (const track of [...this.#tracks.values()]) this.#unpublish(track);
    for (const sender of [...this.#senders]) sender.leave(detail);
    for (const receiver of [...this.#receivers]) receiver.break(detail);
  }

  #makeRoom(): Room {
    const { identity, sid } = this.participant;
    const dataTracks = this.#makeDataTracks();
    const datagrams = this.#makeDatagrams();
    const { videoTracks, writeBytes } = this.#settings;
    return {
      identity,
      sid,
      writeBytes,
      listen: (listener) => this.inbox.listen(listener),
      participants: () => this.inbox.view.all(),
      participant: (wanted) => this.inbox.view.get(wanted),
      setAttributes: (attributes) => Effect.sync(() => this.#setAttributes(attributes)),
      openByteStream: (options) => this.#open(options),
      ...(dataTracks === undefined ? {} : { dataTracks }),
      ...(datagrams === undefined ? {} : { datagrams }),
      ...(videoTracks === undefined ? {} : { videoTracks }),
    };
  }

  #makeDataTracks(): DataTracks | undefined {
    const { maxFrameBytes, dataTracks } = this.#settings;
    return dataTracks ? { maxFrameBytes, publish: (name) => this.#publish(name, maxFrameBytes) } : undefined;
  }

  #makeDatagrams(): Datagrams | undefined {
    const { maxFrameBytes, datagrams } = this.#settings;
    if (!datagrams) return undefined;
    return {
      maxFrameBytes,
      send: (identity, channelId, frame, logTime) =>
        frame.length <= maxFrameBytes && this.#sendDatagram(identity, channelId, frame, logTime),
    };
  }

  #setAttributes(attributes: ReadonlyMap<string, string>): void {
    if (this.over) return;
    const merged = new Map([...this.#attributes, ...attributes]);
    this.#attributes = merged;
    this.#afterUp(() => {
      this.participant = { ...this.participant, attributes: merged };
      const { participant } = this;
      this.#home.tell(this, "attributesChanged", (other) => other.inbox.attributesChanged(participant));
    });
  }

  // ---- byte streams ------------------------------------------------------------------------------------------------

  #open(options: ByteStreamOptions): Effect.Effect<OutgoingByteStream, StreamError> {
    const { open } = this.station.delays;
    const opened = Effect.suspend(() => this.#openNow(options));
    return open === 0 ? opened : Effect.andThen(this.#fabric.engine.wait(open), opened);
  }

  #openNow(options: ByteStreamOptions): Effect.Effect<OutgoingByteStream, StreamError> {
    const destinations = [...new Set(options.destinations)];
    const refusal = this.#refusal(destinations);
    if (refusal !== undefined) {
      return Effect.fail(
        new StreamError({ reason: "open", topic: options.topic, peers: destinations, detail: refusal }),
      );
    }
    const sender = new Sender({
      fabric: this.#fabric,
      station: this.station,
      id: this.#fabric.serial(),
      topic: options.topic,
      destinations,
      pieceBytes: Math.min(this.#settings.writeBytes, this.#settings.windowBytes),
      onOver: (over) => this.#senders.delete(over),
    });
    this.#senders.add(sender);
    const peers = this.#peers(destinations);
    sender.attach(peers.map((peer) => peer.#receive(this, sender, options.topic)));
    this.#fabric.trace?.add(
      `stream ${sender.id} ${this.room.identity} opens "${options.topic}" to ${destinations.join(" ")}`,
    );
    return Effect.succeed(sender.stream);
  }

  #peers(destinations: ReadonlyArray<string>): ReadonlyArray<Member> {
    return destinations.map((identity) => this.#home.member(identity))
      .filter((peer) => peer !== undefined).filter((peer) => peer !== this);
  }

  #refusal(destinations: ReadonlyArray<string>): string | undefined {
    if (this.over) return "the room is over";
    if (this.station.takeFailure("opens")) return "the transport refused it";
    if (this.#senders.size >= this.#fabric.limits.streams) {
      return `${this.#senders.size} streams are open already; close some`;
    }
    return this.#peers(destinations).length === 0 ? "none of the destinations is in the room" : undefined;
  }

  #receive(from: Member, sender: Sender, topic: string): Receiver {
    const { identity } = from.participant;
    const receiver = new Receiver({
      fabric: this.#fabric,
      host: sender,
      station: this.station,
      sid: this.participant.sid,
      id: sender.id,
      topic,
      sender: identity,
      window: this.#settings.windowBytes,
      onOver: (over) => this.#receivers.delete(over),
    });
    this.#receivers.add(receiver);
    from.#afterUp(() => this.inbox.hear("byteStreamOpened", identity, () => this.inbox.streamOpened(receiver)));
    return receiver;
  }

  // ---- data tracks -------------------------------------------------------------------------------------------------

  #publish(name: string, maxFrameBytes: number): Effect.Effect<OutgoingDataTrack, TrackError> {
    const { publish } = this.station.delays;
    const published = Effect.suspend(() => this.#publishNow(name, maxFrameBytes));
    if (publish === 0) return published;
    return Effect.suspend(() => this.#tracks.has(name) ? published : this.#fabric.engine.wait(publish)).pipe(
      Effect.andThen(published),
    );
  }

  #publishNow(name: string, maxFrameBytes: number): Effect.Effect<OutgoingDataTrack, TrackError> {
    const error = this.#trackRefusal(name);
    if (error !== undefined) return Effect.fail(error);
    const track = new LocalTrack({
      fabric: this.#fabric,
      station: this.station,
      name,
      maxFrameBytes,
      unpublish: (taken) => this.#unpublish(taken),
    });
    this.#tracks.set(name, track);
    this.#fabric.trace?.add(`publish ${this.room.identity} "${name}"`);
    this.#afterUp(() => this.#home.addTrack(this, track));
    return Effect.succeed(track.track);
  }

  #trackRefusal(track: string): TrackError | undefined {
    if (this.over) return new TrackError({ reason: "unavailable", track, detail: "the room is over" });
    if (this.station.takeFailure("publishes")) {
      return new TrackError({ reason: "refused", track, detail: "the transport refused it" });
    }
    if (this.#tracks.has(track)) {
      const detail = `"${this.room.identity}" has a track of that name already; unpublish it first`;
      return new TrackError({ reason: "duplicate", track, detail });
    }
    if (this.#tracks.size < this.#fabric.limits.tracks) return undefined;
    const detail = `${this.#tracks.size} tracks are published already; unpublish some`;
    return new TrackError({ reason: "refused", track, detail });
  }

  #unpublish(track: LocalTrack): void {
    if (!track.live) return;
    track.live = false;
    this.#tracks.delete(track.name);
    this.#fabric.trace?.add(`unpublish ${this.room.identity} "${track.name}"`);
    this.#afterUp(() => this.#home.removeTrack(this, track));
  }

  // ---- datagrams ---------------------------------------------------------------------------------------------------

  #sendDatagram(identity: string, channelId: number, frame: Uint8Array, logTime: bigint): boolean {
    const peer = this.#home.member(identity);
    if (this.over || peer === undefined || peer === this) return false;
    let path = this.#datagramPaths.get(peer.participant.sid);
    if (path === undefined) {
      path = new DatagramPath(this.#fabric, this.station, peer.station, peer.inbox);
      this.#datagramPaths.set(peer.participant.sid, path);
    }
    return path.offer({ channelId, frame, logTime });
  }

  /** Does it when what was sent before has reached the server. */
  #afterUp(action: () => void): void {
    if (this.station.up.clean) action();
    else new Signal([this.station.up], action).carry();
  }
}
