/**
 * From the chunks of a byte stream to frames. A hot path: plain fields, no closures, no copy where a payload lies whole
 * in one chunk.
 */
import { FrameError } from "./errors.ts";
import {
  allocateUnset,
  BINARY_OPCODE,
  type Frame,
  FRAME_HEADER_BYTES,
  MAX_FRAME_PAYLOAD,
  TEXT_OPCODE,
} from "./frame.ts";

const EMPTY = new Uint8Array(0);

/**
 * Up to here a payload that arrives in parts gets its whole buffer at once. Beyond, the buffer grows with what has really
 * arrived, since the length in a header costs a hostile peer nothing.
 */
const TRUSTED_BYTES = 256 * 1024;

/** How many times the bytes that have arrived a buffer may take: each growth copies them, so there should be few. */
const GROWTH = 8;

/** Chunks already read are dropped from the front of the list once there are this many. */
const COMPACT_CHUNKS = 64;

/**
 * Chunks of this size and more, on average, wait as they are for the rest of a payload, which is then copied once. Smaller
 * ones are copied as they come, since each takes more memory than its bytes.
 */
const SMALL_CHUNK_BYTES = 1024;

/** Settings of a {@linkcode FrameDecoder}. */
export interface FrameDecoderOptions {
  /** The largest payload that is taken, in bytes; a frame that announces more is an error. Default: 16 MiB. */
  readonly maxPayload?: number;
}

/**
 * Finds the frames in a stream of chunks, however the stream was cut. Give it each chunk with {@linkcode feed}, then call
 * {@linkcode next} until it has nothing more; it is as well to stop in the middle and go on later.
 *
 * Chunks are lent for good: a payload is a view of its chunk where it lies whole in one. What is kept is the chunks not
 * yet read, those of a payload that is not complete among them, and at most one frame in part.
 *
 * @example
 * ```ts
 * const decoder = new FrameDecoder();
 * const payloads: Array<Uint8Array> = [];
 * decoder.feed(Uint8Array.of(2, 1, 0, 0, 0, 7));
 * for (let frame = decoder.next(); frame !== undefined; frame = decoder.next()) {
 *   if ("_tag" in frame) throw frame; // The stream is broken.
 *   payloads.push(frame.payload); // [7]
 * }
 * ```
 */
export class FrameDecoder {
  readonly #maxPayload: number;
  /** The chunk being read, and how far. */
  #chunk: Uint8Array = EMPTY;
  #position = 0;
  /** The memory behind it: asking the chunk takes a good part of the time that a small frame takes. */
  #memory: ArrayBufferLike = EMPTY.buffer;
  #memoryStart = 0;
  /** Chunks behind it, from `#first` on. */
  #waiting: Array<Uint8Array> = [];
  #first = 0;
  /** The header of a frame whose header or payload lies in several chunks. */
  readonly #header = new Uint8Array(FRAME_HEADER_BYTES);
  #headerFilled = 0;
  /** The payload of that frame, so far. */
  #payload: Uint8Array = EMPTY;
  #payloadFilled = 0;
  #buffered = 0;
  #failure: FrameError | undefined = undefined;

  /** A decoder at the start of a stream. */
  constructor(options: FrameDecoderOptions = {}) {
    this.#maxPayload = Math.min(options.maxPayload ?? MAX_FRAME_PAYLOAD, MAX_FRAME_PAYLOAD);
  }

  /** Bytes that were fed and are not yet in a frame that was returned. 0 after an error. */
  get buffered(): number {
    return this.#buffered;
  }

