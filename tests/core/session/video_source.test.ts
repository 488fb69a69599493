import { assert, describe, it } from "@effect/vitest";
import { isVideoSource } from "../../../core/session/video_source.ts";

function isImage(encoding: string, name: string): boolean {
  return isVideoSource({ encoding, schema: { name, encoding: "", data: new Uint8Array(0) } });
}

describe("isVideoSource", () => {
  const images: Readonly<Record<string, ReadonlyArray<string>>> = {
    protobuf: ["foxglove.CompressedImage", "foxglove.RawImage"],
    json: ["foxglove.CompressedImage", "foxglove.RawImage"],
    flatbuffer: ["foxglove.CompressedImage", "foxglove.RawImage"],
    cdr: [
      "foxglove::CompressedImage",
      "foxglove::RawImage",
      "sensor_msgs/msg/CompressedImage",
      "sensor_msgs/msg/Image",
    ],
    ros1: ["sensor_msgs/CompressedImage", "sensor_msgs/Image"],
  };

  for (const [encoding, names] of Object.entries(images)) {
    it(`knows the image schemas of ${encoding}, and no others of the table`, () => {
      for (const name of new Set(Object.values(images).flat())) {
        assert.strictEqual(isImage(encoding, name), names.includes(name), name);
      }
    });
  }

  it("takes no other type, no other encoding and no channel without a schema for images", () => {
    assert.isFalse(isImage("json", "foxglove.Log"));
    assert.isFalse(isImage("protobuf", "foxglove.Pose"));
    assert.isFalse(isImage("toString", "foxglove.RawImage"));
    assert.isFalse(isVideoSource({ encoding: "json", schema: undefined }));
  });
});
