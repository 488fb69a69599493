/**
 * All byte streams that are sent to this participant, put together from the packets they come in. livekit-client's own
 * readers take one topic each, break a stream off as soon as its sender leaves, and hold as much as anybody sends; the
 * port needs all topics, what a sender wrote before it left, and a bound.
 */
import type { Room } from "livekit-client";
import { IncomingStream } from "./incoming_stream.ts";
import { Inflater } from "./inflate.ts";
import { offeredWindow, type Receipt } from "./receipts.ts";

/** A packet of LiveKit's data channels. */
export type DataPacket = Parameters<Room["engine"]["sendDataPacket"]>[0];
type StreamHeader = Extract<DataPacket["value"], { case: "streamHeader" }>["value"];

/** What the streams need of their room. */
export interface IncomingHost {
  /** Bytes of one stream that are kept at most. */
  readonly maxBytes: number;
  /** Whether the end of that instance is still to be heard of. */
  isPresent(identity: string, sid: string): boolean;
  /** Somebody has opened a stream. */
  opened(stream: IncomingStream): void;
  /** Tells the sender of a stream how far its reader has come. */
  sendReceipt(sender: string, receipt: Receipt): void;
}

/** Word of a leaving goes another way than data: what was written before may arrive after it. In ms without any. */
const LINGER_MS = 300;
/** The same for a sender that has not been heard of yet, and may have come and gone in between. */
const UNKNOWN_LINGER_MS = 5000;
/** LiveKit's number for streams compressed with raw deflate. */
const DEFLATE_RAW = 1;

interface Entry {
  readonly stream: IncomingStream;
  readonly sender: string;
  readonly inflater: Inflater | undefined;
  timer: ReturnType<typeof setTimeout> | undefined;
  lingerMs: number | undefined;
  hasLeft: boolean;
}

/** The streams that have not ended, by their id on the wire. */
export class IncomingStreams {
  readonly #host: IncomingHost;
  readonly #entries: Map<string, Entry> = new Map();

  constructor(host: IncomingHost) {
    this.#host = host;
  }

  /** A packet has arrived. */
  packet(packet: DataPacket): void {
    const { value } = packet;
    if (value.case === "streamHeader") {
      return this.#open(packet.participantIdentity, packet.participantSid, value.value);
    }
    if (value.case !== "streamChunk" && value.case !== "streamTrailer") return;
    const entry = this.#entries.get(value.value.streamId);
    if (entry === undefined || entry.stream.sid !== packet.participantSid) return;
    this.#linger(entry);
    if (value.case === "streamTrailer") return end(entry, value.value.reason);
    // Compressed packets are in order, too: the channel is.
    if (entry.inflater === undefined) entry.stream.packet(Number(value.value.chunkIndex), value.value.content);
    else entry.inflater.write(value.value.content);
  }

  /** An instance is there. */
  came(sid: string): void {
    for (const entry of this.#of(sid)) {
      entry.lingerMs = undefined;
      this.#linger(entry);
    }
  }

  /** An instance has left: its streams end when nothing more arrives. */
  left(sid: string): void {
    for (const entry of this.#of(sid)) {
      entry.hasLeft = true;
      entry.lingerMs = LINGER_MS;
      this.#linger(entry);
    }
  }

  /**
   * The instance of that identity that has opened a stream and has not left, as far as is known. It is there, whether or
   * not the server has said so yet, which it may take seconds to do.
   */
  sender(identity: string): { readonly identity: string; readonly sid: string } | undefined {
    const entry = [...this.#entries.values()].findLast(({ sender, hasLeft }) => sender === identity && !hasLeft);
    return entry === undefined ? undefined : { identity, sid: entry.stream.sid };
  }

  /** This participant's own room is over. */
  end(detail: string): void {
    for (const { stream } of [...this.#entries.values()]) stream.fail({ reason: "read", detail });
  }

  #open(sender: string, sid: string, header: StreamHeader): void {
    if (header.contentHeader.case !== "byteHeader" || this.#entries.has(header.streamId)) return;
    const window = offeredWindow(header.attributes);
    const stream: IncomingStream = new IncomingStream({
      topic: header.topic,
      sender,
      sid,
      maxBytes: Math.max(this.#host.maxBytes, window ?? 0),
      receiptEvery: window === undefined ? Infinity : Math.ceil(window / 8),
      sendReceipt: (read) => this.#host.sendReceipt(sender, { stream: header.streamId, read }),
      onOver: () => this.#forget(header.streamId),
    });
    const entry: Entry = {
      stream,
      sender,
      inflater: inflaterFor(header, stream),
      timer: undefined,
      lingerMs: undefined,
      hasLeft: false,
    };
    this.#entries.set(header.streamId, entry);
    if (!this.#host.isPresent(sender, sid)) entry.lingerMs = UNKNOWN_LINGER_MS;
    this.#linger(entry);
    if (window !== undefined) this.#host.sendReceipt(sender, { stream: header.streamId, read: 0 });
    if (header.inlineContent !== undefined) {
      if (entry.inflater === undefined) stream.arrive(header.inlineContent);
      else entry.inflater.write(header.inlineContent);
      end(entry, "");
    }
    this.#host.opened(stream);
  }

  #of(sid: string): ReadonlyArray<Entry> {
    return [...this.#entries.values()].filter((entry) => entry.stream.sid === sid);
  }

  #linger(entry: Entry): void {
    clearTimeout(entry.timer);
    entry.timer = entry.lingerMs === undefined ? undefined : setTimeout(() => entry.stream.finish(), entry.lingerMs);
  }

  #forget(id: string): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#entries.delete(id);
    clearTimeout(entry.timer);
    entry.inflater?.cancel();
  }
}

function inflaterFor(header: StreamHeader, stream: IncomingStream): Inflater | undefined {
  if (header.compression !== DEFLATE_RAW) return undefined;
  return new Inflater({
    arrive: (bytes) => stream.arrive(bytes),
    finish: () => stream.finish(),
    fail: (detail) => stream.fail({ reason: "read", detail }),
  });
}

/** The end of a stream has arrived; with a reason it is one that was broken off. */
function end(entry: Entry, reason: string): void {
  if (reason !== "") entry.stream.fail({ reason: "read", detail: `the sender broke it off: ${reason}` });
  else if (entry.inflater === undefined) entry.stream.finish();
  else entry.inflater.close();
}
