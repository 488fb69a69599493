import { assert, describe, it } from "@effect/vitest";
import { type Service, ServiceTable } from "../../../core/session/service_table.ts";
import { ServiceError } from "../../../mod.ts";

const json: ReadonlySet<string> = new Set(["json"]);

function service(name: string): Service {
  return { name, request: { encoding: "json" }, handler: () => name };
}

/** Adds services that can be added, and gives their ids. */
function add(table: ServiceTable, ...names: ReadonlyArray<string>): ReadonlyArray<number> {
  const added = table.add(names.map(service), json);
  return added instanceof ServiceError ? assert.fail(added.message) : added.map(({ declared }) => declared.id);
}

describe("the table of services", () => {
  it("finds services by name and by id, step by step", () => {
    const table = new ServiceTable();
    assert.strictEqual(table.all.length, 0);
    const [first = 0] = add(table, "s1");
    assert.strictEqual(table.all.length, 1);
    assert.strictEqual(table.named("s1")?.declared.id, first);
    assert.strictEqual(table.get(first)?.declared.name, "s1");
    assert.deepStrictEqual(table.remove(["s1"]), [first]);
    assert.strictEqual(table.all.length, 0);
    assert.isUndefined(table.named("s1"));
    assert.isUndefined(table.get(first));
    const [second = 0, third = 0] = add(table, "s2", "s3");
    assert.deepStrictEqual(table.all.map(({ declared }) => declared.id), [second, third]);
    assert.strictEqual(table.get(third)?.declared.name, "s3");
  });

  it("counts ids up from 1, uses none twice, and gives none of another table's", () => {
    const tables = [new ServiceTable(), new ServiceTable()];
    const ids = tables.flatMap((table) => [...add(table, "a", "b"), ...(table.remove(["a"]), add(table, "a"))]);
    assert.strictEqual(new Set(ids).size, 6);
    assert.deepStrictEqual(ids, ids.toSorted((one, other) => one - other));
    assert.isTrue(ids.every((id) => Number.isInteger(id) && id >= 1));
  });

  it("removes each name once, and knows nothing of others", () => {
    const table = new ServiceTable();
    const [id = 0] = add(table, "a");
    assert.deepStrictEqual(table.remove(["x", "a", "a"]), [id]);
    assert.deepStrictEqual(table.remove(["a", "__proto__", "constructor"]), []);
  });

  it("takes names that are names of an object's own members", () => {
    const table = new ServiceTable();
    const names = ["__proto__", "constructor", "toString"];
    const ids = add(table, ...names);
    assert.deepStrictEqual(names.map((name) => table.named(name)?.declared.id), [...ids]);
  });

  it("keeps what it had when one of several cannot be added", () => {
    const table = new ServiceTable();
    add(table, "a");
    const error = table.add([service("b"), service("a")], json);
    assert.instanceOf(error, ServiceError);
    assert.include(error.message, '"a"');
    assert.deepStrictEqual(table.all.map(({ declared }) => declared.name), ["a"]);
  });

  it("keeps a schema as it was when it was added", () => {
    const table = new ServiceTable();
    const data = Uint8Array.of(1, 2, 3);
    const request = { encoding: "protobuf", schema: { name: "S", encoding: "protobuf", data } };
    table.add([{ name: "a", request, handler: () => "" }], json);
    data.fill(0);
    assert.deepStrictEqual([...table.named("a")!.declared.request!.schema!.data], [1, 2, 3]);
  });
});
