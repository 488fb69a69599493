/**
 * A room of a LiveKit server, as the core sees it.
 */
import * as Effect from "effect/Effect";
import type * as Scope from "effect/Scope";
import type { Room as ClientRoom } from "livekit-client";
import type { ByteStreamOptions, OutgoingByteStream } from "../../transport/byte_stream.ts";
import { StreamError } from "../../transport/errors.ts";
import type { ConnectionQuality, DisconnectReason, RemoteParticipant } from "../../transport/participant.ts";
import type { Room, RoomListener } from "../../transport/room.ts";
import type { IncomingStream } from "./incoming_stream.ts";
import { type DataPacket, IncomingStreams } from "./incoming_streams.ts";
import type { LiveKitLimits } from "./limits.ts";
import type { RoomLog } from "./log.ts";
import { OutgoingStream } from "./outgoing_stream.ts";
import { decodeReceipt, encodeReceipt, type Receipt, RECEIPT_TOPIC, WINDOW_ATTRIBUTE } from "./receipts.ts";
import { endReason, tokenExpiry } from "./reasons.ts";
import { ACTIVE, type ParticipantInfo, Roster } from "./roster.ts";

const qualities: Readonly<Record<string, ConnectionQuality>> = {
  excellent: "excellent",
  good: "good",
  poor: "poor",
  lost: "lost",
};

/** LiveKit's number for the reliable data channel. */
const RELIABLE = 0;
/** How often the buffer of the data channel is looked at on leaving, in ms; it tells of being low, not of being empty. */
const DRAIN_POLL_MS = 5;
/** What a server is given to pass on what it has got to those that confirm nothing, in ms. */
const UNCONFIRMED_MS = 150;
/** How soon attributes are set again that were too early, in ms. */
const ANNOUNCE_AGAIN_MS = 20;

/** One connection. */
export class LiveKitRoom {
  /** The port's view of it. */
  readonly room: Room;
  readonly #client: ClientRoom;
  readonly #scope: Scope.Scope;
  readonly #log: RoomLog;
  readonly #limits: LiveKitLimits;
  readonly #roster: Roster;
  readonly #incoming: IncomingStreams;
  readonly #outgoing: Map<string, OutgoingStream> = new Map();
  #listener: RoomListener | undefined;
  #held: Array<IncomingStream> = [];
  #ended: DisconnectReason | undefined;
  #hasLeft = false;
  #isPaused = false;
  /** What is set again until the server says that this participant is active. */
  #announced: ReadonlyMap<string, string> | undefined;
  #isConnected = false;
  #tokenExpiry: number;

