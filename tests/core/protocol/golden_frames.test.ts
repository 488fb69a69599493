/**
 * The frame streams of the reference implementation: the same frames, however the stream is cut, and the same end.
 */
import { describe, expect, it } from "vitest";
import {
  decodeClientFrame,
  DecodeError,
  encodeClientFrame,
  encodeServerFrame,
  FrameDecoder,
  FrameError,
} from "../../../core/protocol/mod.ts";
import { bytesOf, type Fields, framesOf, type GoldenFrame, hexOf, type Vector, vectors } from "./support/golden.ts";
import { clientMessageOf, serverMessageOf } from "./support/golden_messages.ts";

interface Stream {
  readonly frames: ReadonlyArray<{ readonly opcode: number; readonly payload: string }>;
  readonly end: string;
}

/** Reads a stream that arrives in these chunks, the way a session does. */
function readStream(chunks: ReadonlyArray<Uint8Array>): Stream {
  const decoder = new FrameDecoder();
  const frames: Array<{ readonly opcode: number; readonly payload: string }> = [];
  for (const chunk of chunks) {
    decoder.feed(chunk);
    for (let frame = decoder.next(); frame !== undefined; frame = decoder.next()) {
      if (frame instanceof FrameError) return { frames, end: frame.reason };
      frames.push({ opcode: frame.opcode, payload: hexOf(frame.payload) });
    }
  }
  return { frames, end: decoder.buffered === 0 ? "end" : "truncated" };
}

/** The frames as golden fields list them; one whose opcode is unknown is an error here, and no frame. */
function expectedFrames(frames: ReadonlyArray<GoldenFrame>): Stream["frames"] {
  return frames.filter(({ opcode }) => opcode === 1 || opcode === 2).map(({ opcode, payload }) => ({
    opcode,
    payload,
  }));
}

function expected(vector: Vector): Stream {
  const frames = expectedFrames(framesOf(vector.decoded ?? vector.encode!));
  return { frames, end: vector.decodes ? "end" : vector.error! };
}

const streams = vectors.filter(({ direction }) => direction === "frame");

describe("golden frame streams", () => {
  it.each(streams)("$name is read whole", (vector) => {
    expect(readStream([bytesOf(vector.hex!)])).toEqual(expected(vector));
  });

  it.each(streams)("$name is read cut in two at every place", (vector) => {
    const bytes = bytesOf(vector.hex!);
    for (let at = 0; at <= bytes.length; at++) {
      expect(readStream([bytes.subarray(0, at), bytes.subarray(at)]), `cut at ${at}`).toEqual(expected(vector));
    }
  });

  it.each(streams)("$name is read byte by byte", (vector) => {
    const bytes = bytesOf(vector.hex!);
    expect(readStream(Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(expected(vector));
  });

  it.each(streams.filter(({ roundTrips }) => roundTrips))("$name is written the same", (vector) => {
    const frames = framesOf(vector.encode!).map(({ message, messageDirection }) => {
      const fields = message as Fields;
      const frame = messageDirection === "device_to_viewer"
        ? encodeServerFrame(serverMessageOf(fields))
        : encodeClientFrame(clientMessageOf(fields));
      return frame instanceof Uint8Array ? hexOf(frame) : frame.message;
    });
    expect(frames.join("")).toBe(vector.hex);
  });

  it.each(streams.filter(({ prefixes }) => prefixes !== undefined))(
    "$name ends like the reference's when cut",
    (vector) => {
      const bytes = bytesOf(vector.hex!);
      for (let length = 0; length < bytes.length; length++) {
        const end = vector.prefixes!.findLast(([from]) => from <= length)![1];
        expect(readStream([bytes.subarray(0, length)]).end, `the first ${length} bytes`).toBe(end);
      }
    },
  );

  it("a message that cannot be read does not end its stream", () => {
    const vector = streams.find(({ name }) => name === "frame-text-bad-utf8-goes-on")!;
    const read = readStream([bytesOf(vector.hex!)]).frames.map(({ opcode, payload }) =>
      decodeClientFrame({ opcode: opcode === 1 ? 1 : 2, payload: bytesOf(payload) })
    );
    expect(read.map((message) => message instanceof DecodeError ? message.reason : "parsed")).toEqual(
      framesOf(vector.decoded!).map(({ message }) => message),
    );
  });
});
