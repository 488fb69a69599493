import { describe, expect, it } from "vitest";
import {
  type AdvertisedChannel,
  type AdvertiseInline,
  advertiseInline,
  type AdvertiseTable,
  advertiseTable,
  DecodeError,
  decodeServerText,
  encodeServerText,
  MAX_FRAME_PAYLOAD,
  readAdvertise,
  type Schema,
  SchemaTableReader,
  SchemaTableWriter,
} from "../../../core/protocol/mod.ts";

const NONE: ReadonlyMap<string, string> = new Map();
const DEADBEEF = Uint8Array.of(0xde, 0xad, 0xbe, 0xef);

function schema(name: string, encoding: string, data: string | Uint8Array): Schema {
  return { name, encoding, data: typeof data === "string" ? new TextEncoder().encode(data) : data };
}

function channel(id: number, topic: string, schema?: Schema, encoding: string = "json"): AdvertisedChannel {
  return { id, topic, encoding, metadata: NONE, ...(schema !== undefined && { schema }) };
}

/** The message as its text, as a reader's plain object. */
function json(message: AdvertiseInline | AdvertiseTable): Record<string, unknown> {
  return JSON.parse(encodeServerText(message));
}

/** The `advertise` that a text holds. */
function read(text: string): AdvertiseInline | AdvertiseTable {
  const message = decodeServerText(text);
  if (message instanceof DecodeError) return expect.unreachable(message.message);
  return message.op === "advertise" ? message : expect.unreachable(message.op);
}

const A = schema("A", "jsonschema", "{}");

describe("advertising inline (C-09)", () => {
  const t3 = schema("t3", "protobuf", DEADBEEF);
  const channels = [
    channel(10, "/t1"),
    channel(20, "/t2", schema("t2-schema", "jsonschema", '{"type": "object"}')),
    channel(30, "/t3", t3, "protobuf"),
    { ...channel(40, "/t4"), metadata: new Map([["k", "v"]]) },
  ];

  it("writes each channel with its schema", () => {
    const { message, refused } = advertiseInline(channels);
    expect(refused).toEqual([]);
    expect(json(message)).toEqual({
      op: "advertise",
      channels: [
        { id: 10, topic: "/t1", encoding: "json", schemaName: "", schema: "" },
        {
          id: 20,
          topic: "/t2",
          encoding: "json",
          schemaName: "t2-schema",
          schemaEncoding: "jsonschema",
          schema: '{"type": "object"}',
        },
        {
          id: 30,
          topic: "/t3",
          encoding: "protobuf",
          schemaName: "t3",
          schemaEncoding: "protobuf",
          schema: "3q2+7w==",
        },
        { id: 40, topic: "/t4", encoding: "json", schemaName: "", schema: "", metadata: { k: "v" } },
      ],
    });
  });

  it("reads back equal", () => {
    const message = read(encodeServerText(advertiseInline(channels).message));
    expect(readAdvertise(message, new SchemaTableReader())).toEqual({ channels, refused: [] });
  });
});

