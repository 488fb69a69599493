/**
 * What the rover's sensors say: one pure function each, of the seed, the time, the number of the reading and the
 * rover's motion.
 */
import type { Motion } from "./drive.ts";
import { noise } from "./noise.ts";
import { castRay, ROOM } from "./room.ts";
import { type RoverLine, TICKS_PER_SECOND } from "./rover.ts";

/** One reading to be made. */
export interface Reading {
  /** What the noise comes from. */
  readonly seed: number;
  /** Since the rover's start. */
  readonly seconds: number;
  /** The reading's time, in ns since the Unix epoch. */
  readonly time: bigint;
  /** Counts the ticks since the start. */
  readonly tick: number;
  /** How the rover moves at that time. */
  readonly motion: Motion;
  /** The standard deviation of what the lidar measures, in m. */
  readonly lidarNoise: number;
  /** What the rover's parts have to say. */
  readonly lines: ReadonlyArray<RoverLine>;
}

/** A time as Foxglove's JSON messages write it. */
export interface Timestamp {
  readonly sec: number;
  readonly nsec: number;
}

interface Pose {
  readonly position: { readonly x: number; readonly y: number; readonly z: number };
  readonly orientation: { readonly x: number; readonly y: number; readonly z: number; readonly w: number };
}

/** What the battery has left over a run, in shares of its capacity, and how long it takes to get there. */
const FULL = 0.97;
const LOW = 0.2;
const RUN_SECONDS = 2 * 60 * 60;

const GRAVITY = 9.80665;
const BEAMS = 360;
const LIDAR_RANGE = 8;
const NEAR_WALL = 0.9;
/** Foxglove's numbers for them. */
const LEVELS = { info: 2, warning: 3 } as const;
const stream = { poseX: 0, poseY: 1, heading: 2, turn: 3, forward: 4, left: 5, up: 6, lidar: 7, volts: 8 } as const;

/** A `foxglove.PoseInFrame`: where the rover believes it is, to within a centimetre. */
export function pose({ seed, time, tick, motion }: Reading): unknown {
  return {
    timestamp: timestamp(time),
    frame_id: "map",
    pose: poseOf({
      ...motion,
      x: motion.x + noise(seed, stream.poseX, tick, 0.005),
      y: motion.y + noise(seed, stream.poseY, tick, 0.005),
      heading: motion.heading + noise(seed, stream.heading, tick, 0.002),
    }),
  };
}

/** A `sensor_msgs/Imu`: rad/s and m/s², gravity included. */
export function imu({ seed, time, tick, motion }: Reading): unknown {
  const { orientation } = poseOf(motion);
  return {
    header: { stamp: timestamp(time), frame_id: "imu" },
    orientation,
    angular_velocity: { x: 0, y: 0, z: round(motion.turnRate + noise(seed, stream.turn, tick, 0.003), 5) },
    linear_acceleration: {
      x: round(motion.acceleration + noise(seed, stream.forward, tick, 0.02), 5),
      y: round(motion.leftAcceleration + noise(seed, stream.left, tick, 0.02), 5),
      z: round(GRAVITY + noise(seed, stream.up, tick, 0.02), 5),
    },
  };
}

/** A `foxglove.LaserScan`: 360 beams all around, ahead first, counter-clockwise; ranges in metres, exact to the millimetre. */
export function scan({ seed, time, tick, motion, lidarNoise }: Reading): unknown {
  const ranges = beams(motion).map((range, beam) =>
    range >= LIDAR_RANGE ? LIDAR_RANGE : measured(range + noise(seed, stream.lidar, tick * BEAMS + beam, lidarNoise))
  );
  return {
    timestamp: timestamp(time),
    frame_id: "map",
    pose: poseOf(motion),
    start_angle: 0,
    end_angle: round((2 * Math.PI * (BEAMS - 1)) / BEAMS, 6),
    ranges,
    intensities: ranges.map((range) => (range >= LIDAR_RANGE ? 0 : round(100 / (1 + range), 1))),
  };
}

/** A `sensor_msgs/BatteryState` of a 24 V battery that is changed every two hours. */
export function battery({ seed, seconds, time, tick, motion }: Reading): unknown {
  const percentage = charge(seconds);
  return {
    header: { stamp: timestamp(time), frame_id: "battery" },
    voltage: round(22.2 + 3 * percentage + noise(seed, stream.volts, tick, 0.02), 3),
    current: round(-1.2 - 2 * Math.abs(motion.speed), 3),
    percentage: round(percentage, 4),
    present: true,
  };
}

/** The `foxglove.Log` lines of one tick: what the parts say, and once a second what the sensors make of the room. */
export function logLines({ seconds, time, tick, motion, lines }: Reading): ReadonlyArray<unknown> {
  const logged: Array<unknown> = [];
  const say = (level: RoverLine["level"], name: string, message: string): void => {
    logged.push({ timestamp: timestamp(time), level: LEVELS[level], message, name, file: "", line: 0 });
  };
  for (const { level, node, message } of lines) say(level, node, message);
  if (tick % TICKS_PER_SECOND !== 0) return logged;
  const second = tick / TICKS_PER_SECOND;
  if (second > 0 && second % 10 === 0) say("info", "battery", `${Math.round(charge(seconds) * 100)} % left`);
  const nearest = Math.min(...beams(motion));
  if (nearest < NEAR_WALL) {
    say("warning", "navigation", `obstacle at ${nearest.toFixed(2)} m, ${motion.speed.toFixed(2)} m/s`);
  }
  return logged;
}

/** A time as Foxglove's JSON messages write it. */
export function timestamp(time: bigint): Timestamp {
  return { sec: Number(time / 1_000_000_000n), nsec: Number(time % 1_000_000_000n) };
}

/** No lidar says that something is behind it. */
function measured(range: number): number {
  return Math.max(0, round(range, 3));
}

function charge(seconds: number): number {
  return FULL - ((FULL - LOW) * (seconds % RUN_SECONDS)) / RUN_SECONDS;
}

function beams(motion: Motion): ReadonlyArray<number> {
  return Array.from(
    { length: BEAMS },
    (_, beam) => castRay(ROOM, motion, motion.heading + (2 * Math.PI * beam) / BEAMS, LIDAR_RANGE),
  );
}

function poseOf({ x, y, heading }: Motion): Pose {
  return {
    position: { x: round(x, 4), y: round(y, 4), z: 0 },
    orientation: { x: 0, y: 0, z: round(Math.sin(heading / 2), 6), w: round(Math.cos(heading / 2), 6) },
  };
}

function round(value: number, digits: number): number {
  const scale = 10 ** digits;
  return Math.round(value * scale) / scale;
}
