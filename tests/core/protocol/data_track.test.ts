import { describe, expect, it } from "vitest";
import {
  channelStreamTopic,
  dataTrackName,
  decodeDataTrackFrame,
  encodeDataTrackFrame,
  parseChannelStreamTopic,
  parseDataTrackName,
  parseVideoTrackName,
  videoTrackName,
} from "../../../core/protocol/mod.ts";
import { bytesOf } from "./support/golden.ts";

describe("data-track frames", () => {
  it("number their messages modulo 2^32", () => {
    expect(decodeDataTrackFrame(encodeDataTrackFrame(2 ** 32, Uint8Array.of(1)))).toMatchObject({ sequence: 0 });
    expect(decodeDataTrackFrame(encodeDataTrackFrame(2 ** 32 - 1, Uint8Array.of(1)))).toMatchObject({
      sequence: 2 ** 32 - 1,
    });
  });

  it("are read from where they say that their data starts", () => {
    expect(decodeDataTrackFrame(bytesOf("01000a0007000000aabbcc"))).toEqual({
      flags: 1,
      sequence: 7,
      data: Uint8Array.of(0xcc),
    });
    expect(decodeDataTrackFrame(bytesOf("00000b0007000000aabbcc"))).toMatchObject({ data: new Uint8Array(0) });
  });

  it("that cannot be are refused", () => {
    expect(decodeDataTrackFrame(new Uint8Array(7))).toMatchObject({ reason: "buffer-too-short" });
    expect(decodeDataTrackFrame(bytesOf("00000c0007000000aabbcc"))).toMatchObject({ reason: "buffer-too-short" });
    expect(decodeDataTrackFrame(bytesOf("0000070007000000aabbcc"))).toMatchObject({ reason: "invalid-data-offset" });
    expect(decodeDataTrackFrame(bytesOf("0000000000000000"))).toMatchObject({ reason: "invalid-data-offset" });
  });
});

describe("names of tracks and streams", () => {
  it.each([
    ["data-ch-", dataTrackName, parseDataTrackName],
    ["video-ch-", videoTrackName, parseVideoTrackName],
    ["ch-", channelStreamTopic, parseChannelStreamTopic],
  ])("%s and the id, and back", (prefix, name, parse) => {
    for (const id of [0, 1, 42, Number.MAX_SAFE_INTEGER]) {
      expect(name(id)).toBe(`${prefix}${id}`);
      expect(parse(name(id))).toBe(id);
    }
    const strange = ["", "-1", "01", "1.0", "1e3", "0x1", " 1", "1 ", "9007199254740992", "x", "-0", "+1", "Infinity"];
    for (const id of strange) expect(parse(prefix + id), id).toBeUndefined();
    expect(parse("control")).toBeUndefined();
    expect(parse(`x${prefix}1`)).toBeUndefined();
  });
});
