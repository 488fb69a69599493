import { describe, expect, it } from "vitest";
import * as fc from "fast-check";
import {
  checkParameter,
  decodeClientFrame,
  decodeServerFrame,
  encodeBinaryFrame,
  encodeClientFrame,
  encodeServerFrame,
  encodeTextFrame,
  type Frame,
  FrameDecoder,
  FrameError,
  FrameTooLarge,
} from "../../../core/protocol/mod.ts";
import { clientMessages, serverMessages } from "./support/arbitrary_messages.ts";
import { hexOf } from "./support/golden.ts";
import { settings } from "./support/seed.ts";

/** The only frame in these bytes. */
function only(bytes: Uint8Array | FrameTooLarge): Frame {
  if (bytes instanceof FrameTooLarge) throw bytes;
  const decoder = new FrameDecoder();
  decoder.feed(bytes);
  const frame = decoder.next();
  if (frame === undefined || frame instanceof FrameError) throw new Error("no frame");
  expect(decoder.buffered).toBe(0);
  return frame;
}

describe("any message of a device is read as it was written", () => {
  it.each(Object.entries(serverMessages))("%s", (_, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, (message) => {
        expect(decodeServerFrame(only(encodeServerFrame(message)))).toEqual(message);
      }),
      settings(),
    );
  });
});

describe("any message of a viewer is read as it was written", () => {
  it.each(Object.entries(clientMessages))("%s", (_, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, (message) => {
        expect(decodeClientFrame(only(encodeClientFrame(message)))).toEqual(message);
      }),
      settings(),
    );
  });
});

describe("any parameter", () => {
  it("that is read as it was written passes the check", () => {
    fc.assert(
      fc.property(clientMessages["setParameters"]!, (message) => {
        if (message.op === "setParameters") expect(message.parameters.map(checkParameter).filter(Boolean)).toEqual([]);
      }),
      settings(),
    );
  });
});

describe("any stream of frames", () => {
  const frame = fc.oneof(
    fc.string({ unit: "binary", maxLength: 40 }).map((text) => encodeTextFrame(text)),
    fc.uint8Array({ maxLength: 300 }).map((bytes) => encodeBinaryFrame(bytes)),
    // Longer than what is allocated on trust.
    fc.integer({ min: 0, max: 80_000 }).map((length) => encodeBinaryFrame(new Uint8Array(length).fill(length))),
  ).map((bytes) => bytes instanceof Uint8Array ? bytes : new Uint8Array(0));
  const stream = fc.record({
    frames: fc.array(frame, { maxLength: 12 }),
    cuts: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 30 }),
    // How many frames are asked for after each chunk, before the next one.
    asked: fc.array(fc.nat({ max: 4 }), { minLength: 1, maxLength: 8 }),
  });

  it("gives the same frames however it is cut and whenever it is asked", () => {
    fc.assert(
      fc.property(stream, ({ frames, cuts, asked }) => {
        const bytes = Uint8Array.from(frames.flatMap((one) => [...one]));
        const places = [0, ...cuts.map((cut) => Math.floor(cut * bytes.length)).sort((a, b) => a - b), bytes.length];
        const decoder = new FrameDecoder();
        const read: Array<string> = [];
        const take = (most: number) => {
          for (let taken = 0; taken < most; taken++) {
            const one = decoder.next();
            if (one === undefined) return;
            if (one instanceof FrameError) throw one;
            read.push(hexOf(one.payload));
          }
        };
        for (let index = 1; index < places.length; index++) {
          decoder.feed(bytes.subarray(places[index - 1], places[index]));
          take(asked[index % asked.length]!);
        }
        take(Infinity);
        expect(read.join()).toBe(frames.map((one) => hexOf(one.subarray(5))).join());
        expect(decoder.buffered).toBe(0);
      }),
      settings(150),
    );
  });
});
