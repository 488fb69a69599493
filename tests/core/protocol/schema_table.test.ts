import { assert, describe, it } from "vitest";
import { MAX_SCHEMAS, SchemaTableReader, UnknownSchemaId } from "../../../core/protocol/mod.ts";

describe("SchemaTableReader", () => {
  it("keeps no more schemas than its bound: further ones stay unknown, and known ones can be told anew", () => {
    const table = new SchemaTableReader();
    const row = (id: number, name: string) => ({ id, name, encoding: "jsonschema", data: "{}" });
    table.define(Array.from({ length: MAX_SCHEMAS + 1 }, (_, index) => row(index + 1, "A")));
    assert.equal(table.size, MAX_SCHEMAS);
    assert.instanceOf(table.resolve(MAX_SCHEMAS + 1), UnknownSchemaId);
    table.define([row(1, "B")]);
    assert.propertyVal(table.resolve(1), "name", "B");
  });
});
