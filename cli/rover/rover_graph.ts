/**
 * The rover's parts and how they are connected.
 */
import type { ConnectionGraphOptions } from "../../mod.ts";
import { DESCRIPTION_TOPIC } from "./rover_source.ts";

/** The topic of the commands that the rover follows. */
export const COMMAND_TOPIC = "/cmd_vel";

/** The connection graph; `drivers` are those who may send commands, each once or more. */
export function roverGraph(drivers: Iterable<string>): ConnectionGraphOptions {
  return {
    publishedTopics: {
      "/rover/pose": ["localization"],
      "/rover/imu": ["imu"],
      "/rover/scan": ["lidar"],
      "/rover/battery": ["battery"],
      "/rover/log": ["rover", "drive", "navigation", "battery"],
      [DESCRIPTION_TOPIC]: ["rover"],
      [COMMAND_TOPIC]: [...drivers].map((driver) => `teleop (${driver})`),
    },
    subscribedTopics: {
      [COMMAND_TOPIC]: ["drive"],
      "/rover/imu": ["localization"],
      "/rover/scan": ["localization", "navigation"],
      "/rover/pose": ["navigation"],
      "/rover/battery": ["drive"],
    },
    advertisedServices: { "/reset": ["drive"], "/echo": ["rover"] },
  };
}
