import { describe, expect, it, vi } from "vitest";
import {
  encodeBinaryFrame,
  encodeTextFrame,
  type Frame,
  FrameDecoder,
  FrameError,
  FrameTooLarge,
  MAX_FRAME_PAYLOAD,
} from "../../../core/protocol/mod.ts";

function frame(payload: string): Uint8Array {
  const frame = encodeTextFrame(payload);
  if (!(frame instanceof Uint8Array)) throw frame;
  return frame;
}

function joined(...parts: ReadonlyArray<Uint8Array>): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function header(opcode: number, length: number): Uint8Array {
  const bytes = new Uint8Array(5);
  bytes[0] = opcode;
  new DataView(bytes.buffer).setUint32(1, length, true);
  return bytes;
}

/** The next frame, which must be there. */
function next(decoder: FrameDecoder): Frame {
  const frame = decoder.next();
  if (frame === undefined || frame instanceof FrameError) return expect.unreachable(frame?.message ?? "no frame");
  return frame;
}

function text(decoder: FrameDecoder): string {
  return new TextDecoder().decode(next(decoder).payload);
}

describe("FrameDecoder", () => {
  it("gives the frames of one chunk one by one, and more bytes may come in between", () => {
    const decoder = new FrameDecoder();
    decoder.feed(joined(frame("one"), frame("two")));
    expect(text(decoder)).toBe("one");
    decoder.feed(joined(frame("three"), frame("four")));
    expect([text(decoder), text(decoder), text(decoder)]).toEqual(["two", "three", "four"]);
    expect(decoder.next()).toBeUndefined();
    expect(decoder.buffered).toBe(0);
  });

  it("does not copy a payload that lies whole in a chunk", () => {
    const chunk = joined(frame("one"), frame("two")).subarray(0);
    const decoder = new FrameDecoder();
    decoder.feed(chunk.subarray(0, 7));
    decoder.feed(chunk.subarray(7));
    expect(text(decoder)).toBe("one");
    expect(next(decoder).payload.buffer).toBe(chunk.buffer);
    // A header in the chunk before does not matter.
    const halves = new FrameDecoder();
    halves.feed(chunk.subarray(0, 5));
    halves.feed(chunk.subarray(5));
    expect(next(halves).payload.buffer).toBe(chunk.buffer);
  });

  it("reads views that do not start at the start of their memory", () => {
    const memory = joined(Uint8Array.of(9, 9, 9), frame("one"), Uint8Array.of(9));
    const decoder = new FrameDecoder();
    decoder.feed(memory.subarray(3, memory.length - 1));
    expect(text(decoder)).toBe("one");
    expect(decoder.next()).toBeUndefined();
  });

  it("passes on frames without a payload", () => {
    const decoder = new FrameDecoder();
    decoder.feed(joined(header(1, 0), header(2, 0)));
    expect(next(decoder)).toEqual({ opcode: 1, payload: new Uint8Array(0) });
    decoder.feed(header(1, 0).subarray(0, 3));
    expect(next(decoder)).toEqual({ opcode: 2, payload: new Uint8Array(0) });
    expect(decoder.next()).toBeUndefined();
    decoder.feed(header(1, 0).subarray(3));
    expect(next(decoder)).toEqual({ opcode: 1, payload: new Uint8Array(0) });
  });

  it("takes no notice of empty chunks", () => {
    const decoder = new FrameDecoder();
    decoder.feed(new Uint8Array(0));
    expect(decoder.next()).toBeUndefined();
    decoder.feed(frame("one"));
    decoder.feed(new Uint8Array(0));
    expect(text(decoder)).toBe("one");
  });

  it("counts what it holds", () => {
    const decoder = new FrameDecoder();
    const bytes = joined(frame("one"), frame("two"));
    decoder.feed(bytes.subarray(0, 10));
    expect(decoder.buffered).toBe(10);
    text(decoder);
    expect(decoder.buffered).toBe(2);
    expect(decoder.next()).toBeUndefined();
    expect(decoder.buffered).toBe(2);
    decoder.feed(bytes.subarray(10));
    text(decoder);
    expect(decoder.buffered).toBe(0);
  });

  it("refuses a length over 16 MiB from the header alone, and takes exactly 16 MiB", () => {
    const decoder = new FrameDecoder();
    decoder.feed(header(2, MAX_FRAME_PAYLOAD + 1));
    expect(decoder.next()).toMatchObject({ reason: "frame-too-large", length: MAX_FRAME_PAYLOAD + 1 });
    const largest = new FrameDecoder();
    largest.feed(header(2, MAX_FRAME_PAYLOAD));
    expect(largest.next()).toBeUndefined();
    for (let part = 0; part < 256; part++) {
      expect(largest.next()).toBeUndefined();
      largest.feed(new Uint8Array(65536).fill(part));
    }
    const { payload } = next(largest);
    expect(payload.length).toBe(MAX_FRAME_PAYLOAD);
    expect([payload[0], payload[65536], payload[MAX_FRAME_PAYLOAD - 1]]).toEqual([0, 1, 255]);
  });

  it("sets memory aside for what has arrived, not for what a header promises", () => {
    const sizes: Array<number> = [];
    const counting = class extends Uint8Array<ArrayBuffer> {
      constructor(...args: ConstructorParameters<typeof Uint8Array<ArrayBuffer>>) {
        super(...args);
        if (typeof args[0] === "number") sizes.push(args[0]);
      }
    };
    const decoder = new FrameDecoder();
    decoder.feed(header(2, MAX_FRAME_PAYLOAD));
    const chunks = Array.from({ length: 1000 }, () => Uint8Array.of(1));
    vi.stubGlobal("Uint8Array", counting);
    try {
      for (const chunk of chunks) {
        decoder.feed(chunk);
        decoder.next();
      }
    } finally {
      vi.unstubAllGlobals();
    }
    expect(sizes.length).toBeGreaterThan(0);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(256 * 1024);
  });

  it("refuses lengths whose sign bit is set", () => {
    const decoder = new FrameDecoder();
    decoder.feed(header(1, 0xffffffff));
    expect(decoder.next()).toMatchObject({ reason: "frame-too-large", length: 0xffffffff });
  });

  it("takes a smaller bound", () => {
    const decoder = new FrameDecoder({ maxPayload: 3 });
    decoder.feed(joined(frame("one"), frame("four")));
    expect(text(decoder)).toBe("one");
    expect(decoder.next()).toMatchObject({ reason: "frame-too-large", length: 4, limit: 3 });
  });

  it("stays broken after an error, and holds nothing any more", () => {
    const decoder = new FrameDecoder();
    decoder.feed(joined(frame("one"), header(7, 1), Uint8Array.of(0), frame("two")));
    expect(text(decoder)).toBe("one");
    const error = decoder.next();
    expect(error).toMatchObject({ _tag: "FrameError", reason: "unknown-frame-opcode", opcode: 7 });
    decoder.feed(frame("three"));
    expect(decoder.next()).toBe(error);
    expect(decoder.buffered).toBe(0);
  });

  it("gathers a payload of many small chunks, whether it is asked in between or not", () => {
    const payload = Uint8Array.from({ length: 600_000 }, (_, index) => index % 251);
    const bytes = joined(header(2, payload.length), payload);
    for (const asked of [true, false]) {
      const decoder = new FrameDecoder();
      for (let at = 0; at < bytes.length; at++) {
        decoder.feed(bytes.subarray(at, at + 1));
        if (asked && at < bytes.length - 1 && decoder.next() !== undefined) expect.unreachable(`a frame at ${at}`);
      }
      // Compared as text: matchers take seconds over so many elements.
      expect(String(next(decoder).payload) === String(payload)).toBe(true);
      expect(decoder.buffered).toBe(0);
    }
  });
});

describe("encoding frames", () => {
  it("counts bytes, not characters", () => {
    expect(frame("é")).toEqual(Uint8Array.of(1, 2, 0, 0, 0, 0xc3, 0xa9));
    expect(encodeBinaryFrame(Uint8Array.of(5))).toEqual(Uint8Array.of(2, 1, 0, 0, 0, 5));
  });

  it("refuses a payload over 16 MiB, and takes exactly 16 MiB", () => {
    const largest = encodeBinaryFrame(new Uint8Array(MAX_FRAME_PAYLOAD));
    expect(largest).toBeInstanceOf(Uint8Array);
    const tooLarge = encodeBinaryFrame(new Uint8Array(MAX_FRAME_PAYLOAD + 1));
    expect(tooLarge).toBeInstanceOf(FrameTooLarge);
    expect(tooLarge).toMatchObject({ bytes: MAX_FRAME_PAYLOAD + 1, limit: MAX_FRAME_PAYLOAD });
    expect(encodeTextFrame("é".repeat(MAX_FRAME_PAYLOAD / 2 + 1))).toMatchObject({ bytes: MAX_FRAME_PAYLOAD + 2 });
  });
});
