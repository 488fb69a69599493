/**
 * A room of a LiveKit server, as the core sees it.
 */
import * as Effect from "effect/Effect";
import type * as Scope from "effect/Scope";
import type { Room as ClientRoom } from "livekit-client";
import type { JoinError } from "../../transport/errors.ts";
import { Listening, type Tell } from "../../transport/listening.ts";
import type { ConnectionQuality, DisconnectReason, RemoteParticipant } from "../../transport/participant.ts";
import type { Room, RoomListener } from "../../transport/room.ts";
import { Announcer } from "./announcer.ts";
import type { LiveKitLimits } from "./limits.ts";
import type { RoomLog } from "./log.ts";
import { LocalTracks } from "./outgoing_track.ts";
import { endedEarly, endReason, joinError, tokenExpiry } from "./reasons.ts";
import { RemoteTrack } from "./remote_track.ts";
import { RoomStreams } from "./room_streams.ts";
import { type ParticipantInfo, Roster } from "./roster.ts";
import { inLaterTurn } from "./turn.ts";
import { hush } from "./webrtc/channel.ts";

/** The size of a write at which livekit-client does well: a whole number of its packets of 15,000 bytes. */
const WRITE_BYTES = 60_000;
/** The kinds of data channels that livekit-client sends on: reliable, lossy, and for data tracks. */
const CHANNELS = [0, 1, 2] as const;

/** One connection. */
export class LiveKitRoom {
  /** The port's view of it. */
  readonly room: Room;
  readonly #client: ClientRoom;
  readonly #listening: Listening;
  readonly #log: RoomLog;
  readonly #limits: LiveKitLimits;
  readonly #announcer: Announcer;
  readonly #roster: Roster;
  readonly #streams: RoomStreams;
  readonly #localTracks: LocalTracks;
  readonly #remoteTracks: Set<ListedTrack> = new Set();
  /** Streams that were not taken. */
  #refusals = 0;
  /** Rejects when the room has ended. */
  readonly #ended: Promise<never>;
  #endEarly: (error: JoinError) => void = () => {};
  #tokenExpiry: number;

