import { describe, expect, it } from "vitest";
import { LAP_SECONDS, motionAt } from "../../../cli/rover/drive.ts";
import { noise, uniform } from "../../../cli/rover/noise.ts";
import { castRay, clearance, ROOM } from "../../../cli/rover/room.ts";
import { Rover, type RoverMode, TICKS_PER_SECOND } from "../../../cli/rover/rover.ts";
import { roverSource } from "../../../cli/rover/rover_source.ts";
import { isStill, RADIUS, type Velocity } from "../../../cli/rover/vehicle.ts";
import type { MessageSource, SourceMessage } from "../../../files/source/message_source.ts";
import { collect } from "../../files/support/collect.ts";

const start = 1_700_000_000_000_000_000n;

function sourceOf(rover: Rover, seed = 1): MessageSource {
  return roverSource(rover, { start: () => start, seed });
}

async function first(seconds: number, seed = 1): Promise<Array<SourceMessage>> {
  const messages = await collect(sourceOf(new Rover(), seed).messages(), 200 * seconds);
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
    const source = sourceOf(new Rover());
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
    const { channels } = sourceOf(new Rover());
    expect(channels.map(({ encoding, schema }) => [encoding, schema?.encoding, schema?.name])).toEqual([
      ["json", "jsonschema", "foxglove.PoseInFrame"],
      ["json", "jsonschema", "sensor_msgs/Imu"],
      ["json", "jsonschema", "foxglove.LaserScan"],
      ["json", "jsonschema", "sensor_msgs/BatteryState"],
      ["json", "jsonschema", "foxglove.Log"],
      ["json", "jsonschema", "std_msgs/String"],
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

/** Steps of a second's ticks at a time. */
function run(rover: Rover, seconds: number): void {
  for (let tick = 0; tick < Math.round(seconds * TICKS_PER_SECOND); tick += 1) rover.step();
}

const AHEAD: Velocity = { linear: 0.5, angular: 0 };

describe("the rover, driven", () => {
  it("is on autopilot until the first command, and goes on from where it is", () => {
    const rover = new Rover();
    run(rover, 3);
    const { motion } = rover;
    expect(motion).toEqual(motionAt(3));
    rover.command("anna", AHEAD);
    rover.step();
    expect(Math.hypot(rover.motion.x - motion.x, rover.motion.y - motion.y)).toBeLessThan(0.02);
    expect(Math.abs(rover.motion.speed - motion.speed)).toBeLessThanOrEqual(0.04 + 1e-9);
    expect([rover.mode, rover.driver]).toEqual(["driven", "anna"]);
  });

  it("comes to the speeds that are asked for, and adds them up to a way", () => {
    const rover = new Rover();
    rover.command("anna", { linear: 0, angular: 0 });
    run(rover, 2);
    expect(isStill(rover.motion)).toBe(true);
    const from = rover.motion;
    rover.command("anna", AHEAD);
    run(rover, 2);
    // Half a second at 1 m/s² up to 0.5 m/s, then 1.5 s at that speed.
    expect(rover.motion.speed).toBeCloseTo(0.5, 9);
    expect(Math.hypot(rover.motion.x - from.x, rover.motion.y - from.y)).toBeCloseTo(0.125 + 0.75, 6);
    expect(rover.motion.heading).toBeCloseTo(from.heading, 9);
  });

  it("drives a circle of the radius that its speeds give", () => {
    const rover = new Rover();
    rover.command("anna", { linear: 0.3, angular: 0.6 });
    run(rover, 1);
    const places = Array.from({ length: 11 }, (_, index) => {
      if (index > 0) run(rover, 1);
      return rover.motion;
    });
    const turned = places.at(-1)!.heading - places[0]!.heading;
    expect(Math.cos(turned - 6)).toBeCloseTo(1, 9);
    const [across] = [places[0]!, places[5]!].map(({ x, y }, _, [one]) => Math.hypot(x - one!.x, y - one!.y)).slice(1);
    // After 3 rad on a circle of 0.5 m: the chord.
    expect(across).toBeCloseTo(2 * 0.5 * Math.sin(1.5), 3);
  });

  it("is never faster than it may be, on autopilot neither", () => {
    const rover = new Rover({ maxSpeed: 0.4 });
    const speeds: Array<number> = [];
    const places = [rover.motion];
    for (let tick = 0; tick < 10 * TICKS_PER_SECOND; tick += 1) {
      rover.step();
      speeds.push(rover.motion.speed);
      places.push(rover.motion);
    }
    expect(Math.max(...speeds)).toBeCloseTo(0.4, 12);
    const steps = places.slice(1).map(({ x, y }, index) => Math.hypot(x - places[index]!.x, y - places[index]!.y));
    expect(Math.max(...steps) * TICKS_PER_SECOND).toBeLessThan(0.41);
    rover.command("anna", { linear: -9, angular: 99 });
    run(rover, 2);
    expect([rover.motion.speed, rover.motion.turnRate]).toEqual([-0.4, 2]);
  });

  it("brakes when its driver lets go, and then stands", () => {
    const rover = new Rover();
    const modes: Array<RoverMode> = [];
    rover.onMode((mode) => modes.push(mode));
    rover.command("anna", { linear: 0.8, angular: 1 });
    run(rover, 2);
    rover.release("anna", "no command");
    const { x, y } = rover.motion;
    run(rover, 0.38);
    expect(isStill(rover.motion)).toBe(false);
    run(rover, 0.04);
    expect(isStill(rover.motion)).toBe(true);
    // v²/2a at most, since it turns.
    expect(Math.hypot(rover.motion.x - x, rover.motion.y - y)).toBeLessThan(0.161);
    const { motion } = rover;
    run(rover, 5);
    expect(rover.motion).toEqual(motion);
    expect(modes).toEqual(["driven", "stopping", "stopped"]);
  });

  it("follows whoever has commanded last, and does not stop when another lets go", () => {
    const rover = new Rover();
    rover.command("anna", AHEAD);
    rover.command("ben", AHEAD);
    rover.release("anna", "no command");
    expect([rover.mode, rover.driver]).toEqual(["driven", "ben"]);
    rover.release("ben", "no command");
    expect([rover.mode, rover.driver]).toEqual(["stopping", undefined]);
  });

  it("is back at the start and on autopilot after a reset, whoever had driven", () => {
    const rover = new Rover();
    run(rover, 5);
    rover.command("anna", AHEAD);
    run(rover, 1);
    rover.reset();
    expect([rover.mode, rover.motion]).toEqual(["autopilot", motionAt(0)]);
    rover.release("anna", "no command");
    expect(rover.mode).toBe("autopilot");
    run(rover, 3);
    expect(rover.motion).toEqual(motionAt(3));
  });

  it("does not drive through walls, whatever it is told, and gets away from them again", () => {
    for (const linear of [2, -2]) {
      for (let angular = -1; angular <= 1; angular += 0.25) {
        const rover = new Rover({ maxSpeed: 2 });
        rover.command("anna", { linear, angular });
        for (let tick = 0; tick < 20 * TICKS_PER_SECOND; tick += 1) {
          rover.step();
          expect(clearance(ROOM, rover.motion)).toBeGreaterThanOrEqual(RADIUS);
        }
        // It has turned on meanwhile: whether forwards or backwards is the way out depends on that.
        const ways = [linear, -linear].map((away) => {
          const { x, y } = rover.motion;
          rover.command("anna", { linear: away, angular: 0 });
          run(rover, 1);
          return Math.hypot(rover.motion.x - x, rover.motion.y - y);
        });
        expect(Math.max(...ways)).toBeGreaterThan(0.2);
      }
    }
  });

  it("says the same for the same commands at the same ticks", async () => {
    const driven = async (): Promise<Array<string>> => {
      const rover = new Rover();
      const said: Array<string> = [];
      for await (const message of sourceOf(rover).messages()) {
        said.push(...texts([message]));
        if (message.channelId !== 1) continue;
        if (rover.ticks === 100) rover.command("anna", { linear: 0.4, angular: 0.3 });
        if (rover.ticks === 200) rover.release("anna", "no command");
        if (rover.ticks === 300) rover.settings.lidarNoise = 0.1;
        if (rover.ticks === 400) break;
      }
      return said;
    };
    const said = await driven();
    expect(await driven()).toEqual(said);
    const lines = said.filter((text) => text.startsWith("5 ")).join();
    for (const words of ["rover is ready", "driven by anna", "no command: stopping", "standing still"]) {
      expect(lines).toContain(words);
    }
  });

  it("says no more than a bounded number of lines at a tick, and complains once a second at most", () => {
    const rover = new Rover();
    for (let index = 0; index < 100; index += 1) rover.complain("what?");
    expect(rover.takeLines().map(({ message }) => message)).toEqual([
      "rover is ready; driving figures of eight",
      "what?",
    ]);
    for (let index = 0; index < 100; index += 1) rover.command(`driver ${index}`, AHEAD);
    expect(rover.takeLines().length).toBe(16);
    run(rover, 1);
    rover.complain("what?");
    expect(rover.takeLines().length).toBe(1);
  });

  it("says what it looks like at the start, and again when it is called something else", async () => {
    const rover = new Rover({ name: 'R7 <&">' });
    const descriptions: Array<string> = [];
    for await (const { channelId, data } of sourceOf(rover).messages()) {
      if (channelId === 6) descriptions.push(new TextDecoder().decode(data));
      if (rover.ticks === 5) rover.settings.name = "Wall-E";
      if (rover.ticks === 50) break;
    }
    expect(descriptions.length).toBe(2);
    expect(descriptions[0]).toContain(String.raw`<robot name=\"R7 &lt;&amp;&quot;&gt;\">`);
    expect(descriptions[1]).toContain(String.raw`<robot name=\"Wall-E\">`);
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

describe("clearance", () => {
  it("is the way to the nearest place on a wall, be it its middle or its end", () => {
    const wall = { from: { x: 2, y: -1 }, to: { x: 2, y: 1 } };
    expect(clearance([wall], { x: 0, y: 0.5 })).toBeCloseTo(2, 12);
    expect(clearance([wall], { x: 5, y: 5 })).toBeCloseTo(5, 12);
    expect(clearance([wall, { from: { x: 0, y: 7 }, to: { x: 9, y: 7 } }], { x: 5, y: 6 })).toBeCloseTo(1, 12);
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
