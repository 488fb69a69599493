import { describe, expect, it } from "vitest";
import { openSource } from "../../../../files/source/open_source.ts";
import { type Decoder, decoderFor } from "../../../../web/decode/decoder.ts";
import type { Plain } from "../../../../web/decode/plain.ts";
import { pictureOf } from "../../../../web/panels/image/picture.ts";
import { pixelsOf, type RawPicture } from "../../../../web/panels/image/raw_pixels.ts";
import { meaningOf } from "../../../../web/panels/schema_names.ts";
import { recording } from "../../../files/support/recordings.ts";

function raw(encoding: string, bytes: ReadonlyArray<number> | Uint8Array, more: Partial<RawPicture> = {}): RawPicture {
  const data = Uint8Array.from(bytes);
  return { kind: "raw", width: 2, height: 1, encoding, step: undefined, isBigEndian: false, bytes: data, ...more };
}

/** The pixels of a picture, each as its red, green and blue. */
function colours(picture: RawPicture): ReadonlyArray<ReadonlyArray<number>> {
  const pixels = pixelsOf(picture);
  if (typeof pixels === "string") throw new Error(pixels);
  return Array.from({ length: pixels.width * pixels.height }, (_, at) => [...pixels.rgba.slice(at * 4, at * 4 + 3)]);
}

describe("raw pixels", () => {
  it("in colours are shown in them, in whatever order they are written", () => {
    const expected = [[1, 2, 3], [4, 5, 6]];
    expect(colours(raw("rgb8", [1, 2, 3, 4, 5, 6]))).toEqual(expected);
    expect(colours(raw("bgr8", [3, 2, 1, 6, 5, 4]))).toEqual(expected);
    expect(colours(raw("rgba8", [1, 2, 3, 9, 4, 5, 6, 9]))).toEqual(expected);
    expect(colours(raw("bgra8", [3, 2, 1, 9, 6, 5, 4, 9]))).toEqual(expected);
    expect(colours(raw("mono8", [7, 8]))).toEqual([[7, 7, 7], [8, 8, 8]]);
    expect(colours(raw("8UC1", [7, 8]))).toEqual([[7, 7, 7], [8, 8, 8]]);
  });

  it("of depth go from the nearest in black to the farthest in white, and say how far these are", () => {
    const depth = new Float32Array([1.5, 3.5, NaN, 2.5]);
    const picture = raw("32FC1", new Uint8Array(depth.buffer), { width: 4 });
    expect(colours(picture).map(([grey]) => grey)).toEqual([0, 255, 0, 128]);
    expect(pixelsOf(picture)).toMatchObject({ range: "1.5 to 3.5" });
    expect(colours(raw("mono16", [0, 1, 2, 1])).map(([grey]) => grey)).toEqual([0, 255]);
    expect(colours(raw("16UC1", [1, 0, 1, 2], { isBigEndian: true })).map(([grey]) => grey)).toEqual([0, 255]);
    expect(pixelsOf(raw("mono16", [5, 0, 5, 0]))).toMatchObject({ range: "5 to 5" });
  });

  it("in brightness and colour become red, green and blue", () => {
    expect(colours(raw("uyvy", [128, 10, 128, 20]))).toEqual([[10, 10, 10], [20, 20, 20]]);
    expect(colours(raw("yuyv", [10, 128, 20, 128]))).toEqual([[10, 10, 10], [20, 20, 20]]);
    expect(colours(raw("yuv422_yuy2", [76, 85, 76, 255]))[0]).toEqual([254, 0, 0]);
  });

  it("of which each saw one colour are put together", () => {
    const square = { width: 2, height: 2 };
    const expected = [[10, 25, 40], [10, 25, 40], [10, 25, 40], [10, 25, 40]];
    expect(colours(raw("bayer_rggb8", [10, 20, 30, 40], square))).toEqual(expected);
    expect(colours(raw("bayer_bggr8", [40, 20, 30, 10], square))).toEqual(expected);
    expect(colours(raw("bayer_gbrg8", [20, 40, 10, 30], square))).toEqual(expected);
    expect(colours(raw("bayer_grbg8", [20, 10, 40, 30], square))).toEqual(expected);
  });

  it("may have rows that are longer than their pixels", () => {
    expect(colours(raw("mono8", [1, 2, 99, 3, 4], { height: 2, step: 3 })).map(([grey]) => grey)).toEqual([1, 2, 3, 4]);
  });

  it("that cannot be are refused in words, before anything is made for them", () => {
    const huge = { width: 4_000_000_000, height: 4_000_000_000 };
    expect(pixelsOf(raw("rgb8", [1, 2, 3], huge))).toMatch(/pixels are more than/);
    expect(pixelsOf(raw("rgb8", [1, 2, 3], { height: 5_000 }))).toBe("the picture takes 30000 bytes, and 3 are there");
    expect(pixelsOf(raw("rgb8", [1, 2, 3], { step: 3 }))).toBe("a row of 2 pixels takes 6 bytes, and not 3");
    expect(pixelsOf(raw("hsv8", [1]))).toBe('pixels in "hsv8" cannot be shown');
    expect(pixelsOf(raw("rgb8", [], { width: 0 }))).toBe("the picture is empty");
  });
});

describe("pictures in messages", () => {
  it("of a recording are found, in base64, with their format", async () => {
    const source = await openSource(recording("camera.mcap"));
    const channel = source.channels.find(({ topic }) => topic === "/image/compressed")!;
    const decoder = decoderFor(channel) as Decoder;
    let count = 0;
    for await (const { channelId, data } of source.messages()) {
      if (channelId !== channel.id) continue;
      const picture = pictureOf(meaningOf(channel.schema?.name), decoder.decode(data) as Plain);
      expect(picture).toMatchObject({ kind: "compressed", mediaType: "image/jpeg" });
      count += 1;
    }
    await source.close();
    expect(count).toBe(10);
  });

  it("are raw with what their message says, in bytes or in a list of numbers", () => {
    const message = { width: 2, height: 1, encoding: "mono16", step: 4, is_bigendian: 1, data: [1, 2, 3, 4] };
    expect(pictureOf("raw-image", message)).toEqual({
      kind: "raw",
      width: 2,
      height: 1,
      encoding: "mono16",
      step: 4,
      isBigEndian: true,
      bytes: new Uint8Array([1, 2, 3, 4]),
    });
  });

  it("are known by their first bytes, else by the format that is named", () => {
    const type = (data: ReadonlyArray<number>, format: string): unknown => {
      return pictureOf("compressed-image", { data: Uint8Array.from(data), format });
    };
    expect(type([0xff, 0xd8], "bgr8; png compressed")).toMatchObject({ mediaType: "image/jpeg" });
    expect(type([0x89, 0x50, 0x4e, 0x47], "")).toMatchObject({ mediaType: "image/png" });
    expect(type([0], "rgb8; jpeg compressed bgr8")).toMatchObject({ mediaType: "image/jpeg" });
    expect(type([0], "h264")).toMatchObject({ mediaType: "application/octet-stream" });
  });

  it("that are none are refused in words", () => {
    expect(pictureOf("raw-image", 5)).toBe("the message has no fields");
    expect(pictureOf("raw-image", { data: "%%%" })).toMatch(/no data/);
    expect(pictureOf("raw-image", { data: "AQID", width: -1, height: 1 })).toMatch(/how large/);
  });
});
