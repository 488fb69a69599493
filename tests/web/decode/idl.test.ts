import { parse } from "@foxglove/rosmsg";
import { MessageWriter } from "@foxglove/rosmsg2-serialization";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseIdl } from "../../../web/decode/idl.ts";
import { cdrIdlReader } from "../../../web/decode/ros_decoder.ts";
import { settings } from "../../core/protocol/support/seed.ts";
import { asArrays } from "./support/ros_messages.ts";

const bar = "=".repeat(80);
/** As ROS 2 makes it of a .msg file, with all that may be in one. */
const idl = `${bar}
IDL: test_msgs/msg/Sample
// generated from rosidl_adapter/resource/msg.idl.em
#include "geometry_msgs/msg/Point.idl"

module test_msgs {
  module msg {
    typedef double double__9[9];
    typedef geometry_msgs::msg::Point geometry_msgs__msg__Point__2[2];
    module Sample_Constants {
      @verbatim (language="comment", text=
        "A constant. ""struct { ( in a text }""")
      const int32 BIG = -7;
      const string NAME = 'sample';
    };
    @verbatim (language="comment", text="A sample (of all).")
    struct Sample {
      builtin_interfaces::msg::Time stamp;
      @default (value=TRUE)
      boolean ok;
      @unit (value="m") octet raw;
      unsigned long long big;
      long long negative;
      unsigned short small;
      string<10> text;
      sequence<float> ranges;
      sequence<geometry_msgs::msg::Point, 5> points;
      double__9 matrix;
      geometry_msgs__msg__Point__2 two;
      Mode mode;
      /* at last */
      long cells[2][2];
    };
    enum Mode { @value(0) OFF, ON };
  };
};

${bar}
IDL: geometry_msgs/msg/Point
module geometry_msgs { module msg { struct Point { double x; double y; }; }; };
${bar}
IDL: builtin_interfaces/msg/Time
module builtin_interfaces { module msg { struct Time { int32 sec; uint32 nanosec; }; }; };
`;
/** The same as a .msg file. */
const msg = `time stamp
bool ok
uint8 raw
uint64 big
int64 negative
uint16 small
string<=10 text
float32[] ranges
geometry_msgs/Point[<=5] points
float64[9] matrix
geometry_msgs/Point[2] two
uint32 mode
int32[4] cells
${bar}
MSG: geometry_msgs/Point
float64 x
float64 y`;

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("definitions in IDL", () => {
  it("are read like the same definitions in ROS's own language", () => {
    const message = {
      stamp: { sec: 5, nanosec: 6 },
      ok: true,
      raw: 200,
      big: 2n ** 63n,
      negative: -5n,
      small: 65_535,
      text: "hello",
      ranges: [0.5, 1.5],
      points: [{ x: 1, y: 2 }],
      matrix: [1, 2, 3, 4, 5, 6, 7, 8, 9],
      two: [{ x: 3, y: 4 }, { x: 5, y: 6 }],
      mode: 1,
      cells: [1, 2, 3, 4],
    };
    const bytes = new MessageWriter(parse(msg, { ros2: true })).writeMessage(message);
    for (const name of ["test_msgs/msg/Sample", "test_msgs/Sample"]) {
      expect(asArrays(cdrIdlReader(name, bytesOf(idl))(bytes))).toEqual(message);
    }
  });

  it("are refused in words where they cannot be read", () => {
    const reading = (text: string) => () => cdrIdlReader("a/msg/B", bytesOf(text));
    const struct = (members: string) => `module a { module msg { struct B { ${members} }; }; };`;
    expect(reading("module a {")).toThrow("it ends in the middle of a definition");
    expect(reading(struct("c::D d;"))).toThrow("it uses the type c::D, which it does not define");
    expect(reading(struct("wstring w;"))).toThrow("it uses the type wstring");
    expect(reading(struct("sequence<sequence<long>> l;"))).toThrow("a sequence of sequences");
    expect(reading(struct("long l[x];"))).toThrow("x is no length of an array");
    expect(reading(struct("B again;"))).toThrow("contains itself");
    expect(reading("union U switch(long) {}")).toThrow('"union" is not known here');
  });

  it("take one pass, whatever is not closed in them", () => {
    const started = performance.now();
    for (const part of ["/* ", '"\\', "'\\'", "== ", "a::"]) {
      expect(() => parseIdl(part.repeat(300_000), "a/B")).toThrow(Error);
    }
    expect(performance.now() - started).toBeLessThan(10_000);
    const itself = "module a { typedef b b; struct B { b x; }; };";
    expect(() => cdrIdlReader("a/B", bytesOf(itself))).toThrow("stands for itself");
  });

  it("give definitions or an error for any text", () => {
    const words = fc.constantFrom(
      ..."module struct typedef sequence < > { } [ ] ( ) ; , @ long double a B :: \" ' 3 = enum const".split(" "),
    );
    fc.assert(
      fc.property(fc.array(words, { maxLength: 60 }), (parts) => {
        expect(() => parseIdl(parts.join(" "), "a/B")).toThrow(Error);
      }),
      settings(2_000),
    );
  });
});
