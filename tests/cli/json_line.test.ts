import { describe, expect, it } from "vitest";
import { jsonLine } from "../../cli/json_line.ts";

const encoder = new TextEncoder();

function line(encoding: string, data: Uint8Array | string, schema?: { readonly name: string }): string {
  const bytes = typeof data === "string" ? encoder.encode(data) : data;
  return jsonLine({ topic: '/a "b"', logTime: 1740566235448000001n, data: bytes, channel: { encoding, schema } });
}

describe("jsonLine", () => {
  it("holds the message itself when it is JSON, digit for digit", () => {
    const text = line("json", '{"id":9007199254740993,"x":1.0}', { name: "Pose" });
    expect(text).toBe(
      '{"topic":"/a \\"b\\"","logTime":"1740566235448000001","encoding":"json","schema":"Pose","size":31,' +
        '"message":{"id":9007199254740993,"x":1.0}}',
    );
    expect(JSON.parse(text)).toMatchObject({ topic: '/a "b"', message: { x: 1 } });
  });

  it("is one line, however many the message has", () => {
    const text = line("json", '{\r\n  "a": "b\\nc"\n}\n');
    expect(text).not.toMatch(/[\r\n]/);
    expect(JSON.parse(text)).toMatchObject({ message: { a: "b\nc" } });
  });

  it("holds the bytes as base64 when the message is not JSON, or only says so", () => {
    expect(JSON.parse(line("ros1", Uint8Array.of(0, 255, 1)))).toEqual({
      topic: '/a "b"',
      logTime: "1740566235448000001",
      encoding: "ros1",
      size: 3,
      data: "AP8B",
    });
    expect(JSON.parse(line("json", "{oops"))).toMatchObject({ data: "e29vcHM=" });
    expect(JSON.parse(line("json", Uint8Array.of(34, 255, 34)))).toMatchObject({ data: "Iv8i" });
    expect(JSON.parse(line("json", ""))).toMatchObject({ size: 0, data: "" });
  });

  it("takes only the message out of a larger buffer", () => {
    const within = Uint8Array.of(9, 9, 1, 2, 9).subarray(2, 4);
    expect(JSON.parse(line("cdr", within))).toMatchObject({ size: 2, data: "AQI=" });
  });
});
