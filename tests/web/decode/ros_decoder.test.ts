import { parse } from "@foxglove/rosmsg";
import * as rosmsg2 from "@foxglove/rosmsg2-serialization";
import * as rosmsg1 from "@foxglove/rosmsg-serialization";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cdrReader, ros1Reader } from "../../../web/decode/ros_decoder.ts";
import { MAX_EMPTY_PARTS } from "../../../web/decode/limits.ts";
import { settings } from "../../core/protocol/support/seed.ts";
import { asArrays, type RosCase, rosCase } from "./support/ros_messages.ts";

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const bar = "=".repeat(80);

function ros1Bytes({ definition, message }: RosCase): Uint8Array {
  return new rosmsg1.MessageWriter(parse(definition)).writeMessage(message);
}

function cdrBytes({ definition, message }: RosCase): Uint8Array {
  return new rosmsg2.MessageWriter(parse(definition, { ros2: true })).writeMessage(message);
}

/** The bytes somewhere in a larger piece of memory, as messages of the wire are, at any alignment. */
function within(bytes: Uint8Array, before: number): Uint8Array {
  const memory = new Uint8Array(before + bytes.length + 64).fill(0x41);
  memory.set(bytes, before);
  return memory.subarray(before, before + bytes.length);
}

describe("reading ros1", () => {
  it("reads what was written, for any definition, wherever the bytes lie", () => {
    fc.assert(
      fc.property(rosCase(1), fc.nat({ max: 8 }), (one, before) => {
        const read = ros1Reader(bytesOf(one.definition));
        expect(asArrays(read(within(ros1Bytes(one), before)))).toEqual(one.message);
      }),
      settings(),
    );
  });

  it("refuses a message that ends too early, wherever it ends", () => {
    fc.assert(
      fc.property(rosCase(1), fc.double({ min: 0, max: 0.999, noNaN: true }), (one, share) => {
        const bytes = ros1Bytes(one);
        const read = ros1Reader(bytesOf(one.definition));
        const cut = within(bytes.subarray(0, Math.floor(bytes.length * share)), 0);
        if (bytes.length > 0) expect(() => read(cut)).toThrow(/it ends at byte|cannot be in/);
      }),
      settings(),
    );
  });

  it("refuses an array whose length cannot be, before anything is made for it", () => {
    const huge = new Uint8Array([0xff, 0xff, 0xff, 0xff, 1, 2, 3]);
    for (const type of ["uint8", "float64", "string", "time", "test_msgs/Point"]) {
      const read = ros1Reader(bytesOf(`${type}[] many\n${bar}\nMSG: test_msgs/Point\nfloat64 x`));
      expect(() => read(huge), type).toThrow(/4294967295 parts of \d bytes or more cannot be in the 3 bytes/);
    }
    expect(() => ros1Reader(bytesOf("string text"))(huge)).toThrow(/it ends at byte 7/);
    expect(() => ros1Reader(bytesOf("float64[1000000000] many"))(huge)).toThrow(/cannot be in the 7 bytes/);
  });

  it("bounds parts that take no bytes", () => {
    const empty = `${bar}\nMSG: test_msgs/Empty\nint32 NOTHING=1`;
    const many = ros1Reader(bytesOf(`test_msgs/Empty[] many\n${empty}`));
    expect(many(new Uint8Array([3, 0, 0, 0]))).toEqual({ many: [{}, {}, {}] });
    const message = `it has more than ${MAX_EMPTY_PARTS} parts without any bytes`;
    expect(() => many(new Uint8Array([0xff, 0xff, 0xff, 0x7f]))).toThrow(message);
    const levels = Array.from({ length: 40 }, (_, level) => {
      return `${bar}\nMSG: test_msgs/L${level}\ntest_msgs/L${level + 1} a\ntest_msgs/L${level + 1} b`;
    });
    const laughs = `test_msgs/L0 a\n${levels.join("\n")}\n${bar}\nMSG: test_msgs/L40\nint32 NOTHING=1`;
    expect(() => ros1Reader(bytesOf(laughs))(new Uint8Array(0))).toThrow(message);
  });

  it("refuses definitions that contain themselves, lack a type or are none", () => {
    const itself = `test_msgs/A a\n${bar}\nMSG: test_msgs/A\ntest_msgs/B b\n${bar}\nMSG: test_msgs/B\ntest_msgs/A[] a`;
    expect(() => ros1Reader(bytesOf(itself))).toThrow("the type test_msgs/A contains itself");
    expect(() => ros1Reader(bytesOf("other_msgs/Gone gone"))).toThrow(/other_msgs\/Gone/);
    expect(() => ros1Reader(bytesOf("this is (no) definition!"))).toThrow();
    expect(() => ros1Reader(new Uint8Array([0xff, 0xfe, 0xff]))).toThrow();
  });
});

