/**
 * The real recordings that the tests replay.
 */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The path of a recording beside the project; fails when it is not there, because nothing would be shown without it. */
export function recording(name: "camera.mcap" | "logs.mcap" | "turtlesim.bag"): string {
  const path = fileURLToPath(new URL(`../../../../shared/data/${name}`, import.meta.url));
  if (!existsSync(path)) throw new Error(`the recording ${path} is missing: these tests need ../shared/data`);
  return path;
}
