import { describe, expect, it } from "vitest";
import * as fc from "fast-check";
import { createHash } from "node:crypto";
import { decodeBase64, encodeBase64 } from "../../../core/protocol/base64.ts";
import {
  clientChannel,
  InvalidSchemaText,
  needsSchema,
  readSchema,
  readServiceSide,
  resolveClientChannel,
  resolveInline,
  type Schema,
  SchemaNotUtf8,
  SchemaTableReader,
  SchemaTableWriter,
  schemaText,
  serviceSide,
  UnknownSchemaId,
} from "../../../core/protocol/mod.ts";
import { schemaDigest, Sha256 } from "../../../core/protocol/schema_digest.ts";
import { settings } from "./support/seed.ts";

const DEADBEEF = Uint8Array.of(0xde, 0xad, 0xbe, 0xef);

function schema(name: string, encoding: string, data: string | Uint8Array): Schema {
  return { name, encoding, data: typeof data === "string" ? new TextEncoder().encode(data) : data };
}

describe("base64", () => {
  it("writes what others write, and reads it back", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const text = encodeBase64(bytes);
        expect(text).toBe(btoa(String.fromCharCode(...bytes)));
        expect(decodeBase64(text)).toEqual(bytes);
      }),
      settings(),
    );
  });

  it("reads no text but the one that it would write", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."AZaz09+/=- _é"), maxLength: 12 }), (text) => {
        const bytes = decodeBase64(text);
        if (bytes !== undefined) expect(encodeBase64(bytes)).toBe(text);
      }),
      settings(1000),
    );
  });
});

describe("schema text", () => {
  it.each(["protobuf", "flatbuffer"])("of encoding %s is base64", (encoding) => {
    expect(schemaText(schema("N", encoding, DEADBEEF))).toBe("3q2+7w==");
    expect(readSchema("N", encoding, "3q2+7w==")).toEqual(schema("N", encoding, DEADBEEF));
  });

  it.each(["jsonschema", "ros2msg", "", "other"])("of encoding %j is the schema's own text", (encoding) => {
    expect(schemaText(schema("N", encoding, "float64 é"))).toBe("float64 é");
    expect(readSchema("N", encoding, "float64 é")).toEqual(schema("N", encoding, "float64 é"));
  });

  it("keeps a byte order mark, which is part of the schema", () => {
    const marked = schema("N", "jsonschema", Uint8Array.of(0xef, 0xbb, 0xbf, 0x7b));
    expect(schemaText(marked)).toBe("\ufeff{");
  });

  it("cannot be had of bytes that are no UTF-8", () => {
    const error = schemaText(schema("N", "jsonschema", DEADBEEF));
    expect(error).toBeInstanceOf(SchemaNotUtf8);
    expect(error).toMatchObject({ message: expect.stringContaining('"N"') });
  });

  it("that is no base64 is refused where it should be", () => {
    expect(readSchema("N", "protobuf", "AAA")).toBeInstanceOf(InvalidSchemaText);
    expect(readSchema("N", "jsonschema", "AAA")).toEqual(schema("N", "jsonschema", "AAA"));
  });
});

describe("who needs a schema", () => {
  it.each(["protobuf", "flatbuffer", "ros1", "cdr"])("%s does", (encoding) => expect(needsSchema(encoding)).toBe(true));
  it.each(["json", "", "msgpack", "Protobuf"])("%j does not", (encoding) => expect(needsSchema(encoding)).toBe(false));
});

describe("the schema of an inline channel", () => {
  it("is there where its encoding is, even if all is empty", () => {
    expect(resolveInline({ schemaName: "", schemaEncoding: "", schema: "" })).toEqual(schema("", "", ""));
  });
  it("is there where it has a name or text", () => {
    expect(resolveInline({ schemaName: "N", schema: "" })).toEqual(schema("N", "", ""));
    expect(resolveInline({ schemaName: "", schema: "x" })).toEqual(schema("", "", "x"));
  });
  it("is not there otherwise", () => expect(resolveInline({ schemaName: "", schema: "" })).toBeUndefined());
});

