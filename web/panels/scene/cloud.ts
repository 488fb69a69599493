/**
 * Clouds of points, seen from above.
 */
import { isRecord, type Plain, type PlainRecord } from "../../decode/plain.ts";
import { bytesOf } from "../image/bytes_of.ts";
import { MAX_POINTS, numberOf, placed, type Points, type Pose2 } from "./floor.ts";

type Read = (view: DataView, at: number, isLittleEndian: boolean) => number;

interface NumberType {
  readonly bytes: number;
  readonly read: Read;
}

const types = {
  UINT8: { bytes: 1, read: (view, at) => view.getUint8(at) },
  INT8: { bytes: 1, read: (view, at) => view.getInt8(at) },
  UINT16: { bytes: 2, read: (view, at, little) => view.getUint16(at, little) },
  INT16: { bytes: 2, read: (view, at, little) => view.getInt16(at, little) },
  UINT32: { bytes: 4, read: (view, at, little) => view.getUint32(at, little) },
  INT32: { bytes: 4, read: (view, at, little) => view.getInt32(at, little) },
  FLOAT32: { bytes: 4, read: (view, at, little) => view.getFloat32(at, little) },
  FLOAT64: { bytes: 8, read: (view, at, little) => view.getFloat64(at, little) },
} as const satisfies Readonly<Record<string, NumberType>>;

type TypeName = keyof typeof types;

/** What the numbers of types mean, from 1. */
const foxgloveTypes: ReadonlyArray<TypeName> = [
  "UINT8",
  "INT8",
  "UINT16",
  "INT16",
  "UINT32",
  "INT32",
  "FLOAT32",
  "FLOAT64",
];
const rosTypes: ReadonlyArray<TypeName> = ["INT8", "UINT8", "INT16", "UINT16", "INT32", "UINT32", "FLOAT32", "FLOAT64"];

interface Coordinate {
  readonly offset: number;
  readonly type: NumberType;
}

/** The points of a cloud, or in words why there are none. */
export function cloudPoints(meaning: "points" | "foxglove-points", value: PlainRecord, pose: Pose2): Points | string {
  const bytes = bytesOf(value["data"]);
  const stride = numberOf(value[meaning === "points" ? "point_step" : "point_stride"]);
  if (bytes === undefined || stride === undefined || stride < 1) {
    return "the cloud has no data, or no size of its points";
  }
  const x = coordinate(meaning, value["fields"], "x");
  const y = coordinate(meaning, value["fields"], "y");
  if (x === undefined || y === undefined) return "the points of the cloud have no x and y";
  const end = Math.max(x.offset + x.type.bytes, y.offset + y.type.bytes);
  if (end > stride) return "the coordinates lie outside of their points";
  const isLittle = value["is_bigendian"] !== true;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = Math.floor(bytes.length / stride);
  const every = Math.max(1, Math.ceil(count / MAX_POINTS));
  const points = new Float32Array(Math.ceil(count / every) * 2);
  let length = 0;
  for (let index = 0; index < count; index += every) {
    const at = index * stride;
    const px = x.type.read(view, at + x.offset, isLittle);
    const py = y.type.read(view, at + y.offset, isLittle);
    if (!Number.isFinite(px) || !Number.isFinite(py)) continue;
    const [floorX, floorY] = placed(pose, px, py);
    points[length] = floorX;
    points[length + 1] = floorY;
    length += 2;
  }
  return points.subarray(0, length);
}

function coordinate(
  meaning: "points" | "foxglove-points",
  fields: Plain | undefined,
  name: string,
): Coordinate | undefined {
  if (!Array.isArray(fields)) return undefined;
  const field: Plain | undefined = fields.find((one: Plain) => isRecord(one) && one["name"] === name);
  if (!isRecord(field)) return undefined;
  const offset = numberOf(field["offset"]) ?? 0;
  const type = field[meaning === "points" ? "datatype" : "type"];
  const known = typeof type === "number" ? (meaning === "points" ? rosTypes : foxgloveTypes)[type - 1] : type;
  if (typeof known !== "string" || !isTypeName(known) || offset < 0 || !Number.isInteger(offset)) return undefined;
  return { offset, type: types[known] };
}

function isTypeName(name: string): name is TypeName {
  return Object.hasOwn(types, name);
}
