/**
 * Messages as what there is on the floor: poses and points, seen from above. Metres and radians.
 */
import { isList, isRecord, type Numbers, type Plain, type PlainRecord } from "../../decode/plain.ts";
import type { Meaning } from "../schema_names.ts";
import { cloudPoints } from "./cloud.ts";

/** Where something is; heading 0 is along x. */
export interface Pose2 {
  readonly x: number;
  readonly y: number;
  readonly heading: number;
}

/** What one message puts on the floor. */
export type FloorItem =
  | { readonly kind: "pose"; readonly frame: string; readonly pose: Pose2 }
  | { readonly kind: "points"; readonly frame: string; readonly points: Points };

/** Points, as x and y in turn. */
export type Points = Float32Array<ArrayBuffer>;

/** Points of one message that are shown; of more every second, third and so on. */
export const MAX_POINTS = 50_000;

/** Where coordinates begin. */
export const ORIGIN: Pose2 = { x: 0, y: 0, heading: 0 };

/** What a message puts on the floor, or in words why nothing. */
export function floorItem(meaning: Meaning | undefined, value: Plain): FloorItem | string {
  if (!isRecord(value)) return "the message has no fields";
  const frame = frameOf(value);
  switch (meaning) {
    case "pose":
      return poseItem(frame, isRecord(value["pose"]) ? value["pose"] : value);
    case "odometry":
      return poseItem(frame, isRecord(value["pose"]) ? value["pose"]["pose"] : undefined);
    case "scan":
      return pointsItem(frame, rosScan(value));
    case "foxglove-scan":
      return pointsItem(frame, foxgloveScan(value));
    case "points":
    case "foxglove-points":
      return pointsItem(frame, cloudPoints(meaning, value, poseOf(value["pose"]) ?? ORIGIN));
    default:
      return "messages of this schema are not for a map";
  }
}

/** A pose of position and orientation, or of x, y and theta; `undefined` where it is neither. */
export function poseOf(value: Plain | undefined): Pose2 | undefined {
  if (!isRecord(value)) return undefined;
  const { position, orientation } = value;
  if (!isRecord(position)) {
    const [x, y, heading] = [numberOf(value["x"]), numberOf(value["y"]), numberOf(value["theta"])];
    return x === undefined || y === undefined ? undefined : { x, y, heading: heading ?? 0 };
  }
  const [x, y] = [numberOf(position["x"]), numberOf(position["y"])];
  if (x === undefined || y === undefined) return undefined;
  return { x, y, heading: isRecord(orientation) ? yawOf(orientation) : 0 };
}

/** Where a point is that is seen from a pose. */
export function placed(pose: Pose2, x: number, y: number): readonly [number, number] {
  const [cos, sin] = [Math.cos(pose.heading), Math.sin(pose.heading)];
  return [pose.x + cos * x - sin * y, pose.y + sin * x + cos * y];
}

function poseItem(frame: string, value: Plain | undefined): FloorItem | string {
  const pose = poseOf(value);
  return pose === undefined ? "the message has no pose" : { kind: "pose", frame, pose };
}

function pointsItem(frame: string, points: Points | string): FloorItem | string {
  return typeof points === "string" ? points : { kind: "points", frame, points };
}

function foxgloveScan(value: PlainRecord): Points | string {
  const { ranges, intensities } = value;
  const [start, end] = [numberOf(value["start_angle"]), numberOf(value["end_angle"])];
  if (!isList(ranges) || start === undefined || end === undefined) return "the scan has no ranges or no angles";
  const step = ranges.length > 1 ? (end - start) / (ranges.length - 1) : 0;
  const hits = isList(intensities) && intensities.length === ranges.length ? intensities : undefined;
  // Where nothing at all was given back, nothing was measured; unless this lidar measures no intensities.
  const isHit = hits?.some((one) => one !== 0 && one !== 0n) === true
    ? (beam: number): boolean => hits[beam] !== 0 && hits[beam] !== 0n
    : undefined;
  return scanPoints(ranges, { pose: poseOf(value["pose"]) ?? ORIGIN, start, step, least: 0, most: Infinity, isHit });
}

function rosScan(value: PlainRecord): Points | string {
  const { ranges } = value;
  const [start, step] = [numberOf(value["angle_min"]), numberOf(value["angle_increment"])];
  if (!isList(ranges) || start === undefined || step === undefined) return "the scan has no ranges or no angles";
  const least = numberOf(value["range_min"]) ?? 0;
  const most = numberOf(value["range_max"]) ?? Infinity;
  return scanPoints(ranges, { pose: ORIGIN, start, step, least, most: most > 0 ? most : Infinity });
}

interface Beams {
  readonly pose: Pose2;
  readonly start: number;
  readonly step: number;
  readonly least: number;
  readonly most: number;
  /** Whether a beam has met anything. Default: all have. */
  readonly isHit?: ((beam: number) => boolean) | undefined;
}

function scanPoints(ranges: ReadonlyArray<Plain> | Numbers, { pose, start, step, least, most, isHit }: Beams): Points {
  const stride = Math.max(1, Math.ceil(ranges.length / MAX_POINTS));
  const points = new Float32Array(Math.ceil(ranges.length / stride) * 2);
  let count = 0;
  for (let beam = 0; beam < ranges.length; beam += stride) {
    const range = ranges[beam];
    if (typeof range !== "number" || !(range > least && range <= most) || !Number.isFinite(range)) continue;
    if (isHit?.(beam) === false) continue;
    const angle = pose.heading + start + beam * step;
    points[count] = pose.x + range * Math.cos(angle);
    points[count + 1] = pose.y + range * Math.sin(angle);
    count += 2;
  }
  return points.subarray(0, count);
}

function yawOf(quaternion: PlainRecord): number {
  const part = (name: string): number => numberOf(quaternion[name]) ?? 0;
  const [x, y, z, w] = [part("x"), part("y"), part("z"), part("w")];
  return Math.atan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z));
}

function frameOf(value: PlainRecord): string {
  const { header } = value;
  const frame = value["frame_id"] ?? (isRecord(header) ? header["frame_id"] : undefined);
  return typeof frame === "string" ? frame.replace(/^\//, "") : "";
}

/** A finite number; `undefined` for anything else. */
export function numberOf(value: Plain | undefined): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}