describe("a definition", () => {
  it("may have so many types and characters, and no more: its parser is slow", () => {
    const types = Array.from({ length: 5_000 }, (_, index) => `  ==\nMSG: a/B${index}\nfloat64 x`).join("\n");
    for (const reader of [ros1Reader, cdrReader]) {
      expect(() => reader(bytesOf(`a/B0 b\n${types}`))).toThrow("it defines more than 1000 types");
      expect(() => reader(bytesOf(`float64 x # ${"a comment ".repeat(60_000)}`))).toThrow(
        /more than 524288 characters/,
      );
    }
  });
});

describe("reading cdr", () => {
  it("reads what was written, for any definition, wherever the bytes lie", () => {
    fc.assert(
      fc.property(rosCase(2), fc.nat({ max: 8 }), (one, before) => {
        const read = cdrReader(bytesOf(one.definition));
        expect(asArrays(read(within(cdrBytes(one), before)))).toEqual(one.message);
      }),
      settings(),
    );
  });

  it("reads what the usual reader reads, in either byte order", () => {
    const definition = "uint8 a\nfloat64[] many\nstring text\nint16[] few\nint64[2] two";
    const read = cdrReader(bytesOf(definition));
    const expected = { a: 1, many: [1.5, -2], text: "grüße", few: [1, -2], two: [5n, -6n] };
    // The most significant byte first.
    const big = new DataView(new ArrayBuffer(96));
    big.setUint8(4, 1);
    big.setUint32(8, 2);
    big.setFloat64(12, 1.5);
    big.setFloat64(20, -2);
    const text = bytesOf("grüße\0");
    big.setUint32(28, text.length);
    new Uint8Array(big.buffer).set(text, 32);
    big.setUint32(40, 2);
    big.setInt16(44, 1);
    big.setInt16(46, -2);
    big.setBigInt64(52, 5n);
    big.setBigInt64(60, -6n);
    const bytes = new Uint8Array(big.buffer, 0, 68);
    const usual = new rosmsg2.MessageReader(parse(definition, { ros2: true })).readMessage(bytes);
    expect(asArrays(read(bytes))).toEqual(asArrays(usual));
    expect(asArrays(read(bytes))).toEqual(expected);
  });

  it("reads a message without fields as the byte that ROS 2 puts there", () => {
    const definition = `test_msgs/Empty nothing\nuint8 last\n${bar}\nMSG: test_msgs/Empty\nint32 NOTHING=1`;
    expect(cdrReader(bytesOf(definition))(new Uint8Array([0, 1, 0, 0, 0, 9]))).toEqual({ nothing: {}, last: 9 });
  });

  it("refuses a message that ends too early, and forms that it does not know", () => {
    fc.assert(
      fc.property(rosCase(2), fc.double({ min: 0, max: 0.999, noNaN: true }), (one, share) => {
        const bytes = cdrBytes(one);
        const cut = within(bytes.subarray(0, Math.floor(bytes.length * share)), 3);
        expect(() => cdrReader(bytesOf(one.definition))(cut)).toThrow(/it ends at byte|cannot be in|too short/);
      }),
      settings(),
    );
    expect(() => cdrReader(bytesOf("uint8 a"))(new Uint8Array([0, 3, 0, 0, 1]))).toThrow("(0x03)");
    expect(() => cdrReader(bytesOf("wstring a"))).toThrow("it uses the type wstring");
  });
});

describe("hostile bytes", () => {
  it("give a value or an error that says what is wrong, and nothing else", () => {
    const definition =
      `string[] names\ntest_msgs/P[] points\nuint8[] data\ntime at\n${bar}\nMSG: test_msgs/P\nfloat64[] x\nbool b`;
    const readers = [ros1Reader(bytesOf(definition)), cdrReader(bytesOf(definition))];
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, isSmall) => {
        // Small numbers, so that lengths are often possible.
        if (isSmall) { for (let at = 0; at < bytes.length; at += 1) bytes[at]! &= at % 4 === 0 ? 7 : 0; }
        for (const read of readers) {
          try {
            read(bytes);
          } catch (error) {
            expect(String(error)).toMatch(/it ends at byte|cannot be in|too short|its header names/);
          }
        }
      }),
      settings(2_000),
    );
  });
});
