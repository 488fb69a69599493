/**
 * The byte streams of a room, both ways.
 */
import * as Effect from "effect/Effect";
import type { Room } from "livekit-client";
import type { ByteStreamOptions, IncomingByteStream, OutgoingByteStream } from "../../transport/byte_stream.ts";
import { StreamError } from "../../transport/errors.ts";
import { type DataPacket, IncomingStreams } from "./incoming_streams.ts";
import type { LiveKitLimits } from "./limits.ts";
import { messageOf } from "../../transport/message_of.ts";
import { OutgoingStream } from "./outgoing_stream.ts";
import { ReceiptSender } from "./receipt_sender.ts";
import { decodeReceipt, encodeReceipt, type Receipt, RECEIPT_TOPIC, WINDOW_ATTRIBUTE } from "./receipts.ts";
import type { Roster } from "./roster.ts";

/** LiveKit's number for the reliable data channel. */
const RELIABLE = 0;
/** How often the buffer of the data channel is looked at on leaving, in ms; it tells of being low, not of being empty. */
const DRAIN_POLL_MS = 5;
/** Streams that are remembered; beyond that the oldest whose end is unconfirmed is forgotten. */
const REMEMBERED = 1024;
/** What a server is given to pass on what it has got to those that confirm nothing, in ms. */
const UNCONFIRMED_MS = 150;

/** What the last receipts are given to overtake the leaving, of which the server hears on another way. In ms. */
const LAST_RECEIPTS_MS = 20;

/** The streams. */
export class RoomStreams {
  readonly #room: Room;
  readonly #roster: Roster;
  readonly #limits: LiveKitLimits;
  readonly #incoming: IncomingStreams;
  readonly #outgoing: Map<string, OutgoingStream> = new Map();
  readonly #receipts: ReceiptSender = new ReceiptSender((sender, receipt) => this.#post(sender, receipt));
  #isPaused = false;
  /** Why no stream can be opened any more. */
  #over: string | undefined;

