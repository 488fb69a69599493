/**
 * Whatever arrives, nothing throws, and what comes out is a message or a typed error. 200,000 inputs under Node, 10,000
 * elsewhere; `FIELDLINK_SEED` sets the seed, which a failure names together with the input.
 */
import { describe, expect, it } from "vitest";
import {
  checkProtocolVersion,
  type ClientMessage,
  decodeClientFrame,
  decodeDataTrackFrame,
  DecodeError,
  decodeServerFrame,
  encodeClientFrame,
  encodeServerFrame,
  type Frame,
  FrameDecoder,
  FrameError,
  InvalidSchemaText,
  parseDataTrackName,
  readAdvertise,
  readAdvertiseServices,
  resolveClientChannel,
  SchemaTableReader,
  type ServerMessage,
  UnsupportedProtocolVersion,
} from "../../../core/protocol/mod.ts";
import { bytesOf, hexOf, vectors } from "./support/golden.ts";
import { Random } from "./support/random.ts";
import { seed } from "./support/seed.ts";

const INPUTS = "Deno" in globalThis || "Bun" in globalThis ? 10_000 : 200_000;
const MAX_PAYLOAD = 512;

const texts = vectors.flatMap(({ text }) => text === undefined ? [] : [new TextEncoder().encode(text)]);
const binaries = vectors.flatMap(({ hex, direction }) =>
  hex === undefined || direction === "frame" ? [] : [bytesOf(hex)]
);
const streams = vectors.flatMap(({ hex, direction }) => direction === "frame" ? [bytesOf(hex!)] : []);
/** Pieces that JSON readers have stumbled over. */
const pieces = [
  ...'{}[]":,\\-+.eE0179 \n\t',
  ...["null", "true", "\\u0000", "\\ud800", "1e309", "-0", "9007199254740993", '"op":', '"id":1,', "\ufeff", "é", "\0"],
].map((piece) => new TextEncoder().encode(piece));

/** The bytes with something cut out, put in, turned over, or taken from elsewhere. */
function mutated(random: Random, bytes: Uint8Array, others: ReadonlyArray<Uint8Array>): Uint8Array {
  const at = random.below(bytes.length + 1);
  const until = Math.min(bytes.length, at + random.below(8));
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(until)];
  switch (random.below(6)) {
    case 0:
      return before;
    case 1:
      return joined(before, after);
    case 2:
      return joined(before, random.bytes(6), after);
    case 3:
      return joined(before, random.pick(pieces), after);
    case 4: {
      const other = random.pick(others);
      return joined(before, other.subarray(random.below(other.length + 1)));
    }
    default: {
      const copy = bytes.slice();
      if (copy.length > 0) copy[random.below(copy.length)]! ^= 1 << random.below(8);
      return copy;
    }
  }
}

function joined(...parts: ReadonlyArray<Uint8Array>): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function input(random: Random, from: ReadonlyArray<Uint8Array>): Uint8Array {
  if (random.below(8) === 0) return random.bytes(64);
  let bytes = random.pick(from);
  for (let times = 1 + random.below(3); times > 0; times--) bytes = mutated(random, bytes, from);
  return bytes;
}

/** Runs the check on every input; a failure names the seed and the input. */
function fuzz(
  share: number,
  from: ReadonlyArray<Uint8Array>,
  check: (bytes: Uint8Array, random: Random) => void,
): void {
  const random = new Random(seed);
  for (let index = 0; index < INPUTS * share; index++) {
    const bytes = input(random, from);
    try {
      check(bytes, random);
    } catch (error) {
      throw new Error(`FIELDLINK_SEED=${seed}, input ${index}: ${hexOf(bytes)}`, { cause: error });
    }
  }
}

function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

function isDecodeError<T>(value: T | DecodeError): value is DecodeError {
  if (!(value instanceof DecodeError)) return false;
  must(value.message.length > 0 && value.message.length < 1000, "an error message of a length that nobody reads");
  return true;
}

