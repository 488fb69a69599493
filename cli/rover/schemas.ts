/**
 * The JSON schemas of the rover's messages: Foxglove's where there is one, else the fields of the ROS message.
 */
import type { SourceSchema } from "../../files/source/message_source.ts";

type JsonSchema = Readonly<Record<string, unknown>>;

const number = { type: "number" };
const text = { type: "string" };
const count = { type: "integer", minimum: 0 };
const numbers = { type: "array", items: number };
const time = object("time", { sec: count, nsec: { ...count, maximum: 999_999_999 } });
const vector = object("foxglove.Vector3", { x: number, y: number, z: number });
const quaternion = object("foxglove.Quaternion", { x: number, y: number, z: number, w: number });
const pose = object("foxglove.Pose", { position: vector, orientation: quaternion });
const header = object("std_msgs/Header", { stamp: time, frame_id: text });

/** Where something is. */
export const POSE_IN_FRAME: SourceSchema = schema("foxglove.PoseInFrame", { timestamp: time, frame_id: text, pose });

/** One turn of a lidar. */
export const LASER_SCAN: SourceSchema = schema("foxglove.LaserScan", {
  timestamp: time,
  frame_id: text,
  pose,
  start_angle: number,
  end_angle: number,
  ranges: numbers,
  intensities: numbers,
});

/** A line of a program's log. */
export const LOG: SourceSchema = schema("foxglove.Log", {
  timestamp: time,
  level: {
    title: "foxglove.LogLevel",
    oneOf: ["UNKNOWN", "DEBUG", "INFO", "WARNING", "ERROR", "FATAL"].map((title, value) => ({ title, const: value })),
  },
  message: text,
  name: text,
  file: text,
  line: count,
});

/** Turn rates and accelerations. */
export const IMU: SourceSchema = schema("sensor_msgs/Imu", {
  header,
  orientation: quaternion,
  angular_velocity: vector,
  linear_acceleration: vector,
});

/** What the battery has left. */
export const BATTERY_STATE: SourceSchema = schema("sensor_msgs/BatteryState", {
  header,
  voltage: number,
  current: number,
  percentage: number,
  present: { type: "boolean" },
});

/** A text. */
export const STRING: SourceSchema = schema("std_msgs/String", { data: text });

const twist = { linear: vector, angular: vector };

/** What the rover takes as a command. */
export const TWIST_STAMPED: SourceSchema = schema("geometry_msgs/TwistStamped", {
  header,
  twist: object("geometry_msgs/Twist", twist),
});

function object(title: string, properties: JsonSchema): JsonSchema {
  return { title, type: "object", properties };
}

function schema(name: string, properties: JsonSchema): SourceSchema {
  const data = JSON.stringify({ $schema: "https://json-schema.org/draft/2020-12/schema", ...object(name, properties) });
  return { name, encoding: "jsonschema", data: new TextEncoder().encode(data) };
}
