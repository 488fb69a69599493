/**
 * The frame decoder against a plain copy of the same bytes, and against length-prefix decoders from npm. Each gets the
 * same messages, framed its own way, in chunks of 64 KiB.
 */
import { decode as decodeLengthPrefixed, encode as encodeLengthPrefixed } from "it-length-prefixed";
import { decode as lengthPrefixedStream } from "length-prefixed-stream";
import { encodeBinaryFrame, FrameDecoder, FrameError } from "../core/protocol/mod.ts";
import { check, checkCount } from "./support/check.ts";
import { type Case, compare } from "./support/measure.ts";
import { figure, perSecond, Report, time, times } from "./support/report.ts";

const CHUNK_BYTES = 64 * 1024;
const TOTAL_BYTES = 8 * 1024 * 1024;

/** What a decoder has found; the first byte of each message is looked at, and shows which one it is. */
class Tally {
  messages = 0;
  bytes = 0;
  isInOrder = true;

  add(first: number | undefined, length: number): void {
    this.isInOrder &&= first === (this.messages & 0xff);
    this.messages += 1;
    this.bytes += length;
  }
}

/** Messages that were framed, joined and cut. */
interface Input {
  readonly chunks: ReadonlyArray<Uint8Array>;
  readonly messages: number;
  readonly bytes: number;
}

function frameOf(payload: Uint8Array): Uint8Array {
  const frame = encodeBinaryFrame(payload);
  check(frame instanceof Uint8Array, "a message does not fit into a frame");
  return frame;
}

function prefixed(payload: Uint8Array): Uint8Array {
  return encodeLengthPrefixed.single(payload).subarray();
}

function input(size: number, encode: (payload: Uint8Array) => Uint8Array): Input {
  const messages = Math.ceil(TOTAL_BYTES / size);
  const framed = Array.from({ length: messages }, (_, index) => encode(new Uint8Array(size).fill(index & 0xff)));
  const joined = Buffer.concat(framed);
  const chunks: Array<Uint8Array> = [];
  for (let from = 0; from < joined.length; from += CHUNK_BYTES) {
    // Each chunk has memory of its own, as those have that come from a network; all decoders take a Buffer.
    const part = joined.subarray(from, from + CHUNK_BYTES);
    chunks.push(Buffer.from(new Uint8Array(part).buffer));
  }
  return { chunks, messages, bytes: messages * size };
}

function checked({ messages, bytes }: Input, tally: Tally): void {
  checkCount("messages", tally.messages, messages);
  checkCount("bytes of messages", tally.bytes, bytes);
  check(tally.isInOrder, "messages are out of order or have other bytes");
}

function ours(given: Input): void {
  const tally = new Tally();
  const decoder = new FrameDecoder();
  for (const chunk of given.chunks) {
    decoder.feed(chunk);
    for (let frame = decoder.next(); frame !== undefined; frame = decoder.next()) {
      check(!(frame instanceof FrameError), "a frame cannot be read");
      tally.add(frame.payload[0], frame.payload.length);
    }
  }
  checked(given, tally);
}

function copy(given: Input, target: Uint8Array): void {
  let offset = 0;
  for (const chunk of given.chunks) {
    target.set(chunk, offset);
    offset += chunk.length;
  }
}

function nodeStream(given: Input): Promise<void> {
  return new Promise((resolve, reject) => {
    const tally = new Tally();
    const decoder = lengthPrefixedStream();
    decoder.on("data", (message: Uint8Array) => tally.add(message[0], message.length));
    decoder.on("error", reject);
    decoder.on("end", () => {
      checked(given, tally);
      resolve();
    });
    for (const chunk of given.chunks) decoder.write(chunk);
    decoder.end();
  });
}

/** Its messages are lists of pieces; `isJoined`: made into one piece each, which is what a reader of bytes needs. */
function iterable(given: Input, isJoined: boolean): void {
  const tally = new Tally();
  for (const message of decodeLengthPrefixed(given.chunks)) {
    if (!isJoined) {
      tally.add(message.get(0), message.byteLength);
      continue;
    }
    const bytes = message.subarray();
    tally.add(bytes[0], bytes.length);
  }
  checked(given, tally);
}

interface Size {
  readonly name: string;
  readonly bytes: number;
}

async function measureSize(report: Report, { name, bytes }: Size): Promise<void> {
  const frames = input(bytes, frameOf);
  const others = input(bytes, prefixed);
  const target = new Uint8Array(frames.chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  const cases = {
    copy: { name: "memcpy: `Uint8Array.set` of the chunks", run: () => copy(frames, target) },
    ours: { name: "`FrameDecoder`", run: () => ours(frames) },
    nodeStream: { name: "length-prefixed-stream", run: () => nodeStream(others) },
    joined: { name: "it-length-prefixed, each message as bytes", run: () => iterable(others, true) },
    lists: { name: "it-length-prefixed, each message as a list of pieces", run: () => iterable(others, false) },
  };
  const { messages } = frames;
  const timed = (key: keyof typeof cases): Case => ({ ...cases[key], operations: messages });
  const timings = await compare({
    copy: timed("copy"),
    ours: timed("ours"),
    nodeStream: timed("nodeStream"),
    joined: timed("joined"),
    lists: timed("lists"),
  }, { turnMs: 60 });
  const keys = Object.keys(cases) as Array<keyof typeof cases>;
  report.table([
    `${figure(messages)} messages of ${name}`,
    "time a message",
    "messages",
    "MiB/s",
    "`FrameDecoder` against it",
  ], [
    ...keys.map((key) => {
      const { median } = timings[key];
      const speed = bytes / (1024 * 1024) / (median / 1e9);
      return [cases[key].name, time(median), perSecond(median), figure(speed), times(median / timings.ours.median)];
    }),
  ]);
  for (const key of ["nodeStream", "joined"] as const) {
    const ratio = timings[key].median / timings.ours.median;
    report.target(`${name}: ahead of ${cases[key].name}`, times(ratio), ratio > 1);
  }
}

const report = new Report("Decoding frames");
await measureSize(report, { name: "100 B", bytes: 100 });
await measureSize(report, { name: "64 KiB", bytes: 64 * 1024 });
// With what goes ahead of a message's own bytes; no such payload lies whole in a chunk.
await measureSize(report, { name: "64 KiB and 17 B", bytes: 64 * 1024 + 17 });
report.print();
