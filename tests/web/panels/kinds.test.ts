import { describe, expect, it } from "vitest";
import { openSource } from "../../../files/source/open_source.ts";
import { panelsFor } from "../../../web/panels/kinds.ts";
import { RateMeter } from "../../../web/panels/rate_meter.ts";
import { bytesText, numberText, rateText, timeText } from "../../../web/panels/words.ts";
import { recording } from "../../files/support/recordings.ts";

const kindsOf = (name: string | undefined, encoding = "json") => {
  const schema = name === undefined ? undefined : { name, encoding: "jsonschema", data: new Uint8Array(0) };
  return panelsFor({ topic: "/t", encoding, schema });
};

describe("the panels of a channel", () => {
  it("follow from its schema's name, in each of its dialects, the best first", () => {
    for (
      const name of ["foxglove.RawImage", "foxglove_msgs/msg/RawImage", "sensor_msgs/msg/Image", "sensor_msgs/Image"]
    ) {
      expect(kindsOf(name)).toEqual(["image", "tree"]);
    }
    expect(kindsOf("rcl_interfaces/msg/Log")).toEqual(["log", "tree"]);
    expect(kindsOf("nav_msgs/Odometry")).toEqual(["scene", "tree", "plot"]);
    expect(kindsOf("foxglove.LaserScan")).toEqual(["scene", "tree", "plot"]);
    expect(kindsOf("sensor_msgs/Imu")).toEqual(["tree", "plot"]);
    expect(kindsOf(undefined)).toEqual(["tree", "plot"]);
  });

  it("are a tree, which says why, where messages cannot be decoded", () => {
    expect(kindsOf("foxglove.RawImage", "flatbuffer")).toEqual(["tree"]);
  });

  it("of recordings are those that show them", async () => {
    const found: Array<string> = [];
    for (const name of ["camera.mcap", "logs.mcap", "turtlesim.bag"] as const) {
      const source = await openSource(recording(name));
      for (const channel of source.channels) found.push(`${channel.topic} ${panelsFor(channel)[0]}`);
      await source.close();
    }
    expect([...new Set(found)].sort()).toEqual(expect.arrayContaining([
      "/camera_calibration tree",
      "/image/compressed image",
      "/rosout log",
      "/turtle1/pose scene",
      "mouse tree",
    ]));
  });
});

describe("words", () => {
  it("say sizes, rates, numbers and times as people read them", () => {
    expect([0, 999, 1_000, 12_345, 999_950, 3_400_000_000].map(bytesText)).toEqual([
      "0 B",
      "999 B",
      "1.0 kB",
      "12 kB",
      "1.0 MB",
      "3.4 GB",
    ]);
    expect([0.5, 9.96, 50.4].map(rateText)).toEqual(["0.5/s", "10.0/s", "50/s"]);
    expect([5, 0.123456789, 1234.5678, 1e-9, NaN].map((value) => numberText(value))).toEqual([
      "5",
      "0.12346",
      "1234.6",
      "1e-9",
      "NaN",
    ]);
    expect(timeText(1_500_000_000n)).toBe("1.500 s");
    expect(timeText(1_790_000_000_042_000_000n)).toMatch(/^\d\d:\d\d:20\.042$/);
  });
});

describe("a rate", () => {
  it("is counted over the last two seconds, however many events there are", () => {
    const meter = new RateMeter();
    for (let at = 0; at <= 3_000; at += 100) meter.note(at);
    expect(meter.perSecond(3_000)).toBeCloseTo(10.5);
    expect(meter.perSecond(10_000)).toBe(0);
    const fast = new RateMeter();
    for (let at = 0; at < 3_000; at += 1) fast.note(at);
    expect(fast.perSecond(3_000)).toBeCloseTo(1_000, -1);
  });
});
