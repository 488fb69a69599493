/**
 * Opens a recording, whatever its format.
 */
import { openBag } from "./bag_source.ts";
import { SourceError } from "./errors.ts";
import { openMcap } from "./mcap_source.ts";
import type { MessageSource } from "./message_source.ts";
import { RandomAccessFile } from "./random_access_file.ts";

const MCAP_MAGIC = "\x89MCAP0\r\n";
const BAG_MAGIC = "#ROSBAG V2.0\n";
const OLD_BAG_MAGIC = "#ROSBAG V1";

/**
 * Opens an MCAP recording or a ROS 1 bag; which of them it is, its first bytes say. Fails with a
 * {@linkcode SourceError} for a file that is missing, foreign, truncated or damaged.
 */
export async function openSource(path: string): Promise<MessageSource> {
  const file = await RandomAccessFile.open(path);
  try {
    const start = latin1(await file.readUpTo(0, BAG_MAGIC.length));
    if (start.startsWith(MCAP_MAGIC)) return await openMcap(file);
    if (start === BAG_MAGIC) return await openBag(file);
    throw foreign(path, start);
  } catch (error) {
    await file.close();
    throw error;
  }
}

function foreign(file: string, start: string): SourceError {
  if (start === "") return new SourceError({ file, reason: "truncated", detail: "the file is empty" });
  if (MCAP_MAGIC.startsWith(start) || BAG_MAGIC.startsWith(start)) {
    return new SourceError({ file, reason: "truncated", detail: `the file is truncated at ${start.length} bytes` });
  }
  if (start.startsWith(OLD_BAG_MAGIC)) {
    const detail = 'it is a ROS bag of format 1; "rosbag fix" makes one of format 2.0 of it';
    return new SourceError({ file, reason: "unsupported", detail });
  }
  return new SourceError({ file, reason: "foreign", detail: "it is neither an MCAP recording nor a ROS 1 bag" });
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