describe("advertising with a schema table", () => {
  it("sends a schema once, with its first channel (J-10)", () => {
    const table = new SchemaTableWriter();
    const { message } = advertiseTable([channel(1, "/a1", A), channel(2, "/a2", A), channel(3, "/none")], table);
    expect(json(message)).toEqual({
      op: "advertise",
      schemas: [{ id: 1, name: "A", encoding: "jsonschema", data: "{}" }],
      channels: [
        { id: 1, topic: "/a1", encoding: "json", schemaId: 1 },
        { id: 2, topic: "/a2", encoding: "json", schemaId: 1 },
        { id: 3, topic: "/none", encoding: "json" },
      ],
    });
    const later = advertiseTable([channel(4, "/a4", schema("A", "jsonschema", "{}"))], table).message;
    expect(json(later)).toEqual({
      op: "advertise",
      channels: [{ id: 4, topic: "/a4", encoding: "json", schemaId: 1 }],
    });
  });

  it("tells schemas apart by name, encoding and text (J-12)", () => {
    const schemas = [A, schema("B", "jsonschema", "{}"), schema("A", "other", "{}"), schema("A", "jsonschema", "{ }")];
    const channels = schemas.map((one, index) => channel(index + 1, `/${index}`, one));
    const { message } = advertiseTable(channels, new SchemaTableWriter());
    expect(message.schemas.map(({ id }) => id)).toEqual([1, 2, 3, 4]);
    expect(message.channels.map(({ schemaId }) => schemaId)).toEqual([1, 2, 3, 4]);
  });

  it("keeps all of a channel (J-13)", () => {
    const t3 = {
      ...channel(30, "/t3", schema("N", "protobuf", DEADBEEF), "protobuf"),
      metadata: new Map([["k", "v"]]),
    };
    const message = read(encodeServerText(advertiseTable([t3], new SchemaTableWriter()).message));
    expect(message).toMatchObject({
      form: "table",
      schemas: [{ id: 1, data: "3q2+7w==" }],
      channels: [{ schemaId: 1 }],
    });
    expect(readAdvertise(message, new SchemaTableReader())).toEqual({ channels: [t3], refused: [] });
  });

  it("leaves the table out where nothing is new (J-14)", () => {
    const table = new SchemaTableWriter();
    table.allocate(A);
    const text = encodeServerText(advertiseTable([channel(1, "/a", A)], table).message);
    expect(text).not.toContain("schemas");
    expect(read(text)).toMatchObject({ form: "table", schemas: [], channels: [{ schemaId: 1 }] });
  });

  it("gives a schema that is all empty an id, too", () => {
    const { message } = advertiseTable([channel(1, "/a", schema("", "", ""))], new SchemaTableWriter());
    expect(message.channels[0]).toMatchObject({ schemaId: 1 });
    expect(message.schemas).toEqual([{ id: 1, name: "", encoding: "", data: "" }]);
  });
});

describe("channels that cannot be advertised (C-12, J-16)", () => {
  const needing = ["protobuf", "flatbuffer", "ros1", "cdr"];
  const channels = [
    ...needing.map((encoding, index) => channel(index, `/${encoding}`, undefined, encoding)),
    channel(9, "/json"),
  ];

  it("lack a schema that their encoding needs; the others are kept", () => {
    const made = [advertiseInline(channels), advertiseTable(channels, new SchemaTableWriter())];
    for (const { message, refused } of made) {
      expect(message.channels.map(({ topic }) => topic)).toEqual(["/json"]);
      expect(refused.map(({ id, topic, error }) => [id, topic, error._tag])).toEqual(
        needing.map((encoding, index) => [index, `/${encoding}`, "MissingSchema"]),
      );
    }
  });

  it("are no such channels once they have one, an empty one will do", () => {
    const empty = channels.map((one) => ({ ...one, schema: schema("", "", "") }));
    expect(advertiseInline(empty).refused).toEqual([]);
    expect(advertiseTable(empty, new SchemaTableWriter()).refused).toEqual([]);
  });

  it("have a text schema that is no UTF-8; they take no id", () => {
    const table = new SchemaTableWriter();
    const mixed = [channel(1, "/bad", schema("N", "ros2msg", DEADBEEF)), channel(2, "/good", A)];
    for (const { message, refused } of [advertiseInline(mixed), advertiseTable(mixed, table)]) {
      expect(message.channels.map(({ topic }) => topic)).toEqual(["/good"]);
      expect(refused).toMatchObject([{ id: 1, topic: "/bad", error: { _tag: "SchemaNotUtf8" } }]);
    }
    expect(table.idOf(A)).toBe(1);
  });

  it("take more than a frame by themselves; they take no id", () => {
    const table = new SchemaTableWriter();
    const large = schema("L", "ros2msg", new Uint8Array(MAX_FRAME_PAYLOAD).fill(0x61));
    const mixed = [channel(1, "/large", large), channel(2, "/good", A)];
    for (const { message, refused } of [advertiseInline(mixed), advertiseTable(mixed, table)]) {
      expect(message.channels.map(({ topic }) => topic)).toEqual(["/good"]);
      expect(refused).toMatchObject([{ id: 1, error: { _tag: "FrameTooLarge", limit: MAX_FRAME_PAYLOAD } }]);
    }
    expect([table.size, table.idOf(A)]).toEqual([1, 1]);
  });
});

