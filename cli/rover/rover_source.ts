/**
 * The simulated rover as a source of messages.
 */
import type { MessageSource, SourceChannel, SourceMessage, SourceSchema } from "../../files/source/message_source.ts";
import { type Rover, TICKS_PER_SECOND } from "./rover.ts";
import { BATTERY_STATE, IMU, LASER_SCAN, LOG, POSE_IN_FRAME, STRING } from "./schemas.ts";
import { battery, imu, logLines, pose, type Reading, scan } from "./sensors.ts";
import { roverUrdf } from "./urdf.ts";

/** How the rover's sensors are read. */
export interface RoverSourceOptions {
  /** The time, in ns since the Unix epoch: asked for once, when the first messages are made, whose log time it is. */
  readonly start: () => bigint;
  /** What the sensors' noise comes from; the same seed, start and commands give the same messages. Default: 1. */
  readonly seed?: number;
}

interface Sensor {
  readonly channel: SourceChannel;
  /** Ticks from one reading to the next. */
  readonly every: number;
  readonly read: (reading: Reading) => ReadonlyArray<unknown>;
}

/** Where the rover says what it looks like: once, and again when it is called something else. */
export const DESCRIPTION_TOPIC = "/rover/description";

/** Nanoseconds from tick to tick. */
const TICK = 1_000_000_000n / BigInt(TICKS_PER_SECOND);
const encoder = new TextEncoder();

const SENSORS: ReadonlyArray<Sensor> = [
  { channel: channel(1, "/rover/pose", POSE_IN_FRAME), every: 1, read: (reading) => [pose(reading)] },
  { channel: channel(2, "/rover/imu", IMU), every: 1, read: (reading) => [imu(reading)] },
  { channel: channel(3, "/rover/scan", LASER_SCAN), every: 5, read: (reading) => [scan(reading)] },
  { channel: channel(4, "/rover/battery", BATTERY_STATE), every: 50, read: (reading) => [battery(reading)] },
  { channel: channel(5, "/rover/log", LOG), every: 1, read: logLines },
];
const DESCRIPTION = channel(6, DESCRIPTION_TOPIC, STRING);

/** A rover that drives without end: pose and IMU at 50 Hz, lidar at 10 Hz, battery at 1 Hz, log lines and description. */
export function roverSource(rover: Rover, options: RoverSourceOptions): MessageSource {
  return {
    name: "a simulated rover",
    channels: [...SENSORS.map((sensor) => sensor.channel), DESCRIPTION],
    messages: () => drive(rover, options),
    close: () => Promise.resolve(),
  };
}

async function* drive(rover: Rover, { start, seed = 1 }: RoverSourceOptions): AsyncGenerator<SourceMessage, void> {
  const begin = start();
  let described: string | undefined;
  for (;;) {
    const tick = rover.ticks;
    const { motion, settings: { name, lidarNoise } } = rover;
    const time = begin + BigInt(tick) * TICK;
    if (name !== described) {
      described = name;
      yield message(DESCRIPTION.id, time, { data: roverUrdf(name) });
    }
    const seconds = tick / TICKS_PER_SECOND;
    yield* readings({ seed, seconds, time, tick, motion, lidarNoise, lines: rover.takeLines() });
    rover.step();
  }
}

/** All that the sensors say at one tick. */
function* readings(reading: Reading): Generator<SourceMessage, void> {
  for (const { channel: { id }, every, read } of SENSORS) {
    if (reading.tick % every !== 0) continue;
    for (const value of read(reading)) yield message(id, reading.time, value);
  }
}

function message(channelId: number, logTime: bigint, value: unknown): SourceMessage {
  return { channelId, logTime, data: encoder.encode(JSON.stringify(value)) };
}

function channel(id: number, topic: string, schema: SourceSchema): SourceChannel {
  return { id, topic, encoding: "json", schema, metadata: new Map() };
}
