import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { assert, describe, it } from "vitest";
import { parameterFile, ParameterFileError } from "../../files/mod.ts";
import { Float64, type Parameter, ParameterPersistenceError, ParameterStore } from "../../mod.ts";
import { temporaryFolder } from "./support/temporary.ts";

const file = temporaryFolder();
const parameters: ReadonlyArray<Parameter> = [
  { name: "serial", value: 2n ** 63n - 1n },
  { name: "key", type: "byte_array", value: new Uint8Array([0, 255, 7]) },
  { name: "whole", value: new Float64(3) },
  { name: "speed", type: "float64", value: 2 },
  { name: "größe", value: new Map([["a", [new Float64(1), "\u0000\n"]]]) },
];

async function load(path: string, maxBytes?: number): Promise<ReadonlyArray<Parameter>> {
  const loaded = await parameterFile(path, maxBytes === undefined ? {} : { maxBytes }).load();
  if (!Array.isArray(loaded)) throw new Error("no array");
  return loaded;
}

async function failure(path: string, maxBytes?: number): Promise<ParameterFileError> {
  const error = await load(path, maxBytes).then(() => undefined, (thrown: unknown) => thrown);
  if (error instanceof ParameterFileError) return error;
  throw new Error(`expected a ParameterFileError, got ${String(error)}`);
}

describe("a file of parameters", () => {
  it("gives back what was saved: integers of 64 bits, bytes, whole floats, maps", async () => {
    const path = file("types.json");
    assert.deepEqual(await load(path), []);
    await parameterFile(path).save(parameters);
    assert.deepEqual(await load(path), parameters);
    assert.deepEqual(JSON.parse(readFileSync(path, "utf8")).parameters[3], {
      name: "speed",
      type: "float64",
      value: 2,
    });
  });

  it("that is corrupt fails to load, and is never overwritten by a store", async () => {
    const wrong = [
      "",
      "{",
      "[]",
      '{"parameters":[{"name":"a","value":1},]}',
      '{"parameters":[{"name":"a","value":null}]}',
    ];
    for (const text of wrong) {
      const path = file("corrupt.json", text);
      const error = await failure(path);
      assert.equal(error.reason, "corrupt");
      assert.match(error.message, /^the file of parameters ".*corrupt\.json": .*; mend it, or move it away/);
      const persistence = parameterFile(path);
      const opened = await ParameterStore.open({ parameters: [{ name: "a", value: 2 }], persistence })
        .catch((thrown: unknown) => thrown);
      assert.instanceOf(opened, ParameterPersistenceError);
      assert.equal(readFileSync(path, "utf8"), text);
    }
    assert.equal((await failure(file("latin.json", new Uint8Array([0x22, 0xff])))).reason, "corrupt");
  });

  it("that is too large, a folder, or in no folder fails with what is wrong", async () => {
    const path = file("large.json", '{"parameters":[]}');
    assert.deepEqual(await load(path, 17), []);
    assert.equal(
      (await failure(path, 16)).message,
      `the file of parameters "${path}": it has 17 bytes, and 16 are read`,
    );
    mkdirSync(file("folder.json"));
    assert.equal((await failure(file("folder.json"))).reason, "unreadable");
    const nowhere = parameterFile(file("nowhere/x.json"));
    const error = await Promise.resolve(nowhere.save([])).catch((thrown: unknown) => thrown);
    assert.instanceOf(error, ParameterFileError);
    assert.include(String(error), "ENOENT");
  });

  it("is replaced whole: who has it open reads the old one on, and nothing is left beside it", async () => {
    mkdirSync(file("replace"));
    const path = file("replace/p.json", '{"parameters":[]}');
    chmodSync(path, 0o640);
    const before = statSync(path).ino;
    await parameterFile(path).save(parameters);
    assert.notEqual(statSync(path).ino, before);
    assert.equal(statSync(path).mode & 0o777, 0o640);
    assert.sameMembers(readdirSync(dirname(path)), ["p.json"]);
    mkdirSync(file("replace/q.json"));
    assert.instanceOf(
      await Promise.resolve(parameterFile(file("replace/q.json")).save([])).catch((thrown: unknown) => thrown),
      ParameterFileError,
    );
    assert.sameMembers(readdirSync(dirname(path)), ["p.json", "q.json"]);
  });

  it("is replaced where a link leads to", async () => {
    mkdirSync(file("real"));
    const real = file("real/p.json", '{"parameters":[]}');
    symlinkSync(real, file("link.json"));
    await parameterFile(file("link.json")).save(parameters);
    assert.isTrue(lstatSync(file("link.json")).isSymbolicLink());
    assert.deepEqual(await load(real), parameters);
  });

  it("loses what killed writers have left beside it once it is loaded, and nothing else", async () => {
    mkdirSync(file("left"));
    const path = file("left/p.json", '{"parameters":[]}');
    const others = [".p.json.old.12-3.tmp", ".p.json.mine.tmp", ".q.json.12-3.tmp", "p.json.tmp"];
    for (const name of [".p.json.12-3.tmp", ...others]) writeFileSync(file(`left/${name}`), "x");
    await load(path);
    assert.sameMembers(readdirSync(dirname(path)), ["p.json", ...others]);
  });

  it("is written once for all that is saved while a write is under way, the latest", async () => {
    mkdirSync(file("many"));
    const path = file("many/p.json");
    const kept = parameterFile(path);
    const inodes = new Set<number>();
    const saves = Array.from({ length: 100 }, async (_, value) => {
      await kept.save([{ name: "n", value }]);
      inodes.add(statSync(path).ino);
    });
    await Promise.all(saves);
    assert.isAtMost(inodes.size, 2);
    assert.deepEqual(await load(path), [{ name: "n", value: 99 }]);
    await kept.save([{ name: "n", value: 100 }]);
    assert.deepEqual(await load(path), [{ name: "n", value: 100 }]);
  });

  it("keeps a store's parameters from one run to the next", async () => {
    const path = file("runs.json");
    const open = () => ParameterStore.open({ parameters: [{ name: "n", value: 1 }], persistence: parameterFile(path) });
    {
      await using store = await open();
      await store.change("n", 2n ** 60n);
    }
    await using store = await open();
    assert.equal(store.value("n"), 2n ** 60n);
  });
});
