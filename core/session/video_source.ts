/**
 * Which channels carry images that can be had as video (session semantics, section 12).
 */
import type { ChannelDescriptor } from "../channel/descriptor.ts";

const FOXGLOVE_IMAGES = ["foxglove.CompressedImage", "foxglove.RawImage"];

const IMAGE_SCHEMAS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ["protobuf", new Set(FOXGLOVE_IMAGES)],
  ["json", new Set(FOXGLOVE_IMAGES)],
  ["flatbuffer", new Set(FOXGLOVE_IMAGES)],
  [
    "cdr",
    new Set([
      "foxglove::CompressedImage",
      "foxglove::RawImage",
      "sensor_msgs/msg/CompressedImage",
      "sensor_msgs/msg/Image",
    ]),
  ],
  ["ros1", new Set(["sensor_msgs/CompressedImage", "sensor_msgs/Image"])],
]);

/** Whether the channel's messages are images, by its message encoding and the name of its schema. */
export function isVideoSource({ encoding, schema }: Pick<ChannelDescriptor, "encoding" | "schema">): boolean {
  return schema !== undefined && (IMAGE_SCHEMAS.get(encoding)?.has(schema.name) ?? false);
}
