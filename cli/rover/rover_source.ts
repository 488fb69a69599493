/**
 * The simulated rover as a source of messages.
 */
import type { MessageSource, SourceChannel, SourceMessage, SourceSchema } from "../../files/source/message_source.ts";
import { BATTERY_STATE, IMU, LASER_SCAN, LOG, POSE_IN_FRAME } from "./schemas.ts";
import { battery, imu, logLines, pose, type Reading, scan } from "./sensors.ts";

/** How the rover is set up. */
export interface RoverOptions {
  /** When it starts, in ns since the Unix epoch: the log time of its first messages. */
  readonly start: bigint;
  /** What its sensors' noise comes from; the same seed and start give the same messages. Default: 1. */
  readonly seed?: number;
}

interface Sensor {
  readonly channel: SourceChannel;
  /** Ticks from one reading to the next. */
  readonly every: number;
  readonly read: (reading: Reading) => ReadonlyArray<unknown>;
}

/** Nanoseconds from tick to tick: 50 Hz. */
const TICK = 20_000_000n;
const TICKS_PER_SECOND = 50;
const encoder = new TextEncoder();

const SENSORS: ReadonlyArray<Sensor> = [
  { channel: channel(1, "/rover/pose", POSE_IN_FRAME), every: 1, read: (reading) => [pose(reading)] },
  { channel: channel(2, "/rover/imu", IMU), every: 1, read: (reading) => [imu(reading)] },
  { channel: channel(3, "/rover/scan", LASER_SCAN), every: 5, read: (reading) => [scan(reading)] },
  { channel: channel(4, "/rover/battery", BATTERY_STATE), every: 50, read: (reading) => [battery(reading)] },
  { channel: channel(5, "/rover/log", LOG), every: 50, read: logLines },
];

/** A rover that drives without end: pose and IMU at 50 Hz, lidar at 10 Hz, battery and log lines at 1 Hz. */
export function roverSource(options: RoverOptions): MessageSource {
  return {
    name: "a simulated rover",
    channels: SENSORS.map((sensor) => sensor.channel),
    messages: () => drive(options),
    close: () => Promise.resolve(),
  };
}

async function* drive({ start, seed = 1 }: RoverOptions): AsyncGenerator<SourceMessage, void> {
  for (let tick = 0;; tick += 1) {
    const time = start + BigInt(tick) * TICK;
    yield* readings({ seed, seconds: tick / TICKS_PER_SECOND, time, tick });
  }
}

/** All that the rover says at one tick. */
function* readings(reading: Reading): Generator<SourceMessage, void> {
  for (const { channel: { id: channelId }, every, read } of SENSORS) {
    if (reading.tick % every !== 0) continue;
    for (const value of read(reading)) {
      yield { channelId, logTime: reading.time, data: encoder.encode(JSON.stringify(value)) };
    }
  }
}

function channel(id: number, topic: string, schema: SourceSchema): SourceChannel {
  return { id, topic, encoding: "json", schema, metadata: new Map() };
}
