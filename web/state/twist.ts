/**
 * Commands to move: a Twist of ROS, by itself or with the time at which it was made, as JSON.
 */
import type { SchemaOptions } from "../../mod.ts";

/** How something is to move. */
export interface Motion {
  /** Ahead, in m/s; negative: backwards. */
  readonly linear: number;
  /** To the left, in rad/s. */
  readonly angular: number;
}

/** Standing still. */
export const STILL: Motion = { linear: 0, angular: 0 };

/** What a command is: one with a time can be refused by the device when it comes late. */
export type CommandForm = "Twist" | "TwistStamped";

const vector = { type: "object", properties: { x: { type: "number" }, y: { type: "number" }, z: { type: "number" } } };
const twist = { title: "geometry_msgs/Twist", type: "object", properties: { linear: vector, angular: vector } };
const stamp = { type: "object", properties: { sec: { type: "integer" }, nsec: { type: "integer" } } };
const header = { type: "object", properties: { stamp, frame_id: { type: "string" } } };
const stamped = { title: "geometry_msgs/TwistStamped", type: "object", properties: { header, twist } };

/** A command, made at a time in ms since the Unix epoch. */
export function commandText(form: CommandForm, { linear, angular }: Motion, at: number): string {
  const motion = { linear: { x: linear, y: 0, z: 0 }, angular: { x: 0, y: 0, z: angular } };
  if (form === "Twist") return JSON.stringify(motion);
  const sec = Math.floor(at / 1000);
  const nsec = Math.round((at - sec * 1000) * 1e6);
  return JSON.stringify({ header: { stamp: { sec, nsec }, frame_id: "base_link" }, twist: motion });
}

/** The shape of commands. */
export function commandSchema(form: CommandForm): SchemaOptions {
  const schema = form === "Twist" ? twist : stamped;
  return { name: schema.title, encoding: "jsonschema", data: JSON.stringify(schema) };
}