  constructor(options: {
    readonly client: ClientRoom;
    readonly scope: Scope.Scope;
    readonly log: RoomLog;
    readonly limits: LiveKitLimits;
    readonly token: string;
  }) {
    this.#client = options.client;
    this.#scope = options.scope;
    this.#log = options.log;
    this.#limits = options.limits;
    this.#tokenExpiry = tokenExpiry(options.token);
    this.#roster = new Roster({
      active: (participant) => this.#active(participant),
      disconnected: (participant) => this.#disconnected(participant),
      attributesChanged: (participant) => this.#tell((listener) => listener.attributesChanged?.(participant)),
    });
    this.#incoming = new IncomingStreams({
      maxBytes: options.limits.incomingStreamBytes,
      isPresent: (identity, sid) => this.#roster.has(identity, sid),
      opened: (stream) => this.#opened(stream),
      sendReceipt: (sender, receipt) => this.#sendReceipt(sender, receipt),
    });
    this.#watch();
    this.room = this.#makeRoom();
  }

  /** Leaves: what was written goes first. What livekit-client logs of a connection that it ends itself is noise. */
  async leave(silence: () => void): Promise<void> {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    if (this.#ended === undefined) {
      await this.#drain();
      this.#stop("this participant has left the room");
    }
    silence();
    await this.#client.disconnect();
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
      writeBytes: 60_000,
      listen: (listener) => this.#listen(listener),
      participants: () => roster.all(),
      participant: (identity) => roster.get(identity),
      setAttributes: (attributes) => Effect.sync(() => this.setAttributes(attributes)),
      openByteStream: (options) => this.#open(options),
    };
  }

  /**
   * Makes the server tell the others of this participant at once. It tells news of those who publish nothing only every
   * three seconds; news of attributes go out at once, whether they are new or not, but count only once the server has
   * seen the connection stand, which may be a little later than here.
   */
  announce(attributes: ReadonlyMap<string, string>): void {
    this.#announced = attributes.size > 0 ? attributes : new Map([["fieldlink", "1"]]);
    this.setAttributes(this.#announced);
  }

  /** Sets attributes of its own. Whether the server allows it shows later; it is no reason to fail. */
  setAttributes(attributes: ReadonlyMap<string, string>): void {
    if (attributes.size === 0 || this.#ended !== undefined) return;
    this.#client.localParticipant.setAttributes(Object.fromEntries(attributes)).catch((error) => {
      if (this.#hasLeft || this.#ended !== undefined) return;
      this.#log(
        "info",
        "the server did not take attributes: its token lacks canUpdateOwnMetadata, or the server is slow",
        {
          attributes: [...attributes.keys()],
          error: String(error),
        },
      );
    });
  }

  #watch(): void {
    const client = this.#client;
    client
      .on("signalConnected", () => this.#watchEngine(client.engine))
      .on("connected", () => {
        this.#isConnected = true;
        if (this.#announced !== undefined) this.setAttributes(this.#announced);
      })
      .on("signalReconnecting", () => this.#isPaused = true)
      .on("reconnected", () => this.#resume())
      // A full reconnect is another instance, in which nothing of this one is left: the core joins anew instead.
      .on("reconnecting", () => this.#lose())
      .on("disconnected", (reason) => this.#end(endReason(reason, () => Date.now() >= this.#tokenExpiry)))
      .on("connectionQualityChanged", (quality, participant) => this.#qualityChanged(quality, participant.identity));
  }

  #watchEngine(engine: ClientRoom["engine"]): void {
    const joined = engine.latestJoinResponse;
    for (const info of joined?.otherParticipants ?? []) this.#roster.update(info);
    // Before livekit-client sees them, so that the late end of an instance does not take its successor's tracks along.
    engine.prependListener("participantUpdate", (infos) => this.#participantUpdate(infos));
    engine.on("dataPacketReceived", (packet) => this.#packet(packet));
    engine.on("tokenRefreshed", (token) => this.#tokenExpiry = tokenExpiry(token));
  }

  #participantUpdate(infos: Array<ParticipantInfo>): void {
    for (let index = infos.length - 1; index >= 0; index--) {
      const info = infos[index];
      if (info !== undefined && this.#roster.isSuperseded(info)) infos.splice(index, 1);
    }
    const own = this.#client.localParticipant.identity;
    for (const info of infos) {
      if (info.identity !== own) this.#roster.update(info);
      else if (info.sid === this.#client.localParticipant.sid) this.#ownUpdate(info);
    }
  }

  #ownUpdate(info: ParticipantInfo): void {
    const announced = this.#announced;
    if (announced === undefined || !this.#isConnected) return;
    if (info.state === ACTIVE) this.#announced = undefined;
    else setTimeout(() => this.setAttributes(announced), ANNOUNCE_AGAIN_MS);
  }

  #packet(packet: DataPacket): void {
    if (this.#ended !== undefined) return;
    if (packet.value.case !== "user") return this.#hasLeft ? undefined : this.#incoming.packet(packet);
    if (packet.value.value.topic !== RECEIPT_TOPIC) return;
    const receipt = decodeReceipt(packet.value.value.payload);
    if (receipt !== undefined) this.#outgoing.get(receipt.stream)?.receipt(packet.participantSid, receipt.read);
  }

  #active(participant: RemoteParticipant): void {
    this.#incoming.came(participant.sid);
    this.#tell((listener) => listener.participantActive?.(participant));
  }

  #disconnected(participant: RemoteParticipant): void {
    this.#incoming.left(participant.sid);
    for (const stream of [...this.#outgoing.values()]) stream.forget(participant.sid);
    this.#tell((listener) => listener.participantDisconnected?.(participant));
  }

  #qualityChanged(given: string, identity: string): void {
    const quality = qualities[given];
    const isOwn = identity === this.#client.localParticipant.identity;
    const participant = isOwn ? undefined : this.#roster.get(identity);
    if (quality === undefined || (!isOwn && participant === undefined)) return;
    this.#tell((listener) => listener.connectionQualityChanged?.(quality, participant));
  }

  #opened(stream: IncomingStream): void {
    const { stream: seen } = stream;
    if (this.#listener !== undefined) return this.#tellOpened(seen);
    if (this.#held.length < this.#limits.heldStreams) return void this.#held.push(stream);
    this.#log("warning", `"${seen.sender}" opened a stream while ${this.#held.length} wait already: it is cancelled`);
    stream.fail({ reason: "closed", detail: "too many streams waited" });
  }

  #tellOpened(stream: IncomingStream["stream"]): void {
    const isHeard = this.#tell((listener) => {
      if (listener.byteStreamOpened === undefined) Effect.runFork(stream.cancel);
      else listener.byteStreamOpened(stream);
    });
    if (!isHeard) Effect.runFork(stream.cancel);
  }

  #listen(listener: RoomListener): void {
    if (this.#ended !== undefined) {
      // Not from within this call.
      this.#listener = listener;
      return queueMicrotask(() => this.#tellEnd());
    }
    for (const participant of this.#roster.all()) if (!this.#isDeaf()) listener.participantActive?.(participant);
    const held = this.#held;
    this.#held = [];
    this.#listener = listener;
    for (const { stream } of held) this.#tellOpened(stream);
  }

  /** Tells the listener, if there is one that may be told. */
  #tell(tell: (listener: RoomListener) => void): boolean {
    if (this.#listener === undefined || this.#ended !== undefined || this.#isDeaf()) return false;
    tell(this.#listener);
    return true;
  }

  /** A scope that closes says so before it runs its finalizers, of which leaving the room is only one. */
  #isDeaf(): boolean {
    return this.#hasLeft || this.#scope.state._tag === "Closed";
  }

  #lose(): void {
    this.#end("connection-lost");
    this.#client.disconnect().catch(() => undefined);
  }

  #end(reason: DisconnectReason): void {
    if (this.#ended !== undefined || this.#hasLeft) return;
    this.#ended = reason;
    this.#stop(`the room has ended (${reason})`);
    if (this.#listener !== undefined) this.#tellEnd();
  }

  #tellEnd(): void {
    const reason = this.#ended;
    if (reason === undefined || this.#isDeaf()) return;
    this.#listener?.disconnected?.(reason);
  }

  #stop(detail: string): void {
    this.#roster.clear();
    this.#held = [];
    for (const stream of [...this.#outgoing.values()]) stream.fail({ reason: "write", detail });
    this.#incoming.end(detail);
  }

  #resume(): void {
    this.#isPaused = false;
    for (const stream of this.#outgoing.values()) stream.pump();
  }

  #open(options: ByteStreamOptions): Effect.Effect<OutgoingByteStream, StreamError> {
    return Effect.callback((resume) => {
      let isWanted = true;
      this.#openStream(options).then(
        (stream) => {
          if (isWanted) resume(Effect.succeed(stream.stream));
          else stream.fail({ reason: "closed", detail: "opening it was interrupted" });
        },
        (error) => resume(Effect.fail(openError(options, error))),
      );
      return Effect.sync(() => isWanted = false);
    });
  }

  /** The instance of that identity that can be sent to. */
  #instance(identity: string): { readonly identity: string; readonly sid: string } | undefined {
    return this.#roster.get(identity) ?? this.#incoming.sender(identity);
  }

  async #openStream({ topic, destinations }: ByteStreamOptions): Promise<OutgoingStream> {
    if (this.#ended !== undefined || this.#hasLeft) throw new Error("the room has ended");
    const present = destinations.flatMap((identity) => this.#instance(identity) ?? []);
    if (present.length === 0) throw new Error("none of the destinations is in the room");
    const { streamWindowBytes } = this.#limits;
    const writer = await this.#client.localParticipant.streamBytes({
      topic,
      destinationIdentities: present.map(({ identity }) => identity),
      attributes: { [WINDOW_ATTRIBUTE]: String(streamWindowBytes) },
    });
    const stream: OutgoingStream = new OutgoingStream({
      canSend: () => !this.#isPaused,
      onGone: () => this.#outgoing.delete(stream.id),
      writer,
      id: writer.info.id,
      topic,
      destinations,
      sids: present.map(({ sid }) => sid),
      windowBytes: streamWindowBytes,
    });
    this.#outgoing.set(stream.id, stream);
    if (this.#ended !== undefined) stream.fail({ reason: "write", detail: "the room has ended" });
    for (const { identity, sid } of present) if (this.#instance(identity)?.sid !== sid) stream.forget(sid);
    return stream;
  }

  #sendReceipt(sender: string, receipt: Receipt): void {
    if (this.#ended !== undefined) return;
    this.#client.localParticipant
      .publishData(encodeReceipt(receipt), { reliable: true, destinationIdentities: [sender], topic: RECEIPT_TOPIC })
      .catch(() => undefined);
  }

  /** Ends the streams and waits until they have arrived, or as well as can be known. */
  async #drain(): Promise<void> {
    const until = Date.now() + this.#limits.leaveTimeoutMs;
    const isUnconfirmed = [...this.#outgoing.values()].some((stream) => stream.isUnconfirmed);
    for (const stream of this.#outgoing.values()) {
      stream.fail({ reason: "write", detail: "this participant has left the room" });
    }
    const channel = this.#client.engine?.dataChannelForKind(RELIABLE);
    const isSending = () => channel?.readyState === "open" && channel.bufferedAmount > 0;
    while (Date.now() < until && (this.#outgoing.size > 0 || isSending())) {
      await new Promise((resolve) => setTimeout(resolve, DRAIN_POLL_MS));
    }
    if (isUnconfirmed) await new Promise((resolve) => setTimeout(resolve, UNCONFIRMED_MS));
  }
}

function openError({ topic, destinations }: ByteStreamOptions, cause: unknown): StreamError {
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new StreamError({ reason: "open", topic, peers: destinations, detail, cause });
}