describe("reading an advertise", () => {
  const inline = '{"id":1,"topic":"a","encoding":"json","schemaName":"I","schemaEncoding":"jsonschema","schema":"{}"}';

  it("tells the shapes apart by the channels (J-15)", () => {
    const channels = (text: string) => read(`{"op":"advertise",${text}}`);
    expect(channels('"channels":[{"id":1,"topic":"a","encoding":"e","schemaName":"","schema":""}]').form).toBe(
      "inline",
    );
    const row = '"schemas":[{"id":1,"name":"N","encoding":"","data":""}]';
    const table = channels(`${row},"channels":[{"id":1,"topic":"a","encoding":"e","schemaId":1}]`);
    expect(table).toMatchObject({ form: "table", schemas: [{ id: 1 }] });
    const neither = channels('"channels":[{"id":1,"topic":"a","encoding":"e"}]');
    expect(neither).toEqual({
      op: "advertise",
      form: "table",
      schemas: [],
      channels: [{ id: 1, topic: "a", encoding: "e", metadata: NONE }],
    });
    expect(channels('"channels":[]').form).toBe("inline");
    expect(channels(`${row},"channels":[]`).form).toBe("inline");
    expect(channels(`${row},"channels":[${inline}]`).form).toBe("inline");
  });

  it("takes null for a schema or its encoding as absent", () => {
    const message = read('{"op":"advertise","channels":[{"id":1,"topic":"a","encoding":"e","schemaId":null}]}');
    expect(message).toMatchObject({ form: "table", channels: [{ id: 1 }] });
  });

  it("refuses a channel whose schema id is unknown, and keeps the others", () => {
    const message = read(
      '{"op":"advertise","schemas":[{"id":7,"name":"N","encoding":"","data":"x"}],"channels":[' +
        '{"id":1,"topic":"a","encoding":"json","schemaId":99},{"id":2,"topic":"b","encoding":"json","schemaId":7}]}',
    );
    const { channels, refused } = readAdvertise(message, new SchemaTableReader());
    expect(channels).toEqual([channel(2, "b", schema("N", "", "x"))]);
    expect(refused).toMatchObject([{ id: 1, topic: "a", error: { _tag: "UnknownSchemaId", schemaId: 99 } }]);
  });

  it("refuses a channel whose schema does not decode, and keeps the others", () => {
    const bad =
      '{"id":2,"topic":"b","encoding":"protobuf","schemaName":"P","schemaEncoding":"protobuf","schema":"AAA"}';
    const { channels, refused } = readAdvertise(
      read(`{"op":"advertise","channels":[${inline},${bad}]}`),
      new SchemaTableReader(),
    );
    expect(channels.map(({ id }) => id)).toEqual([1]);
    expect(refused).toMatchObject([{ id: 2, topic: "b", error: { _tag: "InvalidSchemaText", schemaName: "P" } }]);
  });

  it("refuses a channel with an inline schema in a schema-table message, and keeps the others", () => {
    const message = read(
      '{"op":"advertise","schemas":[{"id":1,"name":"N","encoding":"jsonschema","data":"{}"}],"channels":[' +
        `${inline},{"id":2,"topic":"b","encoding":"json","schemaId":1},` +
        '{"id":3,"topic":"c","encoding":"json","schemaName":"","schema":""}]}',
    );
    const { channels, refused } = readAdvertise(message, new SchemaTableReader());
    expect(channels).toEqual([channel(2, "b", schema("N", "jsonschema", "{}")), channel(3, "c")]);
    expect(refused).toMatchObject([{ id: 1, topic: "a", error: { _tag: "MangledAdvertisement" } }]);
  });

  it("refuses a channel without its schema among inline ones, and keeps the others", () => {
    const cut = '{"id":2,"topic":"b","encoding":"json","schemaName":"J"}';
    const { channels, refused } = readAdvertise(
      read(`{"op":"advertise","channels":[${inline},${cut}]}`),
      new SchemaTableReader(),
    );
    expect(channels).toEqual([channel(1, "a", schema("I", "jsonschema", "{}"))]);
    expect(refused).toMatchObject([{ id: 2, topic: "b", error: { _tag: "MangledAdvertisement" } }]);
  });

  it("keeps the table from message to message", () => {
    const [writer, reader] = [new SchemaTableWriter(), new SchemaTableReader()];
    for (const id of [1, 2]) {
      const sent = [channel(id, `/${id}`, A)];
      const message = read(encodeServerText(advertiseTable(sent, writer).message));
      expect(readAdvertise(message, reader)).toEqual({ channels: sent, refused: [] });
    }
    expect(reader.size).toBe(1);
  });
});
