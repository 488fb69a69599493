import * as fc from "fast-check";
import { assert, describe, it } from "vitest";
import { controlEvents, dataEvents, EncodedFrames } from "../../../../adapters/sse/server/event_text.ts";
import { decodeBase64 } from "../../../../core/protocol/base64.ts";
import { encodeBinaryFrame, encodeTextFrame, FRAME_HEADER_BYTES } from "../../../../core/protocol/mod.ts";

function join(parts: ReadonlyArray<Uint8Array>): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** The bytes that events stand for, read as plainly as can be. */
function bytesOf(events: ReadonlyArray<Uint8Array>): Uint8Array {
  return join(events.map((event) => {
    const [, name, data] =
      /^event: (text|binary)\ndata: ([^\n]*)\n\n$/.exec(new TextDecoder("utf-8", { ignoreBOM: true }).decode(event)) ??
        [];
    assert.isDefined(name);
    return name === "text" ? encodeTextFrame(data!) as Uint8Array : decodeBase64(data!)!;
  }));
}

const frame = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }).map((text) => encodeTextFrame(text) as Uint8Array),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => encodeBinaryFrame(bytes) as Uint8Array),
  // A text that is none.
  fc.uint8Array({ minLength: 1, maxLength: 5 }).map((bytes) => join([Uint8Array.of(1, bytes.length, 0, 0, 0), bytes])),
);

describe("control messages as events", () => {
  it("stand for the very bytes of the frames, whatever is in them", () => {
    fc.assert(fc.property(fc.array(frame, { maxLength: 8 }), (frames) => {
      const chunk = join(frames);
      assert.deepEqual(bytesOf(controlEvents(chunk) ?? []), chunk);
    }));
  });

  it("are none where bytes are no whole frames", () => {
    const whole = encodeBinaryFrame(Uint8Array.of(1, 2, 3)) as Uint8Array;
    for (let length = 1; length < whole.length; length += 1) {
      assert.isUndefined(controlEvents(whole.subarray(0, length)));
    }
    assert.isUndefined(controlEvents(join([whole, Uint8Array.of(7)])));
    assert.isUndefined(controlEvents(Uint8Array.of(3, 0, 0, 0, 0)));
    assert.isUndefined(controlEvents(Uint8Array.of(2, 1, 0, 0, 1)));
  });

  it("gather binary frames up to 64 KiB, and one larger frame goes alone", () => {
    const of = (bytes: number) => encodeBinaryFrame(new Uint8Array(bytes)) as Uint8Array;
    assert.equal(controlEvents(join([of(10), of(10), of(10)]))?.length, 1);
    assert.equal(controlEvents(join([of(40_000), of(40_000)]))?.length, 2);
    assert.equal(controlEvents(join([of(10), of(100_000), of(10)]))?.length, 3);
  });

  it("are made once of one piece of memory, and anew of another one", () => {
    const frames = new EncodedFrames();
    const memory = join([
      encodeBinaryFrame(Uint8Array.of(1)) as Uint8Array,
      encodeBinaryFrame(Uint8Array.of(2)) as Uint8Array,
    ]);
    const size = FRAME_HEADER_BYTES + 1;
    const [first, second] = [memory.subarray(0, size), memory.subarray(size)];
    assert.strictEqual(frames.of(first), frames.of(memory.subarray(0, size)));
    assert.deepEqual(bytesOf(frames.of(second)!), Uint8Array.from(second));
    assert.deepEqual(bytesOf(frames.of(memory)!), memory);
    assert.deepEqual(bytesOf(frames.of(first.slice())!), Uint8Array.from(first));
  });
});

describe("bytes of other streams as events", () => {
  it("are cut into pieces, and are the same together", () => {
    for (const length of [0, 1, 96 * 1024, 96 * 1024 + 1, 250_000]) {
      const bytes = Uint8Array.from({ length }, (_, at) => at * 7);
      const pieces = dataEvents(5, bytes).map((event) =>
        JSON.parse(new TextDecoder().decode(event).split("data: ")[1]!) as { stream: number; op: string; data: string }
      );
      assert.equal(pieces.length, Math.ceil(length / (96 * 1024)));
      assert.isTrue(pieces.every(({ stream, op }) => stream === 5 && op === "data"));
      let at = 0;
      for (const { data } of pieces) {
        const piece = decodeBase64(data)!;
        assert.deepEqual(piece, bytes.subarray(at, at + piece.length));
        at += piece.length;
      }
      assert.equal(at, length);
    }
  });
});