describe("the schema of a viewer's channel (3.4)", () => {
  it("has data only where both encoding and text are there", () => {
    expect(resolveClientChannel({ schemaName: "N", schemaEncoding: "protobuf", schema: "3q2+7w==" })).toEqual(
      schema("N", "protobuf", DEADBEEF),
    );
    expect(resolveClientChannel({ schemaName: "N", schemaEncoding: "protobuf" })).toEqual(schema("N", "protobuf", ""));
    expect(resolveClientChannel({ schemaName: "N", schema: "x" })).toEqual(schema("N", "", ""));
    expect(resolveClientChannel({ schemaName: "N" })).toEqual(schema("N", "", ""));
  });
  it("is none without a name, unless both are there", () => {
    expect(resolveClientChannel({ schemaName: "" })).toBeUndefined();
    expect(resolveClientChannel({ schemaName: "", schemaEncoding: "protobuf" })).toBeUndefined();
    expect(resolveClientChannel({ schemaName: "", schema: "x" })).toBeUndefined();
    expect(resolveClientChannel({ schemaName: "", schemaEncoding: "", schema: "" })).toEqual(schema("", "", ""));
  });
  it("is refused where its text does not decode", () => {
    expect(resolveClientChannel({ schemaName: "N", schemaEncoding: "protobuf", schema: "-_-_" })).toBeInstanceOf(
      InvalidSchemaText,
    );
  });
  it("is written with all three, or with an empty name only (P-08)", () => {
    expect(clientChannel({ id: 10, topic: "/t1", encoding: "json" })).toEqual({
      id: 10,
      topic: "/t1",
      encoding: "json",
      schemaName: "",
    });
    const with30 = clientChannel({ id: 30, topic: "/t3", encoding: "x", schema: schema("N", "protobuf", DEADBEEF) });
    expect(with30).toMatchObject({ schemaName: "N", schemaEncoding: "protobuf", schema: "3q2+7w==" });
    expect(clientChannel({ id: 1, topic: "t", encoding: "x", schema: schema("N", "text", DEADBEEF) })).toBeInstanceOf(
      SchemaNotUtf8,
    );
  });
});

describe("one side of a service", () => {
  it("is written and read back", () => {
    const payload = { encoding: "json", schema: schema("N", "protobuf", DEADBEEF) };
    const side = serviceSide(payload);
    expect(side).toEqual({ encoding: "json", schemaName: "N", schemaEncoding: "protobuf", schema: "3q2+7w==" });
    if (!(side instanceof SchemaNotUtf8)) expect(readServiceSide(side)).toEqual(payload);
  });
  it("is refused where its schema does not encode or decode", () => {
    expect(serviceSide({ encoding: "json", schema: schema("N", "", DEADBEEF) })).toBeInstanceOf(SchemaNotUtf8);
    const side = { encoding: "json", schemaName: "N", schemaEncoding: "protobuf", schema: "!" };
    expect(readServiceSide(side)).toBeInstanceOf(InvalidSchemaText);
  });
});

describe("the digest of a schema", () => {
  it("is SHA-256, in whatever pieces the bytes come", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 150 }), { maxLength: 6 }), (pieces) => {
        const own = new Sha256();
        const theirs = createHash("sha256");
        for (const piece of pieces) {
          own.update(piece);
          theirs.update(piece);
        }
        expect(own.digest()).toBe(theirs.digest("hex"));
      }),
      settings(),
    );
  });

  it("tells apart what only looks the same when joined", () => {
    expect(schemaDigest(schema("ab", "c", ""))).not.toBe(schemaDigest(schema("a", "bc", "")));
    expect(schemaDigest(schema("a", "b", "c"))).not.toBe(schemaDigest(schema("a", "bc", "")));
    expect(schemaDigest(schema("a", "b", "c"))).toBe(schemaDigest(schema("a", "b", "c")));
  });
});

describe("the schema table", () => {
  it("counts ids from 1 in order of first use, and knows a schema again by what it is", () => {
    const table = new SchemaTableWriter();
    expect(table.allocate(schema("A", "jsonschema", "{}"))).toBe(1);
    expect(table.allocate(schema("B", "jsonschema", "{}"))).toBe(2);
    expect(table.allocate(schema("A", "jsonschema", "{}"))).toBe(1);
    expect(table.idOf(schema("C", "jsonschema", "{}"))).toBeUndefined();
    expect(table.size).toBe(2);
  });

  it("starts from 1 again once it has forgotten", () => {
    const table = new SchemaTableWriter();
    table.allocate(schema("A", "jsonschema", "{}"));
    table.reset();
    expect(table.idOf(schema("A", "jsonschema", "{}"))).toBeUndefined();
    expect(table.allocate(schema("B", "jsonschema", "{}"))).toBe(1);
  });

  it("gives the reader's schemas by their ids, until it forgets them", () => {
    const table = new SchemaTableReader();
    table.define([{ id: 1, name: "N", encoding: "protobuf", data: "3q2+7w==" }]);
    expect(table.resolve(1)).toEqual(schema("N", "protobuf", DEADBEEF));
    expect(table.resolve(1)).toBe(table.resolve(1));
    expect(table.resolve(2)).toBeInstanceOf(UnknownSchemaId);
    table.reset();
    expect(table.resolve(1)).toMatchObject({ _tag: "UnknownSchemaId", schemaId: 1 });
  });

  it("keeps a row that does not decode as the error of its channels", () => {
    const table = new SchemaTableReader();
    table.define([{ id: 1, name: "N", encoding: "protobuf", data: "!" }]);
    expect(table.resolve(1)).toBeInstanceOf(InvalidSchemaText);
  });
});
