/**
 * The real recordings that the tests replay.
 */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { TestRunner } from "vitest";

/**
 * The path of a recording beside the project. They are not part of it: where they are missing the test that asks for one is
 * skipped, and the summary counts it.
 */
export function recording(name: "camera.mcap" | "logs.mcap" | "turtlesim.bag"): string {
  const path = fileURLToPath(new URL(`../../../../shared/data/${name}`, import.meta.url));
  if (!existsSync(path)) TestRunner.getCurrentTest()?.context.skip(`${path} is missing`);
  return path;
}