  constructor(options: {
    readonly client: ClientRoom;
    readonly scope: Scope.Scope;
    readonly log: RoomLog;
    readonly limits: LiveKitLimits;
    readonly token: string;
    /** What the others are to find on this participant from the start. */
    readonly attributes: ReadonlyMap<string, string>;
  }) {
    const { client, limits, log } = options;
    this.#client = client;
    this.#listening = new Listening({
      scope: options.scope,
      maxHeld: limits.heldStreams,
      refused: ({ sender }) => this.#refused(sender, `${limits.heldStreams} streams wait already to be listened to`),
    });
    this.#log = log;
    this.#limits = limits;
    this.#tokenExpiry = tokenExpiry(options.token);
    this.#announcer = new Announcer(client, log);
    this.#roster = new Roster({
      active: (participant) => this.#active(participant),
      disconnected: (participant) => this.#disconnected(participant),
      attributesChanged: (participant) => this.#listening.tell((listener) => listener.attributesChanged?.(participant)),
    });
    this.#streams = new RoomStreams({
      room: client,
      roster: this.#roster,
      limits,
      opened: (stream) => this.#listening.opened(stream),
      refused: (sender) => this.#refused(sender, `${limits.streamsPerSender} of the same sender are open already`),
    });
    this.#localTracks = new LocalTracks({ room: client, limits });
    this.#ended = new Promise((_, reject) => this.#endEarly = reject);
    // Where the connection stood before, nobody waits for it.
    this.#ended.catch(() => undefined);
    this.#watch(options.attributes);
    this.room = this.#makeRoom();
  }

  /** Leaves: what was written goes first. What livekit-client logs of a connection that it ends itself is noise. */
  async leave(silence: () => void): Promise<void> {
    if (!this.#listening.leave()) return;
    if (this.#listening.ended === undefined) {
      await this.#streams.drain("this participant has left the room");
      this.#stop();
    }
    silence();
    await this.#client.disconnect();
  }

  /**
   * What connecting comes to, which is over as soon as the room has ended: livekit-client would go on waiting, until its
   * time is over, for a connection that it has closed. Rejects with a JoinError.
   */
  async connected(connecting: Promise<void>): Promise<void> {
    try {
      await Promise.race([connecting, this.#ended]);
    } catch (error) {
      throw joinError(error);
    }
  }

  #makeRoom(): Room {
    const client = this.#client;
    const roster = this.#roster;
    return {
      // Known once it is connected, and the same as long as the room lasts.
      get identity() {
        return client.localParticipant.identity;
      },
      get sid() {
        return client.localParticipant.sid;
      },
      writeBytes: WRITE_BYTES,
      dataTracks: this.#localTracks,
      listen: (listener) => this.#listen(listener),
      participants: () => roster.all(),
      participant: (identity) => roster.get(identity),
      setAttributes: (attributes) => Effect.sync(() => this.#announcer.set(attributes)),
      openByteStream: (options) => this.#streams.open(options),
    };
  }

  #watch(attributes: ReadonlyMap<string, string>): void {
    const client = this.#client;
    client
      .on("signalConnected", () => {
        this.#watchEngine(client.engine);
        this.#announcer.begin(attributes);
      })
      .on("connected", () => {
        rememberMessageSize(client.engine);
        this.#announcer.connected();
      })
      .on("signalReconnecting", () => this.#streams.pause())
      .on("reconnected", () => this.#streams.resume())
      // A full reconnect is another instance, in which nothing of this one is left: the core joins anew instead.
      .on("reconnecting", () => this.#lose())
      .on("disconnected", (reason) => this.#disconnect(endReason(reason, () => Date.now() >= this.#tokenExpiry)))
      .on("connectionQualityChanged", (quality, { identity }) => this.#qualityChanged(quality, identity))
      .on("dataTrackPublished", (track) => this.#trackPublished(track))
      .on("dataTrackUnpublished", (sid) => this.#trackUnpublished(sid));
  }

  #watchEngine(engine: ClientRoom["engine"]): void {
    for (const info of engine.latestJoinResponse?.otherParticipants ?? []) this.#roster.update(info);
    // Before livekit-client sees them, so that the late end of an instance does not take its successor's tracks along.
    engine.prependListener("participantUpdate", (infos) => this.#participantUpdate(infos));
    engine.on("dataPacketReceived", (packet) => this.#listening.ended === undefined && this.#streams.packet(packet));
    engine.on("tokenRefreshed", (token) => this.#tokenExpiry = tokenExpiry(token));
  }

  #participantUpdate(infos: Array<ParticipantInfo>): void {
    if (this.#listening.ended !== undefined) return;
    for (let index = infos.length - 1; index >= 0; index--) {
      const info = infos[index];
      if (info !== undefined && this.#roster.isSuperseded(info)) infos.splice(index, 1);
    }
    const { identity, sid } = this.#client.localParticipant;
    for (const info of infos) {
      if (info.identity !== identity) this.#roster.update(info);
      else if (info.sid === sid) this.#announcer.told(info);
    }
  }

  #active(participant: RemoteParticipant): void {
    this.#streams.came(participant.sid);
    this.#listening.tell((listener) => listener.participantActive?.(participant));
  }

  #disconnected(participant: RemoteParticipant): void {
    this.#streams.left(participant.sid);
    this.#listening.tell((listener) => listener.participantDisconnected?.(participant));
  }

  #qualityChanged(given: string, identity: string): void {
    const quality = asQuality(given);
    const isOwn = identity === this.#client.localParticipant.identity;
    const participant = isOwn ? undefined : this.#roster.get(identity);
    if (quality === undefined || (!isOwn && participant === undefined)) return;
    this.#listening.tell((listener) => listener.connectionQualityChanged?.(quality, participant));
  }

  #trackPublished(track: ListedTrack["track"]): void {
    if (this.#listening.isDeaf) return;
    const limits = this.#limits;
    const remote = new RemoteTrack({ track, publisher: track.publisherIdentity, room: this.#client, limits });
    this.#remoteTracks.add({ track, remote });
    this.#listening.tell((listener) => listener.dataTrackPublished?.(remote));
  }

  #trackUnpublished(sid: string): void {
    for (const listed of this.#remoteTracks) {
      if (listed.track.info.sid !== sid) continue;
      this.#remoteTracks.delete(listed);
      listed.remote.end();
      this.#listening.tell((listener) => listener.dataTrackUnpublished?.(listed.remote));
    }
  }

  /** Warns of a stream that is not taken: of the first, the tenth, the hundredth. */
  #refused(sender: string, why: string): void {
    const refused = ++this.#refusals;
    if (!Number.isInteger(Math.log10(refused))) return;
    this.#log("warning", `a stream of "${sender}" is not taken: ${why}`, { sender, refused });
  }

  #listen(listener: RoomListener): void {
    this.#listening.listen(listener, [
      ...this.#roster.all().map((participant): Tell => (to) => to.participantActive?.(participant)),
      ...Array.from(this.#remoteTracks, ({ remote }): Tell => (to) => to.dataTrackPublished?.(remote)),
    ]);
  }

  /** Of a failure of its own livekit-client says first that the room has ended, and then why it could not be joined. */
  #disconnect(reason: DisconnectReason): void {
    this.#end(reason);
    inLaterTurn(() => this.#endEarly(endedEarly(reason)));
  }

  #lose(): void {
    this.#end("connection-lost");
    this.#endEarly(endedEarly("connection-lost"));
    this.#client.disconnect().catch(() => undefined);
  }

  #end(reason: DisconnectReason): void {
    this.#listening.end(reason, () => {
      this.#streams.end(`the room has ended (${reason})`);
      this.#stop();
    });
  }

  #stop(): void {
    this.#announcer.end();
    this.#roster.clear();
    this.#localTracks.end();
    for (const { remote } of this.#remoteTracks) remote.end();
    this.#remoteTracks.clear();
    this.#hush();
  }

  /** What is still on its way to a data channel stays here: once the goodbye is said, the server ends the connection. */
  #hush(): void {
    for (const kind of CHANNELS) {
      const channel = this.#client.engine?.dataChannelForKind(kind);
      if (channel !== undefined) hush(channel);
    }
  }
}

/** A track of another participant, and what the core sees of it. */
interface ListedTrack {
  readonly track: ConstructorParameters<typeof RemoteTrack>[0]["track"] & { readonly publisherIdentity: string };
  readonly remote: RemoteTrack;
}

/**
 * livekit-client asks for the largest message before it sends each packet, and @roamhq/wrtc makes a new object for each
 * answer: a quarter of a sender's time. It has been agreed on once and for all when the connection stands.
 */
function rememberMessageSize(engine: ClientRoom["engine"]): void {
  const publisher = engine.pcManager?.publisher;
  if (publisher === undefined) return;
  const size = publisher.getMaxMessageSize();
  publisher.getMaxMessageSize = () => size;
}

function asQuality(given: string): ConnectionQuality | undefined {
  return given === "excellent" || given === "good" || given === "poor" || given === "lost" ? given : undefined;
}