/** What a viewer does with what it reads. */
function useServerMessage(message: ServerMessage): void {
  const table = new SchemaTableReader();
  if (message.op === "advertise") {
    const { channels, refused } = readAdvertise(message, table);
    const all = message.channels.length + (message.mangled?.length ?? 0);
    must(channels.length + refused.length === all, "a channel got lost");
  }
  if (message.op === "advertiseServices") readAdvertiseServices(message);
  if (message.op === "advertise" && message.form === "table" && message.channels.length === 0) return;
  const again = decodeServerFrame(only(encodeServerFrame(message)));
  must("op" in again && again.op === message.op, "what was read is not read again once it is written");
}

/** What a device does with what it reads. */
function useClientMessage(message: ClientMessage): void {
  if (message.op === "advertise") {
    for (const channel of message.channels) {
      const schema = resolveClientChannel(channel);
      must(
        schema === undefined || schema instanceof InvalidSchemaText || schema.data instanceof Uint8Array,
        "no schema",
      );
    }
  }
  const again = decodeClientFrame(only(encodeClientFrame(message)));
  must("op" in again && again.op === message.op, "what was read is not read again once it is written");
}

function only(bytes: Uint8Array | Error): Frame {
  if (bytes instanceof Error) throw bytes;
  return { opcode: bytes[0] === 1 ? 1 : 2, payload: bytes.subarray(5) };
}

function checkFrame(frame: Frame): void {
  const fromServer = decodeServerFrame(frame);
  if (!isDecodeError(fromServer)) useServerMessage(fromServer);
  const fromClient = decodeClientFrame(frame);
  if (!isDecodeError(fromClient)) useClientMessage(fromClient);
}

/** Feeds the bytes in chunks of random lengths. */
function checkStream(bytes: Uint8Array, random: Random): void {
  const decoder = new FrameDecoder({ maxPayload: MAX_PAYLOAD });
  let failed = false;
  for (let at = 0; at < bytes.length;) {
    const until = at + 1 + random.below(random.below(4) === 0 ? 64 : 4);
    decoder.feed(bytes.subarray(at, until));
    at = until;
    for (let frame = decoder.next(); frame !== undefined && !failed; frame = decoder.next()) {
      failed = frame instanceof FrameError;
      if (frame instanceof FrameError) must(frame.message.length > 0, "an error without a message");
      else checkFrame(frame);
    }
    must(
      decoder.buffered < 5 + MAX_PAYLOAD && (!failed || decoder.buffered === 0),
      `${decoder.buffered} bytes are held`,
    );
  }
}

describe("fuzz", { timeout: 120_000 }, () => {
  it("text messages", () => {
    fuzz(0.4, texts, (payload) => checkFrame({ opcode: 1, payload }));
  });

  it("binary messages", () => {
    fuzz(0.3, binaries, (payload) => {
      checkFrame({ opcode: 2, payload });
      const frame = decodeDataTrackFrame(payload);
      if (!isDecodeError(frame)) must(frame.data.length <= payload.length - 8, "data from nowhere");
    });
  });

  it("streams of frames", () => {
    fuzz(0.25, streams, checkStream);
  });

  it("versions and names", () => {
    const names = ["2.3.0", "2.2.0-rc.1+b", "data-ch-7"].map((text) => new TextEncoder().encode(text));
    fuzz(0.05, names, (bytes) => {
      const text = new TextDecoder().decode(bytes);
      const version = checkProtocolVersion(text);
      must(version instanceof UnsupportedProtocolVersion || version.version === text, "another version");
      const id = parseDataTrackName(text);
      must(id === undefined || Number.isSafeInteger(id), "an id that is none");
    });
  });

  it("comes from where it says", () => {
    expect(new Random(1).bytes(8)).toEqual(new Random(1).bytes(8));
    expect(texts.length + binaries.length + streams.length).toBe(vectors.length);
  });
});
