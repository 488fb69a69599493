/**
 * Messages of ROS 1 (`ros1`) and of ROS 2 (`cdr`).
 */
import { parseIdl } from "./idl.ts";
import type { Plain } from "./plain.ts";
import { type Layout, RosCursor } from "./ros_cursor.ts";
import { compileDefinitions, compileRos, type Reader } from "./ros_schema.ts";

/** Reads messages; throws an `Error` that says what is wrong with one. */
export type ReadMessage = (data: Uint8Array) => Plain;

const ROS1: Layout = { littleEndian: true, start: 0, alignment: 1 };
const HEADER_BYTES = 4;
const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * Reads `ros1` messages of a `ros1msg` schema.
 *
 * @throws when there is something wrong with the schema.
 */
export function ros1Reader(schema: Uint8Array): ReadMessage {
  const read = compileRos(decoder.decode(schema), 1);
  return (data) => read(new RosCursor(data, ROS1));
}

/**
 * Reads `cdr` messages of a `ros2msg` schema.
 *
 * @throws when there is something wrong with the schema.
 */
export function cdrReader(schema: Uint8Array): ReadMessage {
  return readCdr(compileRos(decoder.decode(schema), 2));
}

/**
 * Reads `cdr` messages of the type of this name in a `ros2idl` schema.
 *
 * @throws when there is something wrong with the schema.
 */
export function cdrIdlReader(name: string, schema: Uint8Array): ReadMessage {
  return readCdr(compileDefinitions(parseIdl(decoder.decode(schema), name), 2));
}

function readCdr(read: Reader): ReadMessage {
  return (data) => read(new RosCursor(data, cdrLayout(data)));
}

/** Where there is no other header of CDR: plain XCDR1 and XCDR2, in the numbers of RTPS and of DDS-XTypes. */
function cdrLayout(data: Uint8Array): Layout {
  const [, kind] = data;
  if (kind === undefined || data.byteLength < HEADER_BYTES) throw new Error("it is too short for the header of CDR");
  switch (kind) {
    case 0x00:
      return { littleEndian: false, start: HEADER_BYTES, alignment: 8 };
    case 0x01:
      return { littleEndian: true, start: HEADER_BYTES, alignment: 8 };
    case 0x06:
    case 0x10:
      return { littleEndian: false, start: HEADER_BYTES, alignment: 4 };
    case 0x07:
    case 0x11:
      return { littleEndian: true, start: HEADER_BYTES, alignment: 4 };
  }
  throw new Error(`its header names a form of CDR that is not read here (0x${kind.toString(16).padStart(2, "0")})`);
}