  /** Takes the next bytes of the stream. Frames not yet asked for stay. After an error it does nothing. */
  feed(chunk: Uint8Array): void {
    if (this.#failure !== undefined || chunk.length === 0) return;
    this.#buffered += chunk.length;
    if (this.#position === this.#chunk.length && this.#first === this.#waiting.length) {
      this.#read(chunk);
    } else {
      this.#waiting.push(chunk);
    }
  }

  /** The next frame; `undefined` where more bytes are needed; an error, then and ever after, where the stream is broken. */
  next(): Frame | FrameError | undefined {
    if (this.#failure !== undefined) return this.#failure;
    if (this.#headerFilled > 0) return this.#resume();
    if (!this.#hasByte()) return undefined;
    const chunk = this.#chunk;
    const start = this.#position + FRAME_HEADER_BYTES;
    if (start > chunk.length) return this.#resume();
    const opcode = chunk[start - 5]!;
    // The multiplication keeps lengths of 2^31 and more positive.
    const length = (chunk[start - 4]! | (chunk[start - 3]! << 8) | (chunk[start - 2]! << 16)) +
      chunk[start - 1]! * 0x1000000;
    if (length > this.#maxPayload || (opcode !== TEXT_OPCODE && opcode !== BINARY_OPCODE)) {
      return this.#fail(opcode, length);
    }
    const end = start + length;
    if (end > chunk.length) return this.#resume();
    this.#position = end;
    this.#buffered -= FRAME_HEADER_BYTES + length;
    return { opcode, payload: new Uint8Array(this.#memory, this.#memoryStart + start, length) };
  }

  /** A frame that lies in several chunks: its header first, then its payload, as far as they have come. */
  #resume(): Frame | FrameError | undefined {
    const header = this.#header;
    while (this.#headerFilled < FRAME_HEADER_BYTES) {
      if (!this.#hasByte()) return undefined;
      header[this.#headerFilled++] = this.#chunk[this.#position++]!;
    }
    const opcode = header[0]!;
    const length = (header[1]! | (header[2]! << 8) | (header[3]! << 16)) + header[4]! * 0x1000000;
    if (length > this.#maxPayload || (opcode !== TEXT_OPCODE && opcode !== BINARY_OPCODE)) {
      return this.#fail(opcode, length);
    }
    if (!this.#gather(length)) return undefined;
    const payload = this.#payload;
    this.#headerFilled = 0;
    this.#payload = EMPTY;
    this.#payloadFilled = 0;
    this.#buffered -= FRAME_HEADER_BYTES + length;
    return { opcode, payload };
  }

  /** Brings the payload together; false where bytes are still missing. */
  #gather(length: number): boolean {
    const waiting = this.#waiting.length - this.#first;
    if (this.#buffered - FRAME_HEADER_BYTES < length && waiting * SMALL_CHUNK_BYTES < this.#buffered) return false;
    while (this.#payloadFilled < length && this.#hasByte()) {
      const available = this.#chunk.length - this.#position;
      const missing = length - this.#payloadFilled;
      if (this.#payloadFilled === 0 && available >= missing) {
        this.#payload = new Uint8Array(this.#memory, this.#memoryStart + this.#position, length);
        this.#payloadFilled = length;
        this.#position += length;
        return true;
      }
      this.#reserve(length);
      const taken = Math.min(available, missing);
      const target = this.#payload;
      const filled = this.#payloadFilled;
      if (taken === 1) target[filled] = this.#chunk[this.#position]!;
      else target.set(this.#chunk.subarray(this.#position, this.#position + taken), filled);
      this.#payloadFilled = filled + taken;
      this.#position += taken;
    }
    return this.#payloadFilled === length;
  }

  /** Makes room for what is about to be copied: all that is there of the payload, and some of what will come. */
  #reserve(length: number): void {
    const filled = this.#payloadFilled;
    const capacity = this.#payload.length;
    if (capacity === length) return;
    // All of the payload that has arrived: where that is the whole of it, it is allocated once and exactly.
    const arrived = Math.min(this.#buffered - FRAME_HEADER_BYTES, length);
    if (capacity >= arrived) return;
    const grown = arrived === length
      ? allocateUnset(length)
      : new Uint8Array(Math.min(length, Math.max(TRUSTED_BYTES, arrived * GROWTH)));
    grown.set(this.#payload.subarray(0, filled));
    this.#payload = grown;
  }

  /** True where the chunk being read has a byte left, if need be after going on to the next one. */
  #hasByte(): boolean {
    if (this.#position < this.#chunk.length) return true;
    if (this.#first === this.#waiting.length) {
      // Lets go of a chunk that has been read to its end.
      if (this.#chunk !== EMPTY) this.#read(EMPTY);
      return false;
    }
    this.#read(this.#waiting[this.#first]!);
    this.#waiting[this.#first++] = EMPTY;
    if (this.#first === this.#waiting.length) {
      this.#waiting.length = 0;
      this.#first = 0;
    } else if (this.#first >= COMPACT_CHUNKS && this.#first * 2 >= this.#waiting.length) {
      this.#waiting.splice(0, this.#first);
      this.#first = 0;
    }
    return true;
  }

  #read(chunk: Uint8Array): void {
    this.#chunk = chunk;
    this.#position = 0;
    this.#memory = chunk.buffer;
    this.#memoryStart = chunk.byteOffset;
  }

  #fail(opcode: number, length: number): FrameError {
    const reason = length > this.#maxPayload ? "frame-too-large" : "unknown-frame-opcode";
    this.#failure = new FrameError({ reason, opcode, length, limit: this.#maxPayload });
    this.#read(EMPTY);
    this.#waiting = [];
    this.#first = 0;
    this.#payload = EMPTY;
    this.#buffered = 0;
    return this.#failure;
  }
}
