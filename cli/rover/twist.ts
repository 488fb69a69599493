/**
 * The commands that the rover takes: a Twist or a TwistStamped of ROS, as JSON.
 */
import type { Velocity } from "./vehicle.ts";

/** A command as it was read. */
export interface Twist extends Velocity {
  /** When it was made, by the clock of whoever made it, in ms since the Unix epoch; a plain Twist does not say. */
  readonly sentAt: number | undefined;
}

const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * Reads a command: `{ linear: { x }, angular: { z } }`, by itself or as `twist` beside a `header` with a `stamp`. What is
 * left out is 0.
 *
 * @returns What is wrong with it, in words, when it is no such command.
 */
export function readTwist(data: Uint8Array): Twist | string {
  const message = readJson(data);
  if (!isRecord(message)) return "it is no JSON object";
  const twist = message["twist"] ?? message;
  if (!isRecord(twist)) return '"twist" is no object';
  if (twist["linear"] === undefined && twist["angular"] === undefined) return 'it has neither "linear" nor "angular"';
  const linear = component(twist["linear"], "x");
  if (linear === undefined) return '"linear.x" is no number';
  const angular = component(twist["angular"], "z");
  if (angular === undefined) return '"angular.z" is no number';
  return { linear, angular, sentAt: sentAt(message["header"]) };
}

/** When a command was made, by its header; `undefined` where it does not say. */
export function twistSentAt(data: Uint8Array): number | undefined {
  const message = readJson(data);
  return isRecord(message) ? sentAt(message["header"]) : undefined;
}

/** A TwistStamped, made at a time in ms since the Unix epoch. */
export function twistStamped({ linear, angular }: Velocity, at: number): string {
  const sec = Math.floor(at / 1000);
  const nsec = Math.round((at - sec * 1000) * 1e6);
  return JSON.stringify({
    header: { stamp: { sec, nsec }, frame_id: "base_link" },
    twist: { linear: { x: linear, y: 0, z: 0 }, angular: { x: 0, y: 0, z: angular } },
  });
}

function sentAt(header: unknown): number | undefined {
  const stamp = isRecord(header) ? header["stamp"] : undefined;
  if (!isRecord(stamp)) return undefined;
  // ROS 2 calls the second part nanosec, ROS 1 and Foxglove nsec.
  const { sec, nsec = stamp["nanosec"] } = stamp;
  return isFinite(sec) && isFinite(nsec) ? sec * 1000 + nsec / 1e6 : undefined;
}

function component(vector: unknown, axis: string): number | undefined {
  if (vector === undefined) return 0;
  const value = isRecord(vector) ? vector[axis] ?? 0 : undefined;
  return isFinite(value) ? value : undefined;
}

function readJson(data: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(data));
  } catch {
    return undefined;
  }
}

function isFinite(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
