/**
 * What is known by its schema's name, whatever the name's dialect.
 */

/** What a message is, as far as a panel cares. */
export type Meaning =
  | "compressed-image"
  | "raw-image"
  | "foxglove-log"
  | "ros1-log"
  | "ros2-log"
  | "pose"
  | "odometry"
  | "scan"
  | "foxglove-scan"
  | "points"
  | "foxglove-points";

const meanings: ReadonlyMap<string, Meaning> = new Map([
  ["foxglove.CompressedImage", "compressed-image"],
  ["sensor_msgs/CompressedImage", "compressed-image"],
  ["foxglove.RawImage", "raw-image"],
  ["sensor_msgs/Image", "raw-image"],
  ["foxglove.Log", "foxglove-log"],
  ["rosgraph_msgs/Log", "ros1-log"],
  ["rcl_interfaces/Log", "ros2-log"],
  ["foxglove.PoseInFrame", "pose"],
  ["geometry_msgs/PoseStamped", "pose"],
  ["geometry_msgs/PoseWithCovarianceStamped", "odometry"],
  ["nav_msgs/Odometry", "odometry"],
  ["geometry_msgs/Odometry", "odometry"],
  ["turtlesim/Pose", "pose"],
  ["foxglove.LaserScan", "foxglove-scan"],
  ["sensor_msgs/LaserScan", "scan"],
  ["foxglove.PointCloud", "foxglove-points"],
  ["sensor_msgs/PointCloud2", "points"],
]);

/** What messages of a schema are; `undefined` where nothing is known of it. */
export function meaningOf(schemaName: string | undefined): Meaning | undefined {
  return schemaName === undefined ? undefined : meanings.get(usualName(schemaName));
}

/** `sensor_msgs/msg/Image` and `sensor_msgs/Image` are one, as are `foxglove_msgs/RawImage` and `foxglove.RawImage`. */
function usualName(name: string): string {
  return name.replace(/^(\w+)\/msg\//, "$1/").replace(/^foxglove_msgs\//, "foxglove.");
}