  constructor(options: {
    readonly room: Room;
    readonly roster: Roster;
    readonly limits: LiveKitLimits;
    /** Somebody has opened a stream to this participant. */
    readonly opened: (stream: IncomingByteStream) => void;
    /** Somebody has opened one too many. */
    readonly refused: (sender: string) => void;
  }) {
    this.#room = options.room;
    this.#roster = options.roster;
    this.#limits = options.limits;
    this.#incoming = new IncomingStreams({
      maxBytes: options.limits.incomingStreamBytes,
      maxStreams: options.limits.streamsPerSender,
      isPresent: (identity, sid) => options.roster.has(identity, sid),
      opened: (stream) => options.opened(stream.stream),
      refused: options.refused,
      sendReceipt: (sender, receipt) => this.#receipts.send(sender, receipt),
    });
  }

  /** A packet has arrived. */
  packet(packet: DataPacket): void {
    if (packet.value.case === "user") return this.#receipt(packet, packet.value.value);
    if (this.#over === undefined) this.#incoming.packet(packet);
  }

  /** An instance is there. */
  came(sid: string): void {
    this.#incoming.came(sid);
  }

  /** An instance has left. */
  left(sid: string): void {
    this.#incoming.left(sid);
    for (const stream of [...this.#outgoing.values()]) stream.forget(sid);
  }

  /** The connection is being resumed: what is written meanwhile would pile up in livekit-client. */
  pause(): void {
    this.#isPaused = true;
  }

  /** The connection stands again. */
  resume(): void {
    this.#isPaused = false;
    for (const stream of this.#outgoing.values()) stream.pump();
  }

  /** The room is over: every stream ends. */
  end(detail: string): void {
    this.#over = detail;
    for (const stream of [...this.#outgoing.values()]) stream.fail({ reason: "write", detail });
    this.#incoming.end(detail);
  }

  /** Opens a stream: see the port. */
  open(options: ByteStreamOptions): Effect.Effect<OutgoingByteStream, StreamError> {
    return Effect.callback((resume) => {
      let isWanted = true;
      this.#open(options).then(
        (stream) => {
          if (isWanted) resume(Effect.succeed(stream.stream));
          else stream.fail({ reason: "closed", detail: "opening it was interrupted" });
        },
        (error) => resume(Effect.fail(openError(options, error))),
      );
      return Effect.sync(() => isWanted = false);
    });
  }

  /** Ends the streams before this participant leaves, and waits until all has arrived, as well as that can be known. */
  async drain(detail: string): Promise<void> {
    const until = Date.now() + this.#limits.leaveTimeoutMs;
    const isUnconfirmed = [...this.#outgoing.values()].some((stream) => stream.isUnconfirmed);
    this.end(detail);
    const isHeard = this.#receipts.isBusy;
    const channel = this.#room.engine?.dataChannelForKind(RELIABLE);
    const isSending = (): boolean =>
      this.#receipts.isBusy || (channel?.readyState === "open" && channel.bufferedAmount > 0);
    while (Date.now() < until && (this.#outgoing.size > 0 || isSending())) await pause(DRAIN_POLL_MS);
    if (isHeard) await pause(LAST_RECEIPTS_MS);
    if (isUnconfirmed) await pause(UNCONFIRMED_MS);
  }

  /** The instance of that identity that can be sent to. */
  #instance(identity: string): { readonly identity: string; readonly sid: string } | undefined {
    return this.#roster.get(identity) ?? this.#incoming.sender(identity);
  }

  async #open({ topic, destinations }: ByteStreamOptions): Promise<OutgoingStream> {
    if (this.#over !== undefined) throw new Error(this.#over);
    const present = destinations.flatMap((identity) => this.#instance(identity) ?? []);
    if (present.length === 0) throw new Error("none of the destinations is in the room");
    const windowBytes = this.#limits.streamWindowBytes;
    const writer = await this.#room.localParticipant.streamBytes({
      topic,
      destinationIdentities: present.map(({ identity }) => identity),
      attributes: { [WINDOW_ATTRIBUTE]: String(windowBytes) },
    });
    const { id } = writer.info;
    const stream: OutgoingStream = new OutgoingStream({
      writer,
      id,
      topic,
      destinations,
      sids: present.map(({ sid }) => sid),
      windowBytes,
      canSend: () => !this.#isPaused,
      onGone: () => this.#outgoing.delete(id),
    });
    this.#forgetUnconfirmed();
    this.#outgoing.set(id, stream);
    if (this.#over !== undefined) stream.fail({ reason: "write", detail: this.#over });
    // Who has left meanwhile.
    for (const { identity, sid } of present) if (this.#instance(identity)?.sid !== sid) stream.forget(sid);
    return stream;
  }

  #receipt(packet: DataPacket, user: { readonly topic?: string | undefined; readonly payload: Uint8Array }): void {
    if (user.topic !== RECEIPT_TOPIC) return;
    const receipt = decodeReceipt(user.payload);
    const stream = receipt === undefined ? undefined : this.#outgoing.get(receipt.stream);
    if (receipt === undefined || stream === undefined) return;
    if (receipt.read === "gone") stream.forget(packet.participantSid);
    else stream.receipt(packet.participantSid, receipt.read);
  }

  #post(sender: string, receipt: Receipt): Promise<void> {
    return this.#room.localParticipant
      .publishData(encodeReceipt(receipt), { reliable: true, destinationIdentities: [sender], topic: RECEIPT_TOPIC });
  }

  /** A reader that stays and never confirms an end must not make this side remember every stream there was. */
  #forgetUnconfirmed(): void {
    if (this.#outgoing.size < REMEMBERED) return;
    for (const [id, stream] of this.#outgoing) if (stream.isOver) return void this.#outgoing.delete(id);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function openError({ topic, destinations }: ByteStreamOptions, cause: unknown): StreamError {
  return new StreamError({ reason: "open", topic, peers: destinations, detail: messageOf(cause), cause });
}
