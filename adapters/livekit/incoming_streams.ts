/**
 * All byte streams that are sent to this participant, put together from the packets they come in. livekit-client's own
 * readers take one topic each, break a stream off as soon as its sender leaves, and hold as much as anybody sends; the
 * port needs all topics, what a sender wrote before it left, and a bound.
 */
import type { Room } from "livekit-client";
import { IncomingStream } from "./incoming_stream.ts";
import { Inflater } from "./inflate.ts";
import { messageOf } from "../../transport/message_of.ts";
import { offeredWindow, type Receipt } from "./receipts.ts";

/** A packet of LiveKit's data channels. */
export type DataPacket = Parameters<Room["engine"]["sendDataPacket"]>[0];
type StreamHeader = Extract<DataPacket["value"], { case: "streamHeader" }>["value"];

/** What the streams need of their room. */
export interface IncomingHost {
  /** Bytes of one stream that are kept at most, what the adapter needs for each packet included. */
  readonly maxBytes: number;
  /** Streams of one sender that are open at the same time at most; a further one is not taken. */
  readonly maxStreams: number;
  /** Whether the end of that instance is still to be heard of. */
  isPresent(identity: string, sid: string): boolean;
  /** Somebody has opened a stream. */
  opened(stream: IncomingStream): void;
  /** Somebody has opened a stream too many. */
  refused(sender: string): void;
  /** Tells the sender of a stream how far its reader has come. */
  sendReceipt(sender: string, receipt: Receipt): void;
}

/** Word of a leaving goes another way than data: what was written before may arrive after it. In ms without any. */
const LINGER_MS = 300;
/** The same for a sender that has not been heard of yet, and may have come and gone in between. */
const UNKNOWN_LINGER_MS = 5000;
/** LiveKit's number for streams compressed with raw deflate. */
const DEFLATE_RAW = 1;
/** Streams with a longer id get no receipts: a sender of ours has none. */
const MAX_ID = 128;
/** Characters of a sender's words that an error repeats. */
const MAX_REASON = 200;

interface Entry {
  readonly stream: IncomingStream;
  inflater: Inflater | undefined;
  timer: ReturnType<typeof setTimeout> | undefined;
  lingerMs: number | undefined;
  hasLeft: boolean;
}

/** The streams that have not ended. */
export class IncomingStreams {
  readonly #host: IncomingHost;
  /** By the sid of their sender, and their id on the wire. */
  readonly #senders: Map<string, Map<string, Entry>> = new Map();

  constructor(host: IncomingHost) {
    this.#host = host;
  }

  /** A packet has arrived. */
  packet(packet: DataPacket): void {
    const { value, participantIdentity: sender, participantSid: sid } = packet;
    // Packets of nobody are the server's own, which has no streams.
    if (sender === "" || sid === "") return;
    if (value.case === "streamHeader") return this.#open(sender, sid, value.value);
    if (value.case !== "streamChunk" && value.case !== "streamTrailer") return;
    const entry = this.#senders.get(sid)?.get(value.value.streamId);
    if (entry === undefined) return;
    this.#linger(entry);
    if (value.case === "streamTrailer") return end(entry, value.value.reason);
    if (entry.stream.isNext(Number(value.value.chunkIndex))) arrive(entry, value.value.content);
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
    for (const [sid, streams] of [...this.#senders].reverse()) {
      for (const { stream, hasLeft } of streams.values()) {
        if (stream.stream.sender !== identity || hasLeft) break;
        return { identity, sid };
      }
    }
    return undefined;
  }

  /** This participant's own room is over: its senders are not to write to nobody until the server tells them so. */
  end(detail: string): void {
    for (const sid of [...this.#senders.keys()]) {
      for (const { stream } of this.#of(sid)) stream.fail({ reason: "read", detail }, "gone");
    }
  }

  #open(sender: string, sid: string, header: StreamHeader): void {
    const { streamId: id } = header;
    const streams = this.#senders.get(sid) ?? new Map<string, Entry>();
    if (header.contentHeader.case !== "byteHeader" || streams.has(id)) return;
    if (streams.size >= this.#host.maxStreams) return this.#host.refused(sender);
    const { maxBytes } = this.#host;
    const window = id.length > MAX_ID ? undefined : offeredWindow(header.attributes);
    const stream: IncomingStream = new IncomingStream({
      topic: header.topic,
      sender,
      sid,
      maxBytes,
      // A larger window than there is room for is its sender's mistake.
      receiptEvery: window === undefined ? Infinity : Math.ceil(Math.min(window, maxBytes) / 8),
      sendReceipt: (read) => this.#host.sendReceipt(sender, { stream: id, read }),
      onOver: () => this.#forget(sid, id),
    });
    const entry: Entry = { stream, inflater: undefined, timer: undefined, lingerMs: undefined, hasLeft: false };
    streams.set(id, entry);
    this.#senders.set(sid, streams);
    if (!this.#host.isPresent(sender, sid)) entry.lingerMs = UNKNOWN_LINGER_MS;
    this.#linger(entry);
    if (window !== undefined) this.#host.sendReceipt(sender, { stream: id, read: 0 });
    if (header.compression === DEFLATE_RAW) inflate(entry, maxBytes, header.totalLength);
    if (header.inlineContent !== undefined) {
      arrive(entry, header.inlineContent);
      end(entry, "");
    }
    this.#host.opened(stream);
  }

  #of(sid: string): ReadonlyArray<Entry> {
    return [...this.#senders.get(sid)?.values() ?? []];
  }

  #linger(entry: Entry): void {
    clearTimeout(entry.timer);
    entry.timer = entry.lingerMs === undefined ? undefined : setTimeout(() => entry.stream.finish(), entry.lingerMs);
  }

  #forget(sid: string, id: string): void {
    const streams = this.#senders.get(sid);
    const entry = streams?.get(id);
    if (streams === undefined || entry === undefined) return;
    streams.delete(id);
    if (streams.size === 0) this.#senders.delete(sid);
    clearTimeout(entry.timer);
    entry.inflater?.cancel();
  }
}

/** Inflates a stream of so many bytes, if its sender says how many; not every run-time sees that one was cut off. */
function inflate(entry: Entry, maxBytes: number, totalLength: bigint | undefined): void {
  const { stream } = entry;
  const fail = (detail: string): void => stream.fail({ reason: "read", detail });
  let inflated = 0;
  try {
    entry.inflater = new Inflater(maxBytes, {
      arrive: (bytes) => {
        inflated += bytes.length;
        stream.arrive(bytes);
      },
      finish: () => {
        if (totalLength === undefined || totalLength === BigInt(inflated)) stream.finish();
        else fail(`its compressed bytes cannot be read: they are ${inflated}, not ${totalLength}`);
      },
      fail,
    });
  } catch (error) {
    fail(`this run-time cannot read compressed streams: ${messageOf(error)}`);
  }
}

/** Bytes have arrived. */
function arrive(entry: Entry, bytes: Uint8Array): void {
  if (entry.inflater === undefined) entry.stream.arrive(bytes);
  else entry.inflater.write(bytes);
}

/** The end of a stream has arrived; with a reason it is one that was broken off. */
function end(entry: Entry, reason: string): void {
  if (reason !== "") {
    entry.stream.fail({ reason: "read", detail: `the sender broke it off: ${reason.slice(0, MAX_REASON)}` });
  } else if (entry.inflater === undefined) entry.stream.finish();
  else entry.inflater.close();
}
