import { MessageReader } from "@foxglove/rosmsg-serialization";
import { parse } from "@foxglove/rosmsg";
import { describe, expect, it } from "vitest";
import type { SourceChannel } from "../../../files/source/message_source.ts";
import { openSource } from "../../../files/source/open_source.ts";
import { type Decoder, decoderFor } from "../../../web/decode/decoder.ts";
import { UndecodableChannel, UndecodableMessage } from "../../../web/decode/errors.ts";
import { MAX_SCHEMA_BYTES } from "../../../web/decode/limits.ts";
import { recording } from "../../files/support/recordings.ts";
import { asArrays } from "./support/ros_messages.ts";

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

function decoder(channel: Parameters<typeof decoderFor>[0]): Decoder {
  const found = decoderFor(channel);
  if (found instanceof UndecodableChannel) throw found;
  return found;
}

function channel(encoding: string, schemaEncoding?: string, data: string | Uint8Array = "") {
  const schema = schemaEncoding === undefined
    ? undefined
    : { name: "test.Type", encoding: schemaEncoding, data: typeof data === "string" ? bytesOf(data) : data };
  return { topic: "/test", encoding, schema };
}

describe("every message of a recording", () => {
  for (const name of ["camera.mcap", "logs.mcap"] as const) {
    it(`of ${name} is read as JSON.parse reads it`, async () => {
      const source = await openSource(recording(name));
      try {
        const channels = new Map(source.channels.map((one) => [one.id, one]));
        let count = 0;
        for await (const { channelId, data } of source.messages()) {
          const value = decoder(channels.get(channelId)!).decode(data);
          expect(value).toEqual(JSON.parse(new TextDecoder().decode(data)));
          count += 1;
        }
        expect(count).toBe(name === "camera.mcap" ? 30 : 1111);
      } finally {
        await source.close();
      }
    });
  }

  it("of turtlesim.bag is read as the usual reader of ROS 1 reads it", async () => {
    const source = await openSource(recording("turtlesim.bag"));
    try {
      const channels = new Map<number, { channel: SourceChannel; usual: MessageReader }>();
      for (const channel of source.channels) {
        const usual = new MessageReader(parse(new TextDecoder().decode(channel.schema!.data)));
        channels.set(channel.id, { channel, usual });
      }
      let count = 0;
      for await (const { channelId, data } of source.messages()) {
        const { channel, usual } = channels.get(channelId)!;
        const value = decoder(channel).decode(data);
        expect(value).not.toBeInstanceOf(UndecodableMessage);
        expect(asArrays(value)).toEqual(asArrays(usual.readMessage(data)));
        count += 1;
      }
      expect(count).toBeGreaterThan(1_000);
    } finally {
      await source.close();
    }
  });
});

describe("decoderFor", () => {
  it("gives a channel the same decoder every time", () => {
    const one = channel("json");
    expect(decoderFor(one)).toBe(decoderFor(one));
  });

  it("says in words why there is none", () => {
    const reason = (given: Parameters<typeof decoderFor>[0]): string => {
      const found = decoderFor(given);
      return found instanceof UndecodableChannel ? found.message : "there is one";
    };
    expect(reason(channel("flatbuffer", "flatbuffer", "x"))).toContain("the encoding flatbuffer is not known here");
    expect(reason(channel(""))).toContain("it does not say how they are encoded");
    expect(reason(channel("ros1"))).toContain("it has no schema");
    expect(reason(channel("cdr", "omgidl", "module a {};"))).toContain("its schema is in omgidl, not in ros2msg");
    expect(reason(channel("cdr", "ros2idl", "module a {};"))).toContain("it does not define test.Type");
    expect(reason(channel("ros1", "ros1msg", "other/Type x"))).toContain("other/Type");
    expect(reason(channel("protobuf", "protobuf", "no descriptor"))).toContain(
      "something wrong with its schema test.Type",
    );
    const large = new Uint8Array(MAX_SCHEMA_BYTES + 1);
    expect(reason(channel("ros1", "ros1msg", large))).toContain(`more than ${MAX_SCHEMA_BYTES}`);
  });

  it("returns what is wrong with a message, and goes on", () => {
    const { decode } = decoder(channel("json"));
    const problem = decode(bytesOf("{"));
    expect(problem).toBeInstanceOf(UndecodableMessage);
    expect(String(problem)).toContain("a message of /test (1 bytes) is no json of its schema");
    expect(decode(new Uint8Array([0x22, 0xff, 0x22]))).toBeInstanceOf(UndecodableMessage);
    expect(decode(bytesOf("[1]"))).toEqual([1]);
  });

  it("keeps all digits of integers in JSON", () => {
    const { decode } = decoder(channel("json"));
    const text = '{"stamp":1747930377103000123,"far":1.5e30,"fine":0.12345678901234567,"near":12,"__proto__":1}';
    const value = decode(bytesOf(text));
    expect(value).toMatchObject({ stamp: 1747930377103000123n, far: 1.5e30, fine: 0.12345678901234567, near: 12 });
    expect(decode(bytesOf("-9007199254740993"))).toBe(-9007199254740993n);
    expect(decode(bytesOf("[1234567890123456789.5,9007199254740991]"))).toEqual([
      1234567890123456789.5,
      9007199254740991,
    ]);
    expect(Object.keys(value as object)).toContain("__proto__");
  });
});
