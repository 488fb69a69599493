/**
 * What is on the floor, by channel.
 */
import type { Message } from "../../../mod.ts";
import { UndecodableChannel, UndecodableMessage } from "../../decode/errors.ts";
import type { Feed } from "../../feed.ts";
import { Problems } from "../problems.ts";
import { meaningOf } from "../schema_names.ts";
import { read } from "../use_feed.ts";
import type { Extent } from "./camera.ts";
import { type FloorItem, floorItem, ORIGIN, placed, type Points, type Pose2 } from "./floor.ts";
import { Trail } from "./trail.ts";

/** The state of a map. */
export class SceneModel {
  readonly problems: Problems = new Problems();
  readonly trail: Trail = new Trail();
  readonly #latest = new Map<Feed, Message>();
  readonly #points = new Map<Feed, Extract<FloorItem, { kind: "points" }>>();
  #pose: Extract<FloorItem, { kind: "pose" }> | undefined;

  /** Where the device is, as far as anybody has said so. */
  get pose(): Pose2 | undefined {
    return this.#pose?.pose;
  }

  /** A message has come; it is read when something is drawn, unless there is a newer one by then. */
  note(feed: Feed, message: Message): void {
    this.#latest.set(feed, message);
  }

  /** Reads the messages that have come. */
  update(): void {
    for (const [feed, message] of this.#latest) this.#read(feed, message);
    this.#latest.clear();
  }

  /**
   * The points to be drawn, and what they are seen from: the floor's origin, where they are in the frame of the pose or
   * where there is no pose; else the device, whose sensor they come from.
   */
  *points(): Iterable<{ readonly topic: string; readonly points: Points; readonly from: Pose2 }> {
    const pose = this.#pose;
    for (const [{ channel: { topic } }, { frame, points }] of this.#points) {
      const isPlaced = pose === undefined || frame === "" || frame === pose.frame;
      yield { topic, points, from: isPlaced ? ORIGIN : pose.pose };
    }
  }

  /** The rectangle around everything; `undefined` while there is nothing. */
  get extent(): Extent | undefined {
    let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
    const include = (x: number, y: number): void => {
      if (x < left) left = x;
      if (x > right) right = x;
      if (y < bottom) bottom = y;
      if (y > top) top = y;
    };
    for (const { points, from } of this.points()) {
      for (let at = 0; at < points.length; at += 2) include(...placed(from, points[at]!, points[at + 1]!));
    }
    if (this.#pose !== undefined) include(this.#pose.pose.x, this.#pose.pose.y);
    this.trail.forEach(include);
    return left <= right ? { left, right, bottom, top } : undefined;
  }

  /** All of it in a sentence, for those who do not see it. */
  inWords(): string {
    const said: Array<string> = [];
    const pose = this.pose;
    if (pose !== undefined) said.push(`device at ${poseText(pose)}`);
    for (const { topic, points } of this.points()) said.push(`${points.length / 2} points of ${topic}`);
    return said.length === 0 ? "Map, nothing on it yet" : `Map: ${said.join("; ")}`;
  }

  #read(feed: Feed, message: Message): void {
    const value = read(feed.channel, message);
    if (value instanceof UndecodableChannel || value instanceof UndecodableMessage) return this.problems.note(value);
    const item = floorItem(meaningOf(feed.channel.schema?.name), value);
    if (typeof item === "string") return this.problems.say(item);
    if (item.kind === "points") {
      this.#points.set(feed, item);
    } else {
      this.#pose = item;
      this.trail.add(item.pose.x, item.pose.y);
    }
  }
}

/** A pose in words: `x 1.20 m, y −0.35 m, 45°`. */
export function poseText({ x, y, heading }: Pose2): string {
  return `x ${fixed(x)} m, y ${fixed(y)} m, ${Math.round((heading * 180) / Math.PI)}°`.replaceAll("-", "−");
}

/** Without a minus in front of nothing. */
function fixed(value: number): string {
  const text = value.toFixed(2);
  return text === "-0.00" ? "0.00" : text;
}
