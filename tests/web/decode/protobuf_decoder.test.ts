import { create, createFileRegistry, fromJson, toBinary, toJson } from "@bufbuild/protobuf";
import {
  type DescriptorProto,
  DescriptorProtoSchema,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
  file_google_protobuf_timestamp,
  type FileDescriptorSet,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { protobufReader } from "../../../web/decode/protobuf_decoder.ts";
import { settings } from "../../core/protocol/support/seed.ts";

/** A type with a field of every kind. */
const everything: DescriptorProto = create(DescriptorProtoSchema, {
  name: "Everything",
  field: [
    { name: "a_double", number: 1, type: Type.DOUBLE, label: Label.OPTIONAL },
    { name: "big", number: 2, type: Type.INT64, label: Label.OPTIONAL },
    { name: "bigger", number: 3, type: Type.UINT64, label: Label.OPTIONAL },
    { name: "raw", number: 4, type: Type.BYTES, label: Label.OPTIONAL },
    { name: "level", number: 5, type: Type.ENUM, typeName: ".test.Level", label: Label.OPTIONAL },
    { name: "levels", number: 6, type: Type.ENUM, typeName: ".test.Level", label: Label.REPEATED },
    { name: "ranges", number: 7, type: Type.FLOAT, label: Label.REPEATED },
    { name: "stamp", number: 8, type: Type.MESSAGE, typeName: ".google.protobuf.Timestamp", label: Label.OPTIONAL },
    { name: "names", number: 9, type: Type.MESSAGE, typeName: ".test.Everything.NamesEntry", label: Label.REPEATED },
    { name: "child", number: 10, type: Type.MESSAGE, typeName: ".test.Everything", label: Label.OPTIONAL },
    { name: "children", number: 11, type: Type.MESSAGE, typeName: ".test.Everything", label: Label.REPEATED },
    { name: "text", number: 12, type: Type.STRING, label: Label.OPTIONAL, oneofIndex: 0 },
    { name: "number", number: 13, type: Type.INT32, label: Label.OPTIONAL, oneofIndex: 0 },
    { name: "perhaps", number: 14, type: Type.BOOL, label: Label.OPTIONAL, oneofIndex: 1, proto3Optional: true },
  ],
  nestedType: [{
    name: "NamesEntry",
    field: [
      { name: "key", number: 1, type: Type.STRING, label: Label.OPTIONAL },
      { name: "value", number: 2, type: Type.INT64, label: Label.OPTIONAL },
    ],
    options: { mapEntry: true },
  }],
  oneofDecl: [{ name: "choice" }, { name: "_perhaps" }],
});

const files: FileDescriptorSet = create(FileDescriptorSetSchema, {
  file: [file_google_protobuf_timestamp.proto, {
    name: "test.proto",
    package: "test",
    syntax: "proto3",
    dependency: ["google/protobuf/timestamp.proto"],
    messageType: [everything],
    enumType: [{ name: "Level", value: [{ name: "UNKNOWN", number: 0 }, { name: "INFO", number: 2 }] }],
  }],
});
const schema = toBinary(FileDescriptorSetSchema, files);
const type = createFileRegistry(files).getMessage("test.Everything")!;
const read = protobufReader("test.Everything", schema);

function bytesOf(json: Parameters<typeof fromJson>[1]): Uint8Array {
  return toBinary(type, fromJson(type, json));
}

describe("reading protobuf", () => {
  it("gives each kind of field a value that can be shown", () => {
    const bytes = bytesOf({
      a_double: 1.5,
      big: "-9007199254740993",
      bigger: "18446744073709551615",
      raw: "AQID",
      level: "INFO",
      levels: ["UNKNOWN", 7],
      ranges: [1, 2.5],
      stamp: "2026-01-02T03:04:05.000000006Z",
      names: JSON.parse('{"one":"1","__proto__":"2"}'),
      children: [{ number: 0 }],
      text: "hello",
    });
    const value = read(bytes);
    expect(value).toEqual({
      a_double: 1.5,
      big: -9007199254740993n,
      bigger: 18446744073709551615n,
      raw: new Uint8Array([1, 2, 3]),
      level: "INFO",
      levels: ["UNKNOWN", 7],
      ranges: [1, 2.5],
      stamp: { sec: 1767323045, nsec: 6 },
      names: Object.defineProperty({ one: 1n }, "__proto__", { value: 2n, enumerable: true }),
      children: [read(bytesOf({ number: 0 }))],
      text: "hello",
    });
  });

  it("shows zero for what is not there, and leaves out what may be absent", () => {
    expect(read(new Uint8Array(0))).toEqual({
      a_double: 0,
      big: 0n,
      bigger: 0n,
      raw: new Uint8Array(0),
      level: "UNKNOWN",
      levels: [],
      ranges: [],
      names: {},
      children: [],
    });
    expect(read(bytesOf({ number: 0, perhaps: false }))).toMatchObject({ number: 0, perhaps: false });
  });

  it("refuses messages that lie too deep in each other", () => {
    let bytes = new Uint8Array(0);
    for (let depth = 0; depth < 10; depth += 1) bytes = nested(bytes);
    expect(read(bytes)).toHaveProperty("child.child.child");
    for (let depth = 0; depth < 100; depth += 1) bytes = nested(bytes);
    expect(() => read(bytes)).toThrow(/depth/);
  });

  it("refuses a schema that does not describe the type", () => {
    expect(() => protobufReader("test.Other", schema)).toThrow("it describes no message of the type test.Other");
    expect(() => protobufReader("test.Everything", schema.subarray(0, 50))).toThrow();
  });

  it("gives a value or an error for any bytes", () => {
    const whole = bytesOf({
      big: "5",
      raw: "AQIDBAUG",
      ranges: [1, 2, 3],
      names: { a: "1" },
      children: [{ text: "x" }],
    });
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 100 }),
      fc.tuple(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 })).map(([at, byte]) => whole.with(at, byte)),
      fc.nat({ max: whole.length }).map((length) => whole.subarray(0, length)),
    );
    fc.assert(
      fc.property(bytes, (given) => {
        try {
          expect(typeof read(given)).toBe("object");
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }),
      settings(2_000),
    );
    expect(toJson(type, fromJson(type, {}))).toEqual({});
  });
});

/** A message with the given one as its child. */
function nested(child: Uint8Array): Uint8Array<ArrayBuffer> {
  const length = child.length < 128 ? [child.length] : [child.length & 127 | 128, child.length >>> 7];
  return new Uint8Array([10 << 3 | 2, ...length, ...child]);
}
