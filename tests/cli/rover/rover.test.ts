import { describe, expect, it } from "vitest";
import { LAP_SECONDS, motionAt } from "../../../cli/rover/drive.ts";
import { noise, uniform } from "../../../cli/rover/noise.ts";
import { castRay, ROOM } from "../../../cli/rover/room.ts";
import { roverSource } from "../../../cli/rover/rover_source.ts";
import type { SourceMessage } from "../../../files/source/message_source.ts";
import { collect } from "../../files/support/collect.ts";

const start = 1_700_000_000_000_000_000n;

async function first(seconds: number, seed = 1): Promise<Array<SourceMessage>> {
  const messages = await collect(roverSource({ start, seed }).messages(), 200 * seconds);
  return messages.filter(({ logTime }) => logTime < start + BigInt(seconds) * 1_000_000_000n);
}

function texts(messages: ReadonlyArray<SourceMessage>): Array<string> {
  return messages.map(({ channelId, logTime, data }) => `${channelId} ${logTime} ${new TextDecoder().decode(data)}`);
}

describe("the rover", () => {
  it("says the same for the same seed and start, and something else for another seed", async () => {
    const one = texts(await first(2));
    expect(texts(await first(2))).toEqual(one);
    expect(texts(await first(2, 2))).not.toEqual(one);
  });

  it("sends pose and IMU at 50 Hz, the scan at 10 Hz, the battery at 1 Hz, in the order of time", async () => {
    const source = roverSource({ start });
    const topics = new Map(source.channels.map(({ id, topic }) => [id, topic]));
    const counts: Record<string, number> = {};
    const messages = await first(10);
    for (const { channelId } of messages) counts[topics.get(channelId)!] = (counts[topics.get(channelId)!] ?? 0) + 1;
    expect(counts).toMatchObject({ "/rover/pose": 500, "/rover/imu": 500, "/rover/scan": 100, "/rover/battery": 10 });
    expect(counts["/rover/log"]).toBeGreaterThan(0);
    expect(messages.every(({ logTime }, index) => index === 0 || messages[index - 1]!.logTime <= logTime)).toBe(true);
    expect(messages[0]?.logTime).toBe(start);
  });

  it("declares a JSON schema for each channel, with every field that its messages have", async () => {
    const { channels } = roverSource({ start });
    expect(channels.map(({ encoding, schema }) => [encoding, schema?.encoding, schema?.name])).toEqual([
      ["json", "jsonschema", "foxglove.PoseInFrame"],
      ["json", "jsonschema", "sensor_msgs/Imu"],
      ["json", "jsonschema", "foxglove.LaserScan"],
      ["json", "jsonschema", "sensor_msgs/BatteryState"],
      ["json", "jsonschema", "foxglove.Log"],
    ]);
    const messages = await first(1);
    for (const { id, schema } of channels) {
      const declared: unknown = JSON.parse(new TextDecoder().decode(schema?.data));
      const message = messages.find(({ channelId }) => channelId === id);
      const sent: unknown = JSON.parse(new TextDecoder().decode(message?.data));
      expect(Object.keys(sent ?? {})).toEqual(Object.keys(Object(declared).properties));
    }
  });

  it("drives a closed loop, smoothly, and never near a wall", () => {
    expect(motionAt(LAP_SECONDS)).toEqual(motionAt(0));
    for (let seconds = 0; seconds < LAP_SECONDS; seconds += 0.1) {
      const here = motionAt(seconds);
      const soon = motionAt(seconds + 0.001);
      expect(soon.x).toBeCloseTo(here.x + 0.001 * here.speed * Math.cos(here.heading), 5);
      expect(soon.y).toBeCloseTo(here.y + 0.001 * here.speed * Math.sin(here.heading), 5);
      expect(Math.sin(soon.heading - here.heading)).toBeCloseTo(0.001 * here.turnRate, 5);
      expect(soon.speed).toBeCloseTo(here.speed + 0.001 * here.acceleration, 5);
      for (let angle = 0; angle < 2 * Math.PI; angle += 0.1) expect(castRay(ROOM, here, angle, 8)).toBeGreaterThan(0.4);
    }
  });
});

describe("castRay", () => {
  it("measures to the nearest wall ahead, and no farther than the range", () => {
    const wall = { from: { x: 2, y: -1 }, to: { x: 2, y: 1 } };
    const behind = { from: { x: 3, y: -1 }, to: { x: 3, y: 1 } };
    const origin = { x: 0, y: 0 };
    expect(castRay([behind, wall], origin, 0, 8)).toBeCloseTo(2, 12);
    expect(castRay([wall], origin, Math.PI / 6, 8)).toBe(8);
    expect(castRay([wall], { x: 0, y: 0.5 }, Math.atan2(0.25, 2), 8)).toBeCloseTo(Math.hypot(2, 0.25), 12);
    expect(castRay([wall], origin, Math.PI, 8)).toBe(8);
    expect(castRay([wall], origin, 0, 1.5)).toBe(1.5);
  });
});

describe("noise", () => {
  it("depends on nothing but its arguments, and spreads as asked", () => {
    expect(uniform(1, 2, 3)).toBe(uniform(1, 2, 3));
    const values = Array.from({ length: 4000 }, (_, index) => noise(5, 1, index, 2));
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
    expect(Math.abs(mean)).toBeLessThan(0.1);
    expect(Math.abs(deviation - 2)).toBeLessThan(0.1);
    expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(7);
  });
});
